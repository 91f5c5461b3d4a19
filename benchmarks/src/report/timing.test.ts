import { expect, test } from 'vitest';

import { exampleRow } from '../testing/rows.ts';
import { median } from './columns.ts';
import { timingOf, uncertaintyOf } from './timing.ts';

test('the median of an odd and of an even number of times', () => {
  expect(timingOf([3, 1, 100])).toEqual({ median: 3, min: 1, samples: 3 });
  expect(timingOf([4, 1, 2, 100])).toEqual({ median: 3, min: 1, samples: 4 });
});

test('no times are an error', () => {
  expect(() => timingOf([])).toThrow(RangeError);
});

test('six times and more give the interval of the median', () => {
  expect(timingOf([6, 5, 4, 3, 2, 1])).toEqual({
    median: 3.5,
    min: 1,
    samples: 6,
    interval: [1, 6],
  });
  // The tables of order statistics leave out 21 of 60 at each end.
  expect(timingOf(Array.from({ length: 60 }, (_, i) => i)).interval).toEqual([21, 38]);
});

test('the interval goes on growing as the root of the number, beyond what binomials can be computed for', () => {
  const places = (samples: number): number => {
    const [low, high] = timingOf(Array.from({ length: samples }, (_, i) => i)).interval!;
    return (high - low) / Math.sqrt(samples);
  };
  for (const samples of [100, 499, 500, 1000, 5000, 100_000]) {
    expect(places(samples)).toBeGreaterThan(1.85);
    expect(places(samples)).toBeLessThan(2.2);
  }
});

test('a median that is known to less than 5 % says how well it is known', () => {
  const ms = { median: 10, min: 9, samples: 20, interval: [9.8, 10.3] as const };
  expect(uncertaintyOf(ms)).toBeCloseTo(0.03, 12);
  expect(uncertaintyOf({ median: 10, min: 9 })).toBeNull();
  expect(median.cell(exampleRow({ ms }))).toBe('10');
  expect(median.cell(exampleRow({ ms: { ...ms, interval: [9.5, 11.2] } }))).toBe('10 ±12 %');
});
