/**
 * DenseNet-121 as a frozen feature extractor with a linear head: `node densenet-features.ts <folder>`, with
 * <folder>/train/<class>/*.jpg and <folder>/val/<class>/*.jpg. Each picture goes through the network once.
 */
import { join } from 'node:path';

import { wasm } from '@convnet/backend-wasm';
import { DataLoader, requireSameClasses } from '@convnet/data';
import { centerCrop, compose, imageFolder, resize, toTensor } from '@convnet/data/image';
import { densenet121, densenet121Weights } from '@convnet/densenet';
import { Linear } from '@convnet/layers';
import { Adam } from '@convnet/optim';
import { manualSeed } from '@convnet/tensor-core';
import { computeFeatures, fit } from '@convnet/train';
import { loadWeights } from '@convnet/weights';

import { publishedOr } from './stand-in.ts';

const folder = process.argv[2]!;
const published = densenet121Weights.IMAGENET1K_V1;
const { mean, std } = published.preprocessing;
const transform = compose(resize(256), centerCrop(224), toTensor({ mean, std }));
const train = await imageFolder(join(folder, 'train'), { transform });
const test = await imageFolder(join(folder, 'val'), { transform });
requireSameClasses(train, test);

manualSeed(1);
const device = await wasm();
const { options, weights } = publishedOr({ growthRate: 4, numInitFeatures: 8 }, published);
const model = densenet121({ ...options, device });
await loadWeights(model, weights);
const featuresOf = (set: typeof train) =>
  computeFeatures(model, new DataLoader(set, { batchSize: 8, device }));
const [features, testFeatures] = [await featuresOf(train), await featuresOf(test)];
const head = new Linear(features.inputShape[0]!, train.classes!.length, { device });
const report = await fit(head, {
  train: new DataLoader(features, { batchSize: 4, shuffle: true, device }),
  test: new DataLoader(testFeatures, { batchSize: 8, device }),
  optimizer: new Adam(head.parameters(), { learningRate: 0.01 }),
  epochs: 20,
  earlyStopping: { patience: Infinity },
  monitor: 'accuracy',
});
process.stdout.write(`accuracy ${report.best!.value} from ${features.inputShape[0]} features\n`);
device.dispose();
