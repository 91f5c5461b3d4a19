import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { smallKernel, smallKernelBytes, smallKernelMacs } from '../testing/small-kernel.ts';
import { timeKernel } from './time-kernel.ts';

const signal = new AbortController().signal;

test('counts the work of a forward pass and of the two gradients, and gives all memory back', async () => {
  const device = reference();
  const forward = await timeKernel(smallKernel(false), device, { time: 1, signal });
  expect(forward.macs).toBe(smallKernelMacs);
  expect(forward.flops).toBe(2 * forward.macs);
  expect(forward.bytes).toBe(smallKernelBytes);
  expect(forward.ms.min).toBeGreaterThan(0);
  expect(forward.ms.min).toBeLessThanOrEqual(forward.ms.median);
  const gradients = await timeKernel(smallKernel(true), device, { time: 1, signal });
  expect(gradients.macs).toBe(2 * forward.macs);
  expect(device.liveBuffers).toBe(0);
});

test('an interruption ends it', async () => {
  const options = { time: 1, signal: AbortSignal.abort() };
  await expect(timeKernel(smallKernel(false), reference(), options)).rejects.toThrow('aborted');
});
