/**
 * How much sooner a head on features that were computed once reaches the accuracy that training it through the frozen
 * backbone reaches:
 *
 *     node scripts/features-speed.ts [--epochs 20] [--rounds 3]
 *
 * A network learns to tell directions of stripes; then its backbone is frozen, and a new head learns to tell their widths.
 * Both ways see the same samples as often, in turns in one process.
 */
import { parseArgs } from 'node:util';

import { wasm } from '@convnet/backend-wasm';
import { ArrayDataset, DataLoader } from '@convnet/data';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  ReLU,
  replaceHead,
  Sequential,
} from '@convnet/layers';
import { AdamW } from '@convnet/optim';
import { Generator, manualSeed } from '@convnet/tensor-core';

import { evaluate, fit, fitHead, freezeBackbone } from '../src/index.ts';

const { values } = parseArgs({
  options: {
    epochs: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
  },
});
const [epochs, rounds] = [Number(values.epochs), Number(values.rounds)];
const size = 32;
const device = await wasm({ threads: 1 });

/** Stripes in noise, 1 x 32 x 32, of four directions or, with the same pictures, four widths. */
function stripes(count: number, of: 'direction' | 'width', seed: number): ArrayDataset {
  const generator = new Generator(seed);
  const data = generator.uniform(size * size * count);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const [direction, width] = [i % 4, (i >> 2) % 4];
    labels[i] = of === 'direction' ? direction : width;
    const angle = (direction * Math.PI) / 4;
    const [phase = 0] = generator.uniform(1);
    for (let p = 0; p < size * size; p++) {
      const along = (p % size) * Math.cos(angle) + Math.floor(p / size) * Math.sin(angle);
      data[i * size * size + p]! += Math.sin(along * (0.5 + 0.4 * width) + 6 * phase);
    }
  }
  return new ArrayDataset({
    data,
    labels,
    inputShape: [1, size, size],
    classes: ['0', '1', '2', '3'],
  });
}

function block(channels: number, outputs: number): Sequential {
  return new Sequential([
    new Conv2d(channels, outputs, 3, { stride: 2, padding: 1, bias: false, device }),
    new BatchNorm2d(outputs, { device }),
    new ReLU(),
  ]);
}

manualSeed(1);
const model = new Sequential({
  stem: block(1, 32),
  layer1: block(32, 64),
  layer2: block(64, 128),
  pool: new AdaptiveAvgPool2d(1),
  flatten: new Flatten(),
  fc: new Linear(128, 4, { device }),
});
const loader = (set: ArrayDataset, shuffle = false): DataLoader =>
  new DataLoader(set, { batchSize: 64, shuffle, device });
const before = new AdamW(model.parameters(), { learningRate: 0.003 });
await fit(model, {
  train: loader(stripes(1024, 'direction', 1), true),
  optimizer: before,
  epochs: 2,
});

const train = stripes(1024, 'width', 1);
const test = loader(stripes(512, 'width', 2));
const ratios: number[] = [];
for (let round = 0; round < rounds; round++) {
  manualSeed(round);
  replaceHead(model, 4);
  freezeBackbone(model);
  const optimizer = new AdamW(model.getModule('fc').parameters(), { learningRate: 0.01 });
  let start = performance.now();
  await fit(model, { train: loader(train, true), optimizer, epochs });
  const through = (performance.now() - start) / 1000;
  const accuracy = (await evaluate(model, test)).accuracy;

  manualSeed(round);
  replaceHead(model, 4);
  start = performance.now();
  await fitHead(model, {
    train: loader(train),
    epochs,
    batchSize: 64,
    optimizer: (parameters) => new AdamW(parameters, { learningRate: 0.01 }),
  });
  const onFeatures = (performance.now() - start) / 1000;
  const reached = (await evaluate(model, test)).accuracy;
  ratios.push(through / onFeatures);
  console.log(
    `through the backbone ${through.toFixed(2)} s to ${(100 * accuracy).toFixed(1)} %, ` +
      `on features ${onFeatures.toFixed(2)} s to ${(100 * reached).toFixed(1)} %: ${(through / onFeatures).toFixed(1)} times sooner`,
  );
}
ratios.sort((a, b) => a - b);
console.log(`median ${ratios[Math.floor(ratios.length / 2)]!.toFixed(1)} times sooner`);
device.dispose();
