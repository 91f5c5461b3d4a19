/**
 * AlexNet learns to tell ants from bees: `node ants-and-bees.ts <folder>`, with <folder>/train/<class>/*.jpg and
 * <folder>/val/<class>/*.jpg, such as PyTorch's hymenoptera_data. The weights of the best epoch are kept, and saved.
 */
import { join } from 'node:path';

import { alexnet, alexnetWeights } from '@convnet/alexnet';
import { wasm } from '@convnet/backend-wasm';
import { DataLoader, requireSameClasses } from '@convnet/data';
import {
  centerCrop,
  compose,
  imageFolder,
  randomHorizontalFlip,
  randomResizedCrop,
  resize,
  toTensor,
} from '@convnet/data/image';
import { replaceHead } from '@convnet/layers';
import { SGD, StepLR } from '@convnet/optim';
import { manualSeed } from '@convnet/tensor-core';
import { fineTuneGroups, fit, progress } from '@convnet/train';
import { loadWeights } from '@convnet/weights';
import { saveSafetensors } from '@convnet/weights/node';

import { publishedOr } from './stand-in.ts';

const epochs = Number(process.env['EPOCHS'] ?? 10);
const folder = process.argv[2]!;
const published = alexnetWeights.IMAGENET1K_V1;
const { mean, std } = published.preprocessing;
const train = await imageFolder(join(folder, 'train'), {
  transform: compose(randomResizedCrop(224), randomHorizontalFlip(), toTensor({ mean, std })),
});
const test = await imageFolder(join(folder, 'val'), {
  transform: compose(resize(256), centerCrop(224), toTensor({ mean, std })),
});
requireSameClasses(train, test);

manualSeed(1);
const device = await wasm();
const { options, weights } = publishedOr({ hidden: 32 }, published);
const model = alexnet({ ...options, device });
await loadWeights(model, weights);
replaceHead(model, train.classes!.length);
const optimizer = new SGD(fineTuneGroups(model, { backbone: 1e-4, head: 1e-3 }), {
  learningRate: 1e-3,
  momentum: 0.9,
});
const loader = new DataLoader(train, { batchSize: 4, shuffle: true, device });
const report = await fit(model, {
  train: loader,
  test: new DataLoader(test, { batchSize: 4, device }),
  optimizer,
  schedule: new StepLR(optimizer, { stepSize: 7 * loader.length, gamma: 0.1 }),
  epochs,
  // It never stops before its last epoch, but keeps the weights of the best.
  earlyStopping: { patience: Infinity },
  monitor: 'accuracy',
  callbacks: [progress(process.stderr)],
});
const { epoch, value } = report.best!;
await saveSafetensors(join(folder, 'ants-and-bees.safetensors'), model.stateDict());
process.stdout.write(`accuracy ${value} in epoch ${epoch}, whose weights are kept\n`);
device.dispose();
