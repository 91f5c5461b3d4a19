import { tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { lite_time, madeFilters } from './lite-time.ts';

test('the made filters are those of the paper', () => {
  const filters = madeFilters();
  expect(filters.map(({ length }) => length)).toEqual([
    2, 4, 8, 16, 32, 64, 2, 4, 8, 16, 32, 64, 6, 12, 24, 48, 96,
  ]);
  expect(filters[1]).toEqual([-1, 1, -1, 1]);
  expect(filters[7]).toEqual([1, -1, 1, -1]);
  expect(filters[12]).toEqual([-1, -1, 2, 2, -1, -1]);
  expect(filters[13]).toEqual([-0.25, -1, -1, -0.25, 0.5, 2, 2, 0.5, -0.25, -1, -1, -0.25]);
  for (const filter of filters)
    expect(filter.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0);
});

test('they are found where the series has what they are made for, and are not learned', async () => {
  const device = reference();
  const model = lite_time({ device });
  const step = tensor([0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 8], { device });
  const found = await model.hybrid.forward(step).data();
  // The rise of two samples is at the fourth: -x[3] + x[4]. The fall of two is nowhere.
  expect(Array.from(found.slice(0, 8))).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
  // Beyond the end there are zeros.
  expect(Array.from(found.slice(48, 56))).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  const learned = Array.from(model.namedParameters(), ([path]) => path);
  expect(learned.filter((path) => path.startsWith('hybrid'))).toEqual([]);
});
