import { describe, expect, test } from 'vitest';

import { fixedKernels, goldenQuantiles, planDilations, quantile } from './dilations.ts';

test('kernels are all ways to place three twos among nine weights, in lexicographic order', () => {
  const values = fixedKernels();
  const kernels = Array.from({ length: 84 }, (_, i) => Array.from(values.slice(9 * i, 9 * i + 9)));
  expect(kernels[0]).toEqual([2, 2, 2, -1, -1, -1, -1, -1, -1]);
  expect(kernels[1]).toEqual([2, 2, -1, 2, -1, -1, -1, -1, -1]);
  expect(kernels[83]).toEqual([-1, -1, -1, -1, -1, -1, 2, 2, 2]);
  expect(new Set(kernels.map(String)).size).toBe(84);
  expect(kernels.every((kernel) => kernel.reduce((sum, weight) => sum + weight) === 0)).toBe(true);
});

describe('planDilations', () => {
  // From `_fit_dilations` of the authors' code.
  test.each([
    [9, 119, [1], [119]],
    [24, 119, [1, 2], [79, 40]],
    [96, 119, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [34, 19, 15, 12, 8, 8, 7, 3, 3, 7, 3]],
    [
      150,
      119,
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 18],
      [30, 15, 12, 12, 4, 8, 8, 4, 4, 4, 3, 3, 3, 3, 3, 3],
    ],
    [150, 11, [1, 2, 3, 4, 5, 7, 10, 13, 18], [3, 1, 1, 1, 1, 1, 1, 1, 1]],
  ])('series of %i with %i features a kernel', (length, features, dilations, counts) => {
    const plan = planDilations(length, features);
    expect(plan.map(({ dilation }) => dilation)).toEqual(dilations);
    expect(plan.map((part) => part.features)).toEqual(counts);
  });

  test('the largest dilation lets a kernel reach over the whole series', () => {
    for (const length of [17, 129, 1000]) {
      const { dilation } = planDilations(length, 119).at(-1)!;
      expect(8 * dilation).toBeLessThan(length);
      expect(8 * (dilation + 1)).toBeGreaterThanOrEqual(length);
    }
  });
});

test('quantiles as those of numpy', () => {
  const values = [1, 2, 3, 5];
  const found = [0.1, 0.5, 0.618, 0.99, 0, 1].map((share) => quantile(values, share));
  for (const [i, expected] of [1.3, 2.5, 2.854, 4.94, 1, 5].entries()) {
    expect(found[i]).toBeCloseTo(expected, 12);
  }
  expect(goldenQuantiles(3)[1]).toBeCloseTo(2 * 1.618033988749895 - 3, 12);
});
