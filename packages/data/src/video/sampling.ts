import {
  aCount,
  aString,
  checkOptions,
  oneOf,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';

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
  /** Clips of each video: samples of the dataset, 10,000 at most. Default 1. */
  readonly clips?: number;
}

/** Sampling with its defaults. */
export type ResolvedSampling = Required<ClipSampling>;

/** Beyond it a list of them takes more memory than there is. */
const mostClips = 10_000;

const clipCount: Kind = {
  expected: `an integer from 1 to ${mostClips}`,
  accepts: (value) => aCount.accepts(value) && (value as number) <= mostClips,
};

/** The kinds of the options, for those who have more. */
export const samplingKinds: { readonly [Key in keyof Required<ClipSampling>]: Kind } = {
  frames: aCount,
  stride: aCount,
  start: oneOf('uniform', 'random'),
  clips: clipCount,
};

const samplingOptions = optionKinds<ClipSampling>(samplingKinds);

/** Sampling that was checked, with its defaults. */
export function resolveSampling({
  frames = 16,
  stride = 1,
  start = 'uniform',
  clips = 1,
}: ClipSampling): ResolvedSampling {
  return { frames, stride, start, clips };
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
export function clipStarts(count: number, options: ClipSampling = {}, source = 'video'): number[] {
  requireKind('clipStarts', 'count', count, aCount);
  checkOptions('clipStarts', options, samplingOptions);
  requireKind('clipStarts', 'source', source, aString);
  const resolved = resolveSampling(options);
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
