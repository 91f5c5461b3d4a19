/**
 * LeNet on CIFAR-10: accuracy of each class, a grid of predictions, and a file of weights that cifar10-predict.ts reads.
 * `node cifar10.ts <folder for results> [epochs]`. CIFAR10 names a folder with the binary files; else they are downloaded.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { wasm } from '@convnet/backend-wasm';
import { DataLoader, subset } from '@convnet/data';
import { cifar10 } from '@convnet/datasets';
import { sampleGrid } from '@convnet/explain';
import { lenet5_relu } from '@convnet/lenet';
import { SGD } from '@convnet/optim';
import { manualSeed, tensor } from '@convnet/tensor-core';
import { fit, perClass, predict, progress } from '@convnet/train';
import { saveSafetensors } from '@convnet/weights/node';

const [results = 'cifar10', epochs = '2'] = process.argv.slice(2);
const given = process.env['CIFAR10'];
const { train, test } = await cifar10(given === undefined ? {} : { folder: given });
const { classes, inputShape } = train;

manualSeed(1);
const device = await wasm();
const model = lenet5_relu({ inChannels: 3, inputSize: 32, numClasses: classes.length, device });
await fit(model, {
  train: new DataLoader(train, { batchSize: 4, shuffle: true, device }),
  optimizer: new SGD(model.parameters(), { learningRate: 0.001, momentum: 0.9 }),
  epochs: Number(epochs),
  callbacks: [progress(process.stderr)],
});

const { labels, targets } = await predict(model, new DataLoader(test, { batchSize: 100, device }));
const right = perClass(targets!, labels);
for (const [i, name] of classes.entries()) {
  process.stdout.write(`${name.padEnd(12)}${(100 * (right[i]?.recall ?? 0)).toFixed(1)} %\n`);
}

await mkdir(results, { recursive: true });
const shown = Int32Array.from({ length: 24 }, (_, i) => i);
const pixels = new Float32Array(24 * inputShape.reduce((a, b) => a * b));
subset(test, shown).fill(shown, pixels, new Int32Array(24));
const grid = await sampleGrid(tensor(pixels, [24, ...inputShape], { device }), {
  labels: Array.from(shown, (i) => targets![i]!),
  predicted: Array.from(shown, (i) => labels[i]!),
  classes,
  title: 'CIFAR-10',
});
await writeFile(join(results, 'predictions.svg'), grid);
await saveSafetensors(join(results, 'lenet.safetensors'), model.stateDict());
await writeFile(join(results, 'classes.json'), JSON.stringify(classes));
device.dispose();
