/**
 * A program that trains a small network with everything that has a state, to be killed and started again by
 * `kill-runs.ts`: `node training-program.ts <steps> [folder]`. It goes on from the checkpoints in the folder; without one
 * it runs through. It says `started <steps done>`, `saved` once it has come further, and `done <hash of all that was learned>`, or `failed <message>`.
 */
import { createHash } from 'node:crypto';

import { wasm } from '@convnet/backend-wasm';
import { ArrayDataset, DataLoader } from '@convnet/data';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential } from '@convnet/layers';
import { AdamW, ExponentialMovingAverage, OneCycleLR } from '@convnet/optim';
import { manualSeed, Tensor } from '@convnet/tensor-core';

import { Checkpoints } from '../checkpoint/checkpoints.ts';
import { CheckpointError } from '../checkpoint/errors.ts';
import { fit } from '../fit/fit.ts';
import { folderStore } from '../node/folder-store.ts';

const [steps, folder] = [Number(process.argv[2]), process.argv[3]];
const stepsPerEpoch = 10;
let stepsHere = 0;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Stripes, upright or level, in noise, 1 x 8 x 8. */
function stripes(count: number): ArrayDataset {
  const data = new Float32Array(64 * count);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % 2;
    for (let p = 0; p < 64; p++) {
      const along = i % 2 === 0 ? p % 8 : Math.floor(p / 8);
      data[64 * i + p] = Math.sin(along + i) + Math.sin(91 * i + 17 * p);
    }
  }
  return new ArrayDataset({ data, labels, inputShape: [1, 8, 8], classes: ['upright', 'level'] });
}

const device = await wasm({ threads: 1 });
manualSeed(7);
const model = new Sequential([
  new Conv2d(1, 4, 3, { padding: 1, device }),
  new BatchNorm2d(4, { device }),
  new ReLU(),
  new Flatten(),
  new Dropout(0.2),
  new Linear(256, 2, { device }),
]);
const optimizer = new AdamW(model.parameters(), { learningRate: 0.002 });
const schedule = new OneCycleLR(optimizer, { maxLearningRate: 0.005, totalSteps: steps });
const average = new ExponentialMovingAverage(model.stateDict(), { decay: 0.95 });
const set = stripes(8 * stepsPerEpoch);
const train = new DataLoader(set, { batchSize: 8, shuffle: true, seed: 3, device });
const test = new DataLoader(stripes(16), { batchSize: 16, device });

try {
  await fit(model, {
    train,
    test,
    optimizer,
    schedule,
    average,
    epochs: Math.ceil(steps / stepsPerEpoch),
    earlyStopping: { patience: Infinity, restoreBest: false },
    callbacks: [
      {
        onStart: ({ totalSteps }) => say(`started ${totalSteps}`),
        onStep: () => {
          if (++stepsHere === 2) say('saved');
        },
      },
    ],
    ...(folder !== undefined && {
      checkpoints: new Checkpoints(folderStore(folder), { everySteps: 1, resume: true }),
    }),
  });
  const hash = createHash('sha256');
  for (const part of [model, optimizer, schedule, average]) {
    for (const [key, value] of part.stateDict() as ReadonlyMap<string, unknown>) {
      hash.update(key);
      hash.update(value instanceof Tensor ? await value.data() : JSON.stringify(value));
    }
  }
  say(`done ${hash.digest('hex')}`);
} catch (error) {
  if (!(error instanceof CheckpointError)) throw error;
  say(`failed ${error.message}`);
}
device.dispose();
