import { expect, test } from 'vitest';

import { matrixOf } from './batch-norm.ts';

test('blocks over channels stand along x, where a grid has room for all of them', () => {
  // One channel to a thread and 32 to a block; along y 65,535 blocks would have 2,097,120.
  const { width, tiles, shares, passing, summing } = matrixOf({ shape: [2, 2_097_201] });
  expect({ width, tiles, shares }).toEqual({ width: 1, tiles: 65_538, shares: 1 });
  expect(passing.grid).toEqual([65_538, 1, 1]);
  expect(summing.grid).toEqual([65_538, 1, 1]);
});

test('shares of rows are many where channels are few, and short so that sums stay exact', () => {
  const { width, shares, rowsOfShare, summing } = matrixOf({ shape: [64, 64, 112, 112] });
  expect(width).toBe(4);
  // 16 threads have the channels, 16 the rows, each at most 64.
  expect(rowsOfShare).toBe(16 * 64);
  expect(shares).toBe((64 * 112 * 112) / rowsOfShare);
  expect(summing.block).toEqual([16, 16, 1]);
});
