import { ArgumentError } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { ClipError } from '../errors.ts';
import { randomFor } from '../random/streams.ts';
import { clipStarts, resolveSampling, startOf } from './sampling.ts';

describe('clipStarts', () => {
  test('one clip lies in the middle', () => {
    expect(clipStarts(16)).toEqual([0]);
    expect(clipStarts(21)).toEqual([2]);
    expect(clipStarts(40, { frames: 4, stride: 3 })).toEqual([15]);
  });

  test('several are spread from the first frame to the last', () => {
    expect(clipStarts(100, { frames: 10, clips: 4 })).toEqual([0, 30, 60, 90]);
    expect(clipStarts(10, { frames: 10, clips: 3 })).toEqual([0, 0, 0]);
  });

  test('a video must hold a clip', () => {
    expect(() => clipStarts(30, { frames: 16, stride: 2 }, 'run.mp4')).toThrow(ClipError);
    expect(() => clipStarts(30, { frames: 16, stride: 2 }, 'run.mp4')).toThrow(
      'run.mp4: expected at least 31 frames, for a clip of 16, 2 apart, found 30',
    );
  });

  test.each([{ frames: 0 }, { stride: 1.5 }, { clips: -1 }, { start: 'first' as 'random' }])(
    'refuses %j',
    (sampling) => {
      expect(() => clipStarts(100, sampling)).toThrow(ArgumentError);
      expect(() => clipStarts(100, sampling)).toThrow(Object.keys(sampling)[0]);
    },
  );
});

test('random starts reach from the first to the last that there is', () => {
  const sampling = resolveSampling({ frames: 3, stride: 2, start: 'random' });
  const random = randomFor(0);
  const found = new Set(
    Array.from({ length: 200 }, () => startOf(9, 0, sampling, 'video', random)),
  );
  expect(found).toEqual(new Set([0, 1, 2, 3, 4]));
  expect(() => startOf(4, 0, sampling, 'video', random)).toThrow(
    'video: expected at least 5 frames',
  );
});
