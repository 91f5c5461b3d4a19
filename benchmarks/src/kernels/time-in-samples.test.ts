import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { smallKernel, smallKernelMacs } from '../testing/small-kernel.ts';
import { timeInSamples } from './time-in-samples.ts';

test('times several calls together, forward and gradients, and gives all memory back', async () => {
  const device = reference();
  const forward = await timeInSamples(smallKernel(false), device, 1);
  expect(forward.macs).toBe(smallKernelMacs);
  expect(forward.ms.min).toBeGreaterThan(0);
  const gradients = await timeInSamples(smallKernel(true), device, 1);
  expect(gradients.macs).toBe(2 * smallKernelMacs);
  expect(gradients.ms.min).toBeLessThanOrEqual(gradients.ms.median);
  expect(device.liveBuffers).toBe(0);
});
