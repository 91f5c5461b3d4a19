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
  expect(forward.turns).toHaveLength(2);
  const lengths = forward.turns.map(({ length }) => length);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
  expect(Math.min(...forward.turns.flat())).toBeGreaterThan(0);
  const gradients = await timeKernel(smallKernel(true), device, { time: 1, signal });
  expect(gradients.macs).toBe(2 * forward.macs);
  expect(device.liveBuffers).toBe(0);
});

test('an interruption ends it', async () => {
  const options = { time: 1, signal: AbortSignal.abort() };
  await expect(timeKernel(smallKernel(false), reference(), options)).rejects.toThrow('aborted');
});
