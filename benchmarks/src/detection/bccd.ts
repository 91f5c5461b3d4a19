/**
 * Trains a small Faster R-CNN on BCCD (blood cells, 292 pictures) from scratch and measures it on the 72 test pictures.
 *
 *     node benchmarks/src/detection/bccd.ts FOLDER [--seed 0] [--epochs 4] [--threads 1] [--out FILE] [--pictures FOLDER]
 *
 * FOLDER is the folder BCCD of github.com/Shenggan/BCCD_Dataset. Into the folder of pictures go the first test pictures with what
 * was found in them.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { wasm } from '@convnet/backend-wasm';
import { resize, vocDetection, type DetectionSample } from '@convnet/data/detection';
import { cocoMetrics, fasterrcnn_resnet18_fpn, vocMetrics } from '@convnet/detection';
import { detectionPicture, toPng } from '@convnet/explain';
import { clipGradNorm, SGD } from '@convnet/optim';
import {
  add,
  Generator,
  manualSeed,
  scope,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';

import { recipe } from './recipe.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '0' },
    epochs: { type: 'string', default: String(recipe.epochs) },
    threads: { type: 'string', default: '1' },
    out: { type: 'string' },
    pictures: { type: 'string' },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('expected the folder of BCCD');
const seed = Number(options.seed);
const epochs = Number(options.epochs);

const classes = ['Platelets', 'RBC', 'WBC'];
const read = async (imageSet: string): Promise<DetectionSample[]> => {
  const set = await vocDetection(folder, {
    imageSet,
    classes,
    transform: resize(recipe.shorterSide),
  });
  const samples: DetectionSample[] = [];
  for (let i = 0; i < set.length; i++) samples.push(await set.get(i));
  return samples;
};

/** The picture as [3, H, W] from 0 to 1, mirrored where asked for. */
function pictureOf({ image }: DetectionSample, mirrored: boolean, device: Device): Tensor {
  const { width, height, data } = image;
  const values = new Float32Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + (mirrored ? width - 1 - x : x)) * 3;
      for (let c = 0; c < 3; c++) values[(c * height + y) * width + x] = data[from + c]! / 255;
    }
  }
  return tensor(values, [3, height, width], { device });
}

/** Objects with sides above 0, cut off at the borders, mirrored where asked for. */
function targetOf(
  { image, boxes, labels }: DetectionSample,
  mirrored: boolean,
): { boxes: number[][]; labels: number[] } {
  const target = { boxes: [] as number[][], labels: [] as number[] };
  for (const [i, label] of labels.entries()) {
    const [x1, y1, x2, y2] = boxes.subarray(i * 4, i * 4 + 4) as unknown as [
      number,
      number,
      number,
      number,
    ];
    const [left, right] = [Math.max(x1, 0), Math.min(x2, image.width)];
    const [top, bottom] = [Math.max(y1, 0), Math.min(y2, image.height)];
    if (right - left < 1 || bottom - top < 1) continue;
    target.boxes.push(
      mirrored
        ? [image.width - right, top, image.width - left, bottom]
        : [left, top, right, bottom],
    );
    target.labels.push(label);
  }
  return target;
}

const device = await wasm({ threads: Number(options.threads) });
manualSeed(seed);
const train = await read('trainval');
const test = await read('test');
const model = fasterrcnn_resnet18_fpn({ ...recipe.network, numClasses: 4, device });
const optimizer = new SGD(model.parameters(), {
  learningRate: recipe.learningRate,
  momentum: recipe.momentum,
  weightDecay: recipe.weightDecay,
});
const generator = new Generator(seed + 1000);
const perEpoch = Math.floor(train.length / recipe.batchSize);
const steps = perEpoch * epochs;
const began = performance.now();
const cpuBegan = process.cpuUsage();
const history: number[] = [];
for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
  const keys = generator.uniform(train.length);
  const order = [...train.keys()].sort((a, b) => keys[a]! - keys[b]!);
  let total = 0;
  for (let i = 0; i < perEpoch; i++, step++) {
    const warm = Math.min((step + 1) / recipe.warmupSteps, 1);
    const rate = (recipe.learningRate * warm * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    for (const group of optimizer.groups) group.options = { ...group.options, learningRate: rate };
    await scope(async () => {
      const batch = order.slice(i * recipe.batchSize, (i + 1) * recipe.batchSize);
      const flips = generator.uniform(batch.length);
      const losses = await model.losses(
        batch.map((at, k) => pictureOf(train[at]!, flips[k]! < 0.5, device)),
        batch.map((at, k) => targetOf(train[at]!, flips[k]! < 0.5)),
        { generator },
      );
      const loss = Object.values(losses).reduce((a: Tensor, b: Tensor) => add(a, b));
      optimizer.zeroGrad();
      loss.backward();
      clipGradNorm(model.parameters(), recipe.clipNorm);
      optimizer.step();
      total += Number((await loss.data())[0]);
    });
  }
  history.push(total / perEpoch);
  const minutes = (performance.now() - began) / 60000;
  console.log(
    `epoch ${epoch + 1}: loss ${(total / perEpoch).toFixed(4)}, ${minutes.toFixed(1)} minutes`,
  );
}
const minutes = (performance.now() - began) / 60000;
const cpu = process.cpuUsage(cpuBegan);
const cpuMinutes = (cpu.user + cpu.system) / 6e7;

model.eval();
const found = [];
for (const sample of test) {
  found.push(...(await scope(() => model.detect([pictureOf(sample, false, device)]))));
}
const truths = test.map((sample) => targetOf(sample, false));
const { map, map50, map75 } = cocoMetrics(found, truths);
const voc = vocMetrics(found, truths);
const result = {
  library: 'convnet',
  seed,
  epochs,
  map,
  map50,
  map75,
  voc: voc.map,
  perClass: Object.fromEntries([...voc.perClass].map(([label, ap]) => [classes[label - 1]!, ap])),
  minutes,
  cpuMinutes,
  losses: history,
};
console.log(JSON.stringify(result));
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`);
if (options.pictures !== undefined) {
  mkdirSync(options.pictures, { recursive: true });
  for (const [i, sample] of test.slice(0, 4).entries()) {
    const svg = await detectionPicture(pictureOf(sample, false, device), found[i]!, {
      truth: truths[i]!,
      classes: ['background', ...classes],
      minScore: 0.5,
    });
    writeFileSync(join(options.pictures, `bccd-${i}.svg`), svg);
    writeFileSync(join(options.pictures, `bccd-${i}.png`), await toPng(svg, { scale: 1 }));
  }
}
device.dispose();
