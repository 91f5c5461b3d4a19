import { ArrayDataset, DataLoader } from '@convnet/data';
import { lenet5 } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import {
  capture,
  crossEntropy,
  manualSeed,
  scope,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { CudaOutOfMemoryError } from './errors.ts';
import { hasEmulator, openEmulated } from './testing/emulated-device.ts';
import { withVariables } from './testing/environment.ts';

describe.runIf(hasEmulator)('training LeNet on the emulated driver', () => {
  test.each(['eager', 'captured'])(
    '%s: it learns as reference does, and memory stays',
    async (mode) => {
      const { device } = await openEmulated();
      const used = new Set<number>();
      const losses = await train(device, mode === 'captured', 8, (epoch) => {
        if (epoch > 1) used.add(device.memory().reserved);
      });
      expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
      expect(used.size).toBe(1);
      device.dispose();
      const expected = await train(reference(), false, 1);
      for (const [i, loss] of expected.entries()) expect(losses[i]).toBeCloseTo(loss, 4);
    },
  );

  test('out of memory in the middle of a step leaves the model as it was, and usable', async () => {
    await withVariables({ EMULATED_CUDA_MEMORY: String(96 << 20) }, async () => {
      const { device } = await openEmulated();
      manualSeed(2);
      const model = lenet5({ dims: 2, numClasses: 2, device });
      const optimizer = new Adam(model.parameters());
      const step = async (count: number): Promise<number> => {
        const loader = new DataLoader(stripes(count), { batchSize: count, device });
        for await (const [inputs, labels] of loader) {
          return scope(() => {
            optimizer.zeroGrad();
            const loss = crossEntropy(model.forward(inputs), labels);
            loss.backward();
            optimizer.step();
            return loss.detach();
          }).item();
        }
        throw new Error('no batch');
      };
      const first = await step(4);
      const before = await Promise.all([...model.parameters()].map((each) => each.data()));
      await expect(step(6000)).rejects.toThrow(CudaOutOfMemoryError);
      const after = await Promise.all([...model.parameters()].map((each) => each.data()));
      expect(after).toEqual(before);
      expect(await step(4)).toBeLessThan(first * 1.5);
      device.dispose();
    });
  });
});

/** Trains LeNet on stripes. @returns the loss of each step. */
async function train(
  device: Device,
  isCaptured: boolean,
  epochs: number,
  onEpoch: (epoch: number) => void = () => undefined,
): Promise<number[]> {
  manualSeed(1);
  const model = lenet5({ dims: 2, numClasses: 2, device });
  const optimizer = new Adam(model.parameters(), { learningRate: 5e-3 });
  const learn = (x: Tensor, labels: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), labels);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const step = isCaptured ? capture(learn) : learn;
  const loader = new DataLoader(stripes(32), { batchSize: 8, device });
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const [inputs, labels] of loader) {
      const loss = scope(() => step(inputs, labels).detach());
      losses.push(await loss.item());
      loss.dispose();
      inputs.dispose();
      labels.dispose();
    }
    onEpoch(epoch);
  }
  return losses;
}

/** Horizontal and vertical stripes. */
function stripes(count: number): ArrayDataset {
  const data = new Float32Array(count * 784);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % 2;
    for (let p = 0; p < 784; p++) {
      const along = i % 2 === 0 ? Math.floor(p / 28) : p % 28;
      data[i * 784 + p] = Math.sin(0.8 * along + i);
    }
  }
  return new ArrayDataset({ data, labels, inputShape: [1, 28, 28], classes: ['across', 'down'] });
}
