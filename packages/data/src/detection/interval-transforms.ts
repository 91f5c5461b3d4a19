/** Steps for `compose` on recordings with intervals. */
import {
  aCount,
  checkOptions,
  integerFrom,
  numberFrom,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';

import { DatasetError } from '../errors.ts';
import { createResampler, type Resampler } from '../signal/resample.ts';
import { isRecording, type Recording } from '../signal/recording.ts';
import { mapChannels, rateOf } from '../signal/transform/check.ts';
import { cut } from '../signal/windows.ts';
import { requireStream } from '../random/random-stream.ts';
import type { Step } from '../transform/compose.ts';
import { moveObjects, type MovableObjects, type Motion } from './move-objects.ts';

/**
 * A recording and the events in it: `boxes` are rows [begin, end] in samples, `masks` say for each sample whether it belongs to the
 * event, `keypoints` are its fiducial points, rows [sample, visible].
 */
export interface IntervalSample extends MovableObjects {
  readonly recording: Recording;
}

/** A step from recording with events to recording with events. */
export type IntervalTransform = Step<IntervalSample, IntervalSample>;

/** Options of `cropIntervals` and `randomCropIntervals`. */
export interface IntervalCropOptions {
  /** Events of which less than this share is left go. Default 0.25. */
  readonly leastVisible?: number;
}

const cropOptions = optionKinds<IntervalCropOptions>({ leastVisible: numberFrom(0, 1) });

/**
 * `length` samples from `start` on, with what is left of the events in them.
 * @throws DatasetError (fault 'transform'), for a recording, where they reach beyond it.
 */
export function cropIntervals(
  start: number,
  length: number,
  options: IntervalCropOptions = {},
): IntervalTransform {
  requireKind('cropIntervals', 'start', start, integerFrom(0));
  requireKind('cropIntervals', 'length', length, aCount);
  checkOptions('cropIntervals', options, cropOptions);
  const { leastVisible = 0.25 } = options;
  return intervalStep('cropIntervals', (sample) => {
    const total = sample.recording.shape[1];
    if (start + length > total) {
      throw new DatasetError(
        'transform',
        `cropIntervals: expected a part of ${total} samples, got ${length} from ${start} on`,
      );
    }
    return cropped('cropIntervals', sample, start, length, leastVisible);
  });
}

/** `length` samples anywhere, or the whole of a shorter recording; events are cut with it. */
export function randomCropIntervals(
  length: number,
  options: IntervalCropOptions = {},
): IntervalTransform {
  requireKind('randomCropIntervals', 'length', length, aCount);
  checkOptions('randomCropIntervals', options, cropOptions);
  const { leastVisible = 0.25 } = options;
  const map: IntervalTransform = (sample, random) => {
    const total = sample.recording.shape[1];
    if (total <= length) return sample;
    const start = random.below(total - length + 1);
    return cropped('randomCropIntervals', sample, start, length, leastVisible);
  };
  return intervalStep('randomCropIntervals', map, true);
}

function cropped(
  where: string,
  sample: IntervalSample,
  start: number,
  length: number,
  leastVisible: number,
): IntervalSample {
  const motion: Motion = {
    extents: [length],
    point: ([x]) => [x! - start],
    sources: () => Int32Array.from({ length }, (_, i) => i + start),
    cuts: true,
  };
  return moved(where, sample, cut(sample.recording, start, length), motion, leastVisible);
}

/** Options of `randomReverseIntervals`. */
export interface RandomReverseOptions {
  /** Default 0.5. */
  readonly probability?: number;
}

const reverseOptions = optionKinds<RandomReverseOptions>({ probability: numberFrom(0, 1) });

/** Runs backwards with the given probability, events too. */
export function randomReverseIntervals(options: RandomReverseOptions = {}): IntervalTransform {
  checkOptions('randomReverseIntervals', options, reverseOptions);
  const { probability = 0.5 } = options;
  const map: IntervalTransform = (sample, random) => {
    const length = sample.recording.shape[1];
    if (!random.chance(probability)) return sample;
    const recording = mapChannels(sample.recording, (channel) =>
      channel.map((_, i) => channel[channel.length - 1 - i]!),
    );
    return moved('randomReverseIntervals', sample, recording, {
      extents: [length],
      point: ([x]) => [length - x!],
      sources: () => Int32Array.from({ length }, (_, i) => length - 1 - i),
      cuts: false,
    });
  };
  return intervalStep('randomReverseIntervals', map, true);
}

/**
 * To another sample rate, as `resample` does; events move with the samples, masks by the nearest.
 * @throws SignalError (fault 'setting'), for a recording, where its rate is not known.
 */
export function resampleIntervals(sampleRate: number): IntervalTransform {
  requireKind('resampleIntervals', 'sampleRate', sampleRate, aCount);
  const resamplers = new Map<number, Resampler>();
  return intervalStep('resampleIntervals', (sample) => {
    const before = sample.recording.shape[1];
    const from = Math.round(rateOf('resampleIntervals', sample.recording, undefined));
    if (from === sampleRate) return sample;
    const resampler = resamplers.get(from) ?? createResampler(from, sampleRate);
    resamplers.set(from, resampler);
    const recording = {
      ...mapChannels(sample.recording, (channel) => resampler(channel)),
      sampleRate,
    };
    const length = recording.shape[1];
    const ratio = sampleRate / from;
    return moved('resampleIntervals', sample, recording, {
      extents: [length],
      point: ([x]) => [Math.min(x! * ratio, length)],
      sources: () =>
        Int32Array.from({ length }, (_, i) => Math.min(Math.floor(i / ratio), before - 1)),
      cuts: false,
    });
  });
}

const aSample: Kind = {
  expected: 'a recording with events { recording, boxes, labels }',
  accepts: (value) => {
    const { recording, boxes, labels } = (value ?? {}) as Partial<IntervalSample>;
    return isRecording(recording) && boxes instanceof Float32Array && labels instanceof Int32Array;
  },
};

/** A step that looks at what it gets before it begins. */
function intervalStep(where: string, map: IntervalTransform, isRandom = false): IntervalTransform {
  return (sample, random) => {
    requireKind(where, 'sample', sample, aSample);
    if (isRandom || random !== undefined) requireStream(where, random);
    return map(sample, random);
  };
}

function moved(
  where: string,
  sample: IntervalSample,
  recording: Recording,
  motion: Motion,
  leastVisible = 0,
): IntervalSample {
  const {
    kept: _,
    shares: __,
    ...objects
  } = moveObjects(where, sample, [sample.recording.shape[1]], motion, leastVisible);
  return { ...sample, ...objects, recording };
}
