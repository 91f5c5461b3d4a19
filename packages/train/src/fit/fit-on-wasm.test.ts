import { wasm } from '@convnet/backend-wasm';
import { ArrayDataset, DataLoader } from '@convnet/data';
import { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential } from '@convnet/layers';
import { Adam, LinearLR, SGD } from '@convnet/optim';
import {
  crossEntropy,
  manualSeed,
  mul,
  ones,
  OutOfMemoryError,
  scope,
  square,
  sum,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { NonFiniteLossError } from '../errors.ts';
import { evaluate } from '../evaluate.ts';
import { fit } from './fit.ts';

/** Stripes, upright or level, 1 x 8 x 8. */
function stripes(count: number): ArrayDataset {
  const data = new Float32Array(64 * count);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % 2;
    for (let p = 0; p < 64; p++) {
      const along = i % 2 === 0 ? p % 8 : Math.floor(p / 8);
      data[64 * i + p] = Math.sin(along + i) + 0.3 * Math.sin(91 * i + 17 * p);
    }
  }
  return new ArrayDataset({ data, labels, inputShape: [1, 8, 8], classes: ['upright', 'level'] });
}

function network(device: Device): Sequential {
  manualSeed(8);
  return new Sequential([
    new Conv2d(1, 4, 3, { padding: 1, device }),
    new BatchNorm2d(4, { device }),
    new ReLU(),
    new Flatten(),
    new Linear(256, 2, { device }),
  ]);
}

test.each([1, 2])(
  'a network that met a NaN goes on as one that stopped before it, %i threads',
  async (threads) => {
    const device = await wasm({ threads });
    const live = device.liveBuffers;
    /** Trains on one set, for as long as that goes, and then on another. */
    const run = async (
      first: ArrayDataset,
      nanAt?: number,
    ): Promise<readonly [failure: unknown, end: unknown]> => {
      const model = network(device);
      const optimizer = new Adam(model.parameters(), { learningRate: 0.01 });
      const schedule = new LinearLR(optimizer, { startFactor: 0.1, totalSteps: 12 });
      const options = { optimizer, schedule, epochs: 1, checkEvery: 3 };
      const loader = (set: ArrayDataset): DataLoader =>
        new DataLoader(set, { batchSize: 8, device });
      let calls = 0;
      const loss = (logits: Tensor, labels: Tensor): Tensor =>
        mul(crossEntropy(logits, labels), ++calls === nanAt ? Number.NaN : 1);
      const failure: unknown = await fit(model, { ...options, loss, train: loader(first) }).then(
        () => null,
        (error: unknown) => error,
      );
      const second = loader(stripes(64));
      const [report] = await fit(model, { ...options, train: second });
      const test = await evaluate(model, second);
      const state = await Promise.all([...model.stateDict().values()].map((t) => t.data()));
      const { accuracy } = test;
      const end = {
        accuracy,
        loss: test.loss,
        trained: report!.loss,
        state,
        steps: schedule.steps,
      };
      optimizer.zeroGrad();
      optimizer.dispose();
      model.dispose();
      return [failure, end];
    };
    const [none, control] = await run(stripes(72));
    expect(none).toBeNull();
    const [failure, end] = await run(stripes(128), 10);
    expect(failure).toBeInstanceOf(NonFiniteLossError);
    expect(failure).toMatchObject({ origin: 'training', batch: 10, restoredStep: 9 });
    expect(end).toEqual(control);
    expect(end).toMatchObject({ steps: 17 });
    expect((end as { readonly accuracy: number }).accuracy).toBeGreaterThan(0.9);
    expect(device.liveBuffers).toBe(live);
    device.dispose();
  },
);

test('a step for whose state there is no memory changes nothing, and a smaller optimiser goes on', async () => {
  const mebibyte = 2 ** 20;
  const device = await wasm({ maximumMemory: 16 * mebibyte });
  // 4.5 MiB of weights and as much of gradients: of Adam's 9 MiB the first few fit.
  const model = new Sequential([
    new Linear(768, 768, { device }),
    new ReLU(),
    new Linear(768, 768, { device }),
  ]);
  const optimizer = new Adam(model.parameters());
  scope(() => sum(square(model.forward(ones([1, 768], { device })))).backward());
  const read = (): Promise<unknown> => Promise.all(model.parameters().map((p) => p.data()));
  const before = await read();
  const { live } = device.memory();
  expect(() => optimizer.step()).toThrow(OutOfMemoryError);
  expect(device.memory().live).toBe(live);
  expect(await read()).toEqual(before);
  new SGD(model.parameters(), { learningRate: 0.01 }).step();
  expect(await read()).not.toEqual(before);
  device.dispose();
});
