import { wasm } from '@convnet/backend-wasm';
import { ArrayDataset, DataLoader } from '@convnet/data';
import { Adam } from '@convnet/optim';
import { manualSeed } from '@convnet/tensor-core';
import { fit } from '@convnet/train';
import { expect, test } from 'vitest';

import { my_family_small } from './index.ts';

const samples = 48;
const size = 16;

/** Slow and fast waves, as signals or as images whose rows are the signal. */
function waves(dims: 1 | 2): ArrayDataset {
  const rows = dims === 2 ? size : 1;
  const labels = Int32Array.from({ length: samples }, (_, i) => i % 2);
  const data = new Float32Array(samples * rows * size);
  for (let i = 0; i < data.length; i++) {
    const sample = Math.floor(i / (rows * size));
    data[i] = Math.sin(sample + (i % size) * (labels[sample] === 1 ? 1.4 : 0.5));
  }
  const inputShape = dims === 2 ? [1, size, size] : [1, size];
  return new ArrayDataset({ data, labels, inputShape, classes: ['slow', 'fast'] });
}

// Milliseconds, for a machine that is busy with other things.
const patience = 120_000;

test.each([1, 2] as const)(
  'learns to tell waves apart in %iD',
  { timeout: patience },
  async (dims) => {
    manualSeed(0);
    const device = await wasm({ threads: 1 });
    const model = my_family_small({ dims, inChannels: 1, numClasses: 2, device });
    const train = new DataLoader(waves(dims), { batchSize: 16, shuffle: true, seed: 0, device });
    const test = new DataLoader(waves(dims), { batchSize: 16, device });
    const optimizer = new Adam(model.parameters(), { learningRate: 5e-3 });
    const epochs = await fit(model, { train, test, optimizer, epochs: 16 });
    expect(epochs.at(-1)?.test?.accuracy).toBe(1);
    device.dispose();
  },
);
