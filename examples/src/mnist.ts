/** Handwritten digits in twenty lines. MNIST_SAMPLES learns from so many of the 60,000. */
import { wasm } from '@convnet/backend-wasm';
import { DataLoader, subset } from '@convnet/data';
import { mnist } from '@convnet/datasets';
import { lenet5_relu } from '@convnet/lenet';
import { Adam } from '@convnet/optim';
import { fit, progress } from '@convnet/train';

const device = await wasm();
const { train, test } = await mnist();
const count = Number(process.env['MNIST_SAMPLES'] ?? train.length);
const some = subset(
  train,
  Int32Array.from({ length: count }, (_, i) => i),
);
const model = lenet5_relu({ inChannels: 1, numClasses: 10, device });
const report = await fit(model, {
  train: new DataLoader(some, { batchSize: 64, shuffle: true, device }),
  test: new DataLoader(test, { batchSize: 500, device }),
  optimizer: new Adam(model.parameters(), { learningRate: 2e-3 }),
  epochs: 2,
  callbacks: [progress(process.stderr)],
});
process.stdout.write(`accuracy ${report[1]!.test!.accuracy}\n`);
device.dispose();
