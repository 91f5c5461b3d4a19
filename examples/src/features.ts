/** Features and a linear head: what a network makes of the samples is computed once, and a linear layer learns from it. */
import { wasm } from '@convnet/backend-wasm';
import { DataLoader } from '@convnet/data';
import { Linear } from '@convnet/layers';
import { Adam } from '@convnet/optim';
import { computeFeatures, fit } from '@convnet/train';

import { knowsSmallDigits, largeDigits } from './half-of-the-digits.ts';

const device = await wasm();
const model = await knowsSmallDigits(device);
const { train, test } = await largeDigits();
const featuresOf = (set: typeof train) =>
  computeFeatures(model, new DataLoader(set, { batchSize: 256, device }));
const [features, testFeatures] = [await featuresOf(train), await featuresOf(test)];
const head = new Linear(features.inputShape[0]!, 5, { device });
const report = await fit(head, {
  train: new DataLoader(features, { batchSize: 32, shuffle: true, device }),
  test: new DataLoader(testFeatures, { batchSize: 256, device }),
  optimizer: new Adam(head.parameters(), { learningRate: 0.01 }),
  epochs: 10,
});
process.stdout.write(`accuracy ${report[9]!.test!.accuracy}\n`);
device.dispose();
