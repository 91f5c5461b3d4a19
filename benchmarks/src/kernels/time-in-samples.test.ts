import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { kernelCases } from './cases.ts';
import { timeInSamples } from './time-in-samples.ts';

test('times several calls together, forward and gradients, and gives all memory back', async () => {
  const device = reference();
  const named = (name: string) => kernelCases.find((kernel) => kernel.name === name)!;
  const forward = await timeInSamples(named('average pool 2×2'), device, 1);
  expect(forward.flops).toBeGreaterThan(0);
  expect(forward.ms.min).toBeGreaterThan(0);
  const gradients = await timeInSamples(named('lenet C5 5×5, gradients'), device, 1);
  expect(gradients.macs).toBe(2 * 64 * 120 * 16 * 25);
  expect(gradients.ms.min).toBeLessThanOrEqual(gradients.ms.median);
  expect(device.liveBuffers).toBe(0);
});
