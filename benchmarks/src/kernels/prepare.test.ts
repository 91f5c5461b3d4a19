import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { smallKernel } from '../testing/small-kernel.ts';
import { meanSizeOf } from './prepare.ts';
import type { KernelSpec } from './spec.ts';

const specs: readonly KernelSpec[] = [
  { op: 'matmul', size: 5 },
  smallKernel(false).spec,
  { op: 'maxPool', input: [2, 4, 6, 6], window: 3, stride: 2, padding: 1 },
  { op: 'avgPool', input: [2, 4, 6, 6], window: 2, stride: 2, padding: 0 },
  ...(['relu', 'add', 'tanh', 'exp', 'softmax'] as const).map((op): KernelSpec => ({
    op,
    input: [2, 7],
  })),
];

test.each(specs)('$op gives the same numbers each time, none of them lost', async (spec) => {
  const device = reference();
  const size = await meanSizeOf(spec, device);
  expect(size).toBeGreaterThan(0);
  expect(await meanSizeOf(spec, device)).toBe(size);
  expect(device.liveBuffers).toBe(0);
});

test('a softmax is along the last axis', async () => {
  expect(await meanSizeOf({ op: 'softmax', input: [2, 8] }, reference())).toBeCloseTo(1 / 8, 6);
});
