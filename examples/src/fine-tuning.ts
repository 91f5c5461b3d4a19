/** Fine-tuning with a frozen backbone: a network that knows the digits 0 to 4 learns 5 to 9 with a new head. */
import { wasm } from '@convnet/backend-wasm';
import { DataLoader } from '@convnet/data';
import { replaceHead } from '@convnet/layers';
import { Adam } from '@convnet/optim';
import { evaluate, fit, freezeBackbone } from '@convnet/train';

import { knowsSmallDigits, largeDigits } from './half-of-the-digits.ts';

const device = await wasm();
const model = await knowsSmallDigits(device);
const { train, test } = await largeDigits();
replaceHead(model, 5);
freezeBackbone(model);
const testLoader = new DataLoader(test, { batchSize: 256, device });
const before = await evaluate(model, testLoader);
await fit(model, {
  train: new DataLoader(train, { batchSize: 32, shuffle: true, device }),
  optimizer: new Adam(model.parameters(), { learningRate: 0.01 }),
  epochs: 5,
});
const after = await evaluate(model, testLoader);
process.stdout.write(`accuracy ${before.accuracy} before, ${after.accuracy} after\n`);
device.dispose();
