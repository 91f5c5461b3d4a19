import { aCount, integerFrom, optionKinds } from '@convnet/tensor-core';

import { ClipError } from '../errors.ts';

/** Options of `readVideo`. */
export interface ReadVideoOptions {
  /** Number of the first frame, from 0. Default 0. */
  readonly first?: number;
  /** How many frames; by default all from the first on. */
  readonly frames?: number;
  /** Every so manieth frame. Default 1. */
  readonly stride?: number;
}

/** The kinds of these options. */
export const readVideoOptions: ReturnType<typeof optionKinds<ReadVideoOptions>> =
  optionKinds<ReadVideoOptions>({
    first: integerFrom(0),
    frames: aCount,
    stride: aCount,
  });

/** @throws ClipError (fault 'short') where fewer frames were found than asked for. */
export function requireFrames(
  source: string,
  found: number,
  { first = 0, frames, stride = 1 }: ReadVideoOptions,
): void {
  if (frames === undefined || found >= frames) return;
  throw new ClipError(
    'short',
    source,
    `expected ${frames} frames from frame ${first} on with stride ${stride}, found ${found}`,
  );
}
