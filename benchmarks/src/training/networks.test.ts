import { countFlops } from '@convnet/layers';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { networkOf, trainedBatches, trainedNames } from './networks.ts';
import { OwnSteps } from './own-steps.ts';

test('every network is trained on a batch that fits it, LeNets first', () => {
  expect(new Set(trainedBatches.map(({ model }) => model))).toEqual(new Set(trainedNames));
  expect(trainedBatches.slice(0, 6).every(({ model }) => model.startsWith('lenet'))).toBe(true);
  for (const batch of trainedBatches) {
    const { macs } = countFlops(networkOf(batch), [batch.batch, ...batch.inputShape]);
    expect(macs).toBeGreaterThan(0);
  }
});

test('a network takes steps, each up to its loss, and gives all memory back', async () => {
  const device = reference();
  const batch = { model: 'lenet5', dims: 1, batch: 2, inputShape: [1, 32], numClasses: 3 } as const;
  const steps = new OwnSteps(batch, device, (on) => networkOf(batch, on));
  expect(await steps.steps(2)).toHaveLength(2);
  steps.dispose();
  expect(device.liveBuffers).toBe(0);
});
