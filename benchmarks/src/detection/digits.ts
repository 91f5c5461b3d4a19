/**
 * Finds spoken digits in long recordings as intervals: takes of the Free Spoken Digit Dataset, placed in noise. Trains on takes 5 to
 * 49 of each speaker and digit, measures on takes 0 to 4, the official split.
 *
 *     node benchmarks/src/detection/digits.ts FOLDER [--seed 0] [--steps 600] [--threads 1] [--out FILE] [--pictures FOLDER]
 *
 * FOLDER has the WAV files of github.com/Jakobovski/free-spoken-digit-dataset, {digit}_{speaker}_{take}.wav.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { wasm } from '@convnet/backend-wasm';
import { RandomStream } from '@convnet/data';
import {
  amplitudeToDb,
  compose,
  melSpectrogram,
  parseWav,
  recordingOf,
} from '@convnet/data/signal';
import { cocoMetrics, fasterrcnn_resnet18_fpn, vocMetrics } from '@convnet/detection';
import { detectionPicture, toPng } from '@convnet/explain';
import { clipGradNorm, SGD } from '@convnet/optim';
import { add, Generator, manualSeed, scope, tensor, type Tensor } from '@convnet/tensor-core';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '0' },
    steps: { type: 'string', default: '600' },
    threads: { type: 'string', default: '1' },
    out: { type: 'string' },
    pictures: { type: 'string' },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('expected the folder of the WAV files');
const [seed, steps] = [Number(options.seed), Number(options.steps)];

/** Of a recording: three seconds of 8 kHz, in frames of 10 ms with 40 mel bands. */
const [sampleRate, length, hop, bands] = [8000, 24_000, 80, 40];
const noiseLevel = 0.01;
const batchSize = 8;
const learningRate = 0.02;
const warmupSteps = 100;
const testCount = 200;

const names = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

interface Take {
  readonly digit: number;
  readonly samples: Float32Array;
}

/** Takes whose greatest magnitude is 1, by the official split. */
function readTakes(root: string): { train: Take[]; test: Take[] } {
  const parts = { train: [] as Take[], test: [] as Take[] };
  for (const file of readdirSync(root).toSorted()) {
    const found = /^(\d)_\w+_(\d+)\.wav$/.exec(file);
    if (found === null) continue;
    const channel = parseWav(readFileSync(join(root, file)), file).channels[0]!;
    const greatest = channel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const take = { digit: Number(found[1]), samples: channel.map((value) => value / greatest) };
    parts[Number(found[2]) < 5 ? 'test' : 'train'].push(take);
  }
  return parts;
}

interface Scene {
  readonly samples: Float32Array;
  /** [bands, frames], in decibels around 0. */
  readonly spectrum: Float32Array;
  readonly frames: number;
  /** In frames. */
  readonly boxes: number[][];
  readonly labels: number[];
}

const toSpectrum = compose(
  melSpectrogram({ nFft: 256, hopLength: hop, nMels: bands, sampleRate }),
  amplitudeToDb({ topDb: 80 }),
);

/** Three to five takes one after another, with pauses of any length between them, under noise. */
function sceneOf(takes: readonly Take[], random: RandomStream): Scene {
  const samples = Float32Array.from({ length }, () => random.normals()[0] * noiseLevel);
  let chosen: Take[];
  let free: number;
  do {
    chosen = Array.from({ length: 3 + random.below(3) }, () => takes[random.below(takes.length)]!);
    free = length - chosen.reduce((sum, take) => sum + take.samples.length, 0);
  } while (free < 0);
  const pauses = chosen.map(() => random.between(0, free)).toSorted((a, b) => a - b);
  const boxes: number[][] = [];
  let spoken = 0;
  for (const [i, take] of chosen.entries()) {
    const start = Math.floor(pauses[i]!) + spoken;
    const gain = random.between(0.2, 1);
    for (const [k, value] of take.samples.entries()) samples[start + k]! += gain * value;
    spoken += take.samples.length;
    boxes.push([start / hop, (start + take.samples.length) / hop]);
  }
  const { data, shape } = toSpectrum(recordingOf([samples], { sampleRate }), random);
  return {
    samples,
    spectrum: data.map((value) => (value + 20) / 20),
    frames: shape[2]!,
    boxes,
    labels: chosen.map(({ digit }) => digit + 1),
  };
}

