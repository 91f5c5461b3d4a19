import { aCount, checkOptions, oneOf, optionKinds } from '@convnet/tensor-core';

import { ClipError } from '../errors.ts';
import type { RandomStream } from '../random/random-stream.ts';

/** Which frames of a video make a clip. */
export interface ClipSampling {
  /** Frames of a clip. Default 16. */
  readonly frames?: number;
  /** Every so manieth frame of the video: 2 leaves out every second. Default 1. */
  readonly stride?: number;
  /**
   * 'uniform': the clips of a video lie evenly spread over it; one lies in its middle. 'random': each begins anywhere, anew
   * in each epoch. Default 'uniform'.
   */
  readonly start?: 'uniform' | 'random';
  /** Clips of each video: samples of the dataset. Default 1. */
  readonly clips?: number;
}

/** Sampling with its defaults. */
export type ResolvedSampling = Required<ClipSampling>;

const samplingKinds = optionKinds<ClipSampling>({
  frames: aCount,
  stride: aCount,
  start: oneOf('uniform', 'random'),
  clips: aCount,
});

/** The names of the options, for those who have more. */
export const samplingNames: readonly (keyof ClipSampling)[] = [
  'frames',
  'stride',
  'start',
  'clips',
];

/** @throws ArgumentError for numbers that are no whole ones from 1, and another start. */
export function resolveSampling(
  where: string,
  { frames = 16, stride = 1, start = 'uniform', clips = 1 }: ClipSampling,
): ResolvedSampling {
  const sampling = { frames, stride, start, clips };
  checkOptions(where, sampling, samplingKinds);
  return sampling;
}

/** Frames from the first of a clip to its last. */
export function spanOf({ frames, stride }: Pick<ResolvedSampling, 'frames' | 'stride'>): number {
  return (frames - 1) * stride + 1;
}

/** @throws ClipError (fault 'short') where a video of `count` frames holds no such clip. */
export function requireSpan(
  source: string,
  count: number,
  sampling: Pick<ResolvedSampling, 'frames' | 'stride'>,
): void {
  const span = spanOf(sampling);
  if (count >= span) return;
  const { frames, stride } = sampling;
  const apart = stride === 1 ? '' : `, ${stride} apart`;
  throw new ClipError(
    'short',
    source,
    `expected at least ${span} frames, for a clip of ${frames}${apart}, found ${count}`,
  );
}

/**
 * The first frames of the clips of a video of `count` frames that lie evenly spread over it.
 *
 * @throws ClipError (fault 'short') where it is shorter than a clip; ArgumentError.
 */
export function clipStarts(count: number, sampling: ClipSampling = {}, source = 'video'): number[] {
  const resolved = resolveSampling('clipStarts', sampling);
  requireSpan(source, count, resolved);
  const last = count - spanOf(resolved);
  const { clips } = resolved;
  if (clips === 1) return [Math.floor(last / 2)];
  return Array.from({ length: clips }, (_, i) => Math.round((i * last) / (clips - 1)));
}

/** The first frame of clip `which` of a video of `count` frames. */
export function startOf(
  count: number,
  which: number,
  sampling: ResolvedSampling,
  source: string,
  random: RandomStream,
): number {
  if (sampling.start === 'uniform') return clipStarts(count, sampling, source)[which]!;
  requireSpan(source, count, sampling);
  return random.below(count - spanOf(sampling) + 1);
}
