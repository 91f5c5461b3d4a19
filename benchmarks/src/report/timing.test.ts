import { expect, test } from 'vitest';

import { exampleRow } from '../testing/rows.ts';
import { median, stepSpeed } from './columns.ts';
import { timingOf, timingOfTurns, uncertaintyOf } from './timing.ts';

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

test('of turns, the interval is that of their medians: what slows a whole turn is one value, not many', () => {
  // Steady within each turn, and slower by half in four of ten.
  const turns = Array.from({ length: 10 }, (_, i) =>
    Array.from({ length: 40 }, () => (i % 5 < 2 ? 15 : 10)),
  );
  expect(timingOf(turns.flat()).interval).toEqual([10, 10]);
  expect(timingOfTurns(turns)).toEqual({ median: 10, min: 10, samples: 400, interval: [10, 15] });
  // Few turns are cut into parts: here one that has two speeds, and some whose times are too few to be cut.
  expect(timingOfTurns([turns.slice(0, 4).flat()]).interval).toEqual([10, 15]);
  expect(timingOfTurns([[1, 2], [3]])).toEqual({ median: 2, min: 1, samples: 3 });
  expect(
    timingOfTurns([
      [1, 2, 3],
      [4, 5, 6],
    ]),
  ).toEqual(timingOf([1, 2, 3, 4, 5, 6]));
  expect(timingOfTurns([[7], [], []])).toEqual({ median: 7, min: 7, samples: 1 });
  expect(() => timingOfTurns([[], []])).toThrow(RangeError);
  // Where long turns lie to one side, the median is inside all the same.
  const uneven = [Array.from({ length: 50 }, () => 3), ...Array.from({ length: 8 }, () => [9])];
  expect(timingOfTurns(uneven)).toMatchObject({ median: 3, interval: [3, 9] });
});

test('a median that is known to less than 5 % says how well it is known', () => {
  const ms = { median: 10, min: 9, samples: 20, interval: [9.8, 10.3] as const };
  expect(uncertaintyOf(ms)).toBeCloseTo(0.03, 12);
  expect(uncertaintyOf({ median: 10, min: 9 })).toBeNull();
  expect(median.cell(exampleRow({ ms }))).toBe('10');
  expect(median.cell(exampleRow({ ms: { ...ms, interval: [9.5, 11.2] } }))).toBe('10 ±12 %');
  // Too few to tell say how few.
  expect(median.cell(exampleRow({ ms: { median: 10, min: 9, samples: 4 } }))).toBe('10 (of 4)');
  const speed = exampleRow({ ms: { ...ms, interval: [9.5, 11.2] } });
  expect(stepSpeed.cell(speed)).toBe('12,800 ±12 %');
  expect(stepSpeed.cell(exampleRow({ ms: null }))).toBe('–');
});
