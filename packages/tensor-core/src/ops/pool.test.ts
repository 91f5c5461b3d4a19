import { expect, test } from 'vitest';

import {
  adaptiveMaxPool,
  maxPool,
  maxPoolWithIndices,
  noGrad,
  randn,
  trace,
  type Tensor,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();

/** How many results the pooling has that a function calls. */
function resultsOf(body: (x: Tensor) => unknown, requiresGrad: boolean): number {
  const x = randn([1, 2, 6, 6], { device, requiresGrad });
  let count = 0;
  trace(
    ({ outputs }) => (count = outputs.length),
    () => body(x),
  );
  return count;
}

test.each([
  ['maxPool', (x: Tensor) => maxPool(x, 2)],
  ['adaptiveMaxPool', (x: Tensor) => adaptiveMaxPool(x, 2)],
])('%s finds positions only where a gradient will ask for them', (_, pool) => {
  expect(resultsOf(pool, true)).toBe(2);
  expect(resultsOf(pool, false)).toBe(1);
  expect(resultsOf((x) => noGrad(() => pool(x)), true)).toBe(1);
  expect(resultsOf((x) => maxPoolWithIndices(x, 2), false)).toBe(2);
});
