import { expect, test } from 'vitest';

import { estimateOf } from './estimate.ts';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

// The ranks that tables of the sign test give for 95 %.
test.each([
  [6, 1, 6],
  [7, 1, 7],
  [8, 1, 8],
  [9, 2, 8],
  [12, 3, 10],
  [15, 4, 12],
  [20, 6, 15],
  [25, 8, 18],
])('of %i values the median lies between number %i and number %i', (n, low, high) => {
  expect(estimateOf(upTo(n))).toEqual({ ratio: (n + 1) / 2, low, high });
});

test('values may come in any order, and one that is far off moves nothing but an end', () => {
  const values = [1.01, 0.99, 1, 1.02, 0.98, 40, 1, 0.01, 1.01];
  expect(estimateOf(values)).toEqual({ ratio: 1, low: 0.98, high: 1.02 });
});

test('five rounds are too few to say anything with 95 %', () => {
  expect(() => estimateOf(upTo(5))).toThrow('expected at least 6 rounds, got 5');
});

test('the interval holds the median as often as it promises', () => {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  for (const n of [6, 9, 20]) {
    let held = 0;
    const runs = 4000;
    for (let run = 0; run < runs; run++) {
      // Of median 1 and far from normal.
      const { low, high } = estimateOf(Array.from({ length: n }, () => (2 * random()) ** 4));
      if (low <= 1 && 1 <= high) held++;
    }
    expect(held / runs, `${n} rounds`).toBeGreaterThan(0.945);
  }
});
