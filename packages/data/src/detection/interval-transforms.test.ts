import { describe, expect, test } from 'vitest';

import * as detection from '../detection.ts';
import { DatasetError } from '../errors.ts';
import { randomFor } from '../random/streams.ts';
import { recordingOf } from '../signal/recording.ts';

const ramp = Float32Array.from({ length: 40 }, (_, i) => i);
const boxes = Float32Array.of(4, 12, 20, 39.5);
const labels = Int32Array.of(2, 1);
const sample: detection.IntervalSample = {
  recording: recordingOf([ramp, ramp.map((value) => -value)], { sampleRate: 100 }),
  boxes,
  labels,
  masks: detection.sampleMasks({ boxes, labels }, 40),
  keypoints: Float32Array.of(6, 1, 0, 0, 30, 1, 38, 1),
};
const random = randomFor(0);

test('cut: signal, intervals, samples and points', () => {
  const part = detection.cropIntervals(8, 24)(sample, random);
  expect([...part.recording.data.subarray(0, 2)]).toEqual([8, 9]);
  expect(part.recording.shape).toEqual([2, 24]);
  expect([...part.boxes]).toEqual([0, 4, 12, 24]);
  expect(part.masks!.map((mask) => mask.indexOf(1))).toEqual([0, 12]);
  // The points at 6 and 38 are outside.
  expect([...part.keypoints!]).toEqual([0, 0, 0, 0, 22, 1, 0, 0]);
  // Of the first event 4 of 8 samples are left.
  const strict = detection.cropIntervals(8, 24, { leastVisible: 0.55 })(sample, random);
  expect([...strict.labels]).toEqual([1]);
  expect(strict.keypoints).toHaveLength(4);
  expect(() => detection.cropIntervals(20, 21)(sample, random)).toThrow(
    'expected a part of 40 samples, got 21 from 20 on',
  );
});

test('cut anywhere', () => {
  for (let seed = 0; seed < 9; seed++) {
    const part = detection.randomCropIntervals(16, { leastVisible: 0 })(sample, randomFor(seed));
    const start = part.recording.data[0]!;
    for (const [i, label] of part.labels.entries()) {
      const before = label === 2 ? 0 : 1;
      expect(part.boxes[2 * i]).toBe(Math.max(boxes[2 * before]! - start, 0));
      expect(part.masks![i]).toEqual(sample.masks![before]!.slice(start, start + 16));
    }
  }
  expect(detection.randomCropIntervals(40)(sample, random)).toBe(sample);
});

test('backwards, and again', () => {
  const back = detection.randomReverseIntervals({ probability: 1 });
  const once = back(sample, random);
  expect([...once.boxes]).toEqual([28, 36, 0.5, 20]);
  expect([...once.keypoints!]).toEqual([34, 1, 0, 0, 10, 1, 2, 1]);
  expect(once.recording.data[0]).toBe(39);
  expect(once.masks![0]).toEqual(sample.masks![0]!.toReversed());
  expect(back(once, random)).toEqual(sample);
  expect(detection.randomReverseIntervals({ probability: 0 })(sample, random)).toBe(sample);
});

test('at another rate', () => {
  const twice = detection.resampleIntervals(200)(sample, random);
  expect(twice.recording.sampleRate).toBe(200);
  expect(twice.recording.shape).toEqual([2, 80]);
  expect([...twice.boxes]).toEqual([8, 24, 40, 79]);
  expect([...twice.keypoints!]).toEqual([12, 1, 0, 0, 60, 1, 76, 1]);
  expect(twice.masks![0]!.reduce((a, b) => a + b, 0)).toBe(16);
  const half = detection.resampleIntervals(50)(sample, random);
  expect([...half.boxes]).toEqual([2, 6, 10, 19.75]);
  expect([...half.masks![0]!.subarray(0, 8)]).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
  const { sampleRate: _, ...unknown } = sample.recording;
  expect(() => detection.resampleIntervals(50)({ ...sample, recording: unknown }, random)).toThrow(
    'sample rate of the recording is not known',
  );
});

test.each<[string, object, RegExp]>([
  [
    'masks',
    { masks: [new Uint8Array(9), new Uint8Array(40)] },
    /object 0: expected a mask of \[40\]/,
  ],
  ['keypoints', { keypoints: new Float32Array(5) }, /keypoints of 2 numbers for each of 2/],
  ['labels', { labels: Int32Array.of(1) }, /2 numbers of a box for each of 1 labels, got 4/],
])('refuses %s that do not fit', (_, change, message) => {
  const call = (): unknown => detection.cropIntervals(0, 9)({ ...sample, ...change }, random);
  expect(call).toThrow(DatasetError);
  expect(call).toThrow(message);
});

describe('a class for each sample', () => {
  const events = { boxes: Float32Array.of(1, 3, 3, 4, 5.4, 7.6), labels: Int32Array.of(2, 1, 2) };

  test('from intervals and back', () => {
    expect([...detection.sampleLabels(events, 9)]).toEqual([0, 2, 2, 1, 0, 2, 2, 2, 0]);
    const { boxes: found, labels: names } = detection.intervalsOf([0, 2, 2, 1, 0, 2, 2, 2, 0]);
    expect([...found]).toEqual([1, 3, 3, 4, 5, 8]);
    expect([...names]).toEqual([2, 1, 2]);
    expect(detection.intervalsOf([]).labels).toHaveLength(0);
    expect([...detection.sampleMasks(events, 9)[2]!]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 0]);
  });

  test('refuses what is beyond the recording, and what are no classes', () => {
    expect(() => detection.sampleLabels(events, 7)).toThrow('event 2 within 7 samples');
    expect(() => detection.sampleMasks(events, 7)).toThrow(DatasetError);
    expect(() => detection.intervalsOf([0, -1])).toThrow('got -1 for sample 1');
    expect(() => detection.intervalsOf('1' as never)).toThrow('labels as a list of numbers');
  });
});
