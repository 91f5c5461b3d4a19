import { describe, expect, test } from 'vitest';

import { thinned } from './chart.ts';
import { figures, percent, short } from './numbers.ts';
import { decimalsOf, ticks } from './ticks.ts';

describe('ticks', () => {
  test.each([
    [2.3, 4, [0, 1, 2, 3]],
    [0.5, 4, [0, 0.2, 0.4, 0.6]],
    [100, 4, [0, 50, 100]],
    [1260, 3, [0, 500, 1000, 1500]],
    [10, 2, [0, 5, 10]],
  ])('up to %d, about %d', (most, count, expected) => {
    expect(ticks(most, count)).toEqual(expected);
  });

  test('as many decimals as tell them apart', () => {
    expect(decimalsOf([0, 0.2, 0.4])).toBe(1);
    expect(decimalsOf([0, 0.05])).toBe(2);
    expect(decimalsOf([0, 50])).toBe(0);
  });
});

describe('curves with more points than can be told apart', () => {
  test('means of neighbours, to the last step', () => {
    const points = Array.from({ length: 1000 }, (_, i) => [i + 1, i % 2] as const);
    const few = thinned(points);
    expect(few.length).toBeLessThanOrEqual(400);
    expect(few.at(-1)![0]).toBe(1000);
    expect(few[0]).toEqual([3, 1 / 3]);
    expect(thinned(points.slice(0, 400))).toHaveLength(400);
  });
});

describe('numbers', () => {
  test('three figures', () => {
    expect([0.04567, 1.2345, 12.345, 123.45, 7].map(figures)).toEqual([
      '0.046',
      '1.23',
      '12.3',
      '123',
      '7',
    ]);
    expect([61_706, 1_814_073_344, 999_600, 12].map(short)).toEqual([
      '61.7 k',
      '1.81 G',
      '1.00 M',
      '12',
    ]);
    expect(percent(0.9412)).toBe('94.1 %');
  });
});
