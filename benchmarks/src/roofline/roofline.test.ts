import { expect, test } from 'vitest';

import { Roofline } from './roofline.ts';

test('work is bound by its multiply-adds or by its bytes, on all threads together', async () => {
  using roofline = new Roofline(2, true);
  expect(roofline.isWide).toBe(true);
  const compute = await roofline.leastTime({ flops: 1e9, bytes: 1000 }, 4);
  expect(roofline.narrowPeak).toBeGreaterThan(0);
  expect(roofline.peak).toBeGreaterThanOrEqual(roofline.narrowPeak);
  expect(compute).toBeCloseTo(1000 / roofline.peak, 6);
  const copy = await roofline.leastTime({ flops: 1, bytes: 1e6 }, 4);
  expect(copy).toBeGreaterThan(1 / roofline.peak / 1e6);
});