const { train, test } = readTakes(folder);
const device = await wasm({ threads: Number(options.threads) });
manualSeed(seed);
const model = fasterrcnn_resnet18_fpn({
  dims: 1,
  inChannels: bands,
  numClasses: names.length + 1,
  width: 32,
  pyramidChannels: 64,
  representationSize: 128,
  rpnPreNmsTopNTrain: 400,
  rpnPostNmsTopNTrain: 200,
  rpnPreNmsTopNTest: 400,
  rpnPostNmsTopNTest: 200,
  rpnBatchSizePerImage: 64,
  boxBatchSizePerImage: 64,
  device,
});
const optimizer = new SGD(model.parameters(), { learningRate, momentum: 0.9, weightDecay: 1e-4 });
const generator = new Generator(seed + 1000);
const random = new RandomStream(new Generator(seed + 2000));
const inputOf = ({ spectrum, frames }: Scene): Tensor =>
  tensor(spectrum, [bands, frames], { device });

const cpuBegan = process.cpuUsage();
const began = performance.now();
const history: number[] = [];
let total = 0;
for (let step = 0; step < steps; step++) {
  const warm = Math.min((step + 1) / warmupSteps, 1);
  const rate = (learningRate * warm * (1 + Math.cos((Math.PI * step) / steps))) / 2;
  for (const group of optimizer.groups) group.options = { ...group.options, learningRate: rate };
  await scope(async () => {
    const batch = Array.from({ length: batchSize }, () => sceneOf(train, random));
    const losses = await model.losses(batch.map(inputOf), batch, { generator });
    const loss = Object.values(losses).reduce((a: Tensor, b: Tensor) => add(a, b));
    optimizer.zeroGrad();
    loss.backward();
    clipGradNorm(model.parameters(), 10);
    optimizer.step();
    total += Number((await loss.data())[0]);
  });
  if ((step + 1) % 100 > 0 && step + 1 < steps) continue;
  history.push(total / ((step % 100) + 1));
  total = 0;
  const minutes = ((performance.now() - began) / 60000).toFixed(1);
  console.log(`step ${step + 1}: loss ${history.at(-1)!.toFixed(4)}, ${minutes} minutes`);
}
const cpu = process.cpuUsage(cpuBegan);

model.eval();
const testRandom = new RandomStream(new Generator(77));
const scenes = Array.from({ length: testCount }, () => sceneOf(test, testRandom));
const found = [];
for (const scene of scenes) found.push(...(await scope(() => model.detect([inputOf(scene)]))));
const { map, map50, map75 } = cocoMetrics(found, scenes, { dims: 1 });
const voc = vocMetrics(found, scenes, { dims: 1 });
const result = {
  library: 'convnet',
  seed,
  steps,
  scenes: testCount,
  map,
  map50,
  map75,
  perClass: Object.fromEntries([...voc.perClass].map(([label, ap]) => [names[label - 1]!, ap])),
  cpuMinutes: (cpu.user + cpu.system) / 6e7,
  losses: history,
};
console.log(JSON.stringify(result));
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`);
if (options.pictures !== undefined) {
  mkdirSync(options.pictures, { recursive: true });
  for (const [i, { samples, boxes, labels }] of scenes.slice(0, 3).entries()) {
    const inSamples = (values: Float32Array): Float32Array => values.map((value) => value * hop);
    const svg = await detectionPicture(
      { data: samples, shape: [1, length] },
      { ...found[i]!, boxes: inSamples(found[i]!.boxes) },
      {
        truth: { boxes: boxes.map((box) => box.map((frame) => frame * hop)), labels },
        classes: ['background', ...names],
        minScore: 0.5,
      },
    );
    writeFileSync(join(options.pictures, `digits-${i}.svg`), svg);
    writeFileSync(join(options.pictures, `digits-${i}.png`), await toPng(svg, { scale: 1 }));
  }
}
device.dispose();
