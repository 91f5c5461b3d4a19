import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { kernelCases } from './cases.ts';
import { timeKernel } from './time-kernel.ts';

const signal = new AbortController().signal;
const named = (name: string) => kernelCases.find((kernel) => kernel.name === name)!;

test('counts the work of a forward pass and of the two gradients, and gives all memory back', async () => {
  const device = reference();
  const forward = await timeKernel(named('lenet C5 5×5'), device, { time: 1, signal });
  expect(forward.macs).toBe(64 * 120 * 16 * 25);
  expect(forward.flops).toBe(2 * forward.macs);
  expect(forward.bytes).toBe(4 * (64 * 16 * 25 + 120 * 16 * 25 + 64 * 120));
  expect(forward.ms.min).toBeGreaterThan(0);
  expect(forward.ms.min).toBeLessThanOrEqual(forward.ms.median);
  const gradients = await timeKernel(named('lenet C5 5×5, gradients'), device, { time: 1, signal });
  expect(gradients.macs).toBe(2 * forward.macs);
  expect(device.liveBuffers).toBe(0);
});

test('an interruption ends it', async () => {
  const options = { time: 1, signal: AbortSignal.abort() };
  await expect(timeKernel(named('tanh'), reference(), options)).rejects.toThrow('aborted');
});
