import { ArrayDataset, randomRoll, RandomStream } from '@convnet/data';
import { Generator } from '@convnet/tensor-core';

import { sound, soundLength, soundNames } from './sounds.ts';
import type { Task } from './task.ts';

const perKind = { train: 200, test: 50 };

/** Sounds that are computed and not recorded: the same ones each time. */
export function signalsTask(): Task {
  const train = setOf(perKind.train, 1);
  const test = setOf(perKind.test, 2);
  return {
    name: 'signals',
    train: datasetOf(train).withTransforms(randomRoll({ max: 256 })),
    test: datasetOf(test),
    batchSize: 32,
    networks: [
      {
        name: 'resnet18',
        title: 'ResNet-18 in 1D, narrow',
        learningRate: 3e-3,
        build: async (device) => {
          const { resnet18 } = await import('@convnet/resnet');
          const numClasses = soundNames.length;
          return resnet18({ dims: 1, inChannels: 1, numClasses, width: 8, device });
        },
      },
      {
        name: 'fcn_wang',
        title: 'FCN for time series, narrow',
        learningRate: 3e-3,
        build: async (device) => {
          const { fcn_wang } = await import('@convnet/time-series');
          return fcn_wang({ inChannels: 1, numClasses: soundNames.length, width: 16, device });
        },
      },
    ],
    normalise: standardised,
    testSample: (index) => test.data.slice(index * soundLength, (index + 1) * soundLength),
  };
}

interface Sounds {
  readonly data: Float32Array<ArrayBuffer>;
  readonly labels: Uint8Array;
}

function setOf(count: number, seed: number): Sounds {
  const random = new RandomStream(new Generator(seed));
  const labels = Uint8Array.from(
    { length: count * soundNames.length },
    (_, i) => i % soundNames.length,
  );
  const data = new Float32Array(labels.length * soundLength);
  for (const [i, kind] of labels.entries()) data.set(sound(kind, random), i * soundLength);
  return { data, labels };
}

function datasetOf({ data, labels }: Sounds): ArrayDataset {
  const values = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += soundLength) {
    values.set(standardised(data.subarray(at, at + soundLength)), at);
  }
  return new ArrayDataset({
    data: values,
    labels,
    inputShape: [1, soundLength],
    classes: soundNames,
  });
}

/** With mean 0 and standard deviation 1, so that loudness tells nothing. */
function standardised(sample: Float32Array): Float32Array<ArrayBuffer> {
  const mean = sample.reduce((sum, value) => sum + value, 0) / sample.length;
  const variance = sample.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sample.length;
  const scale = 1 / (Math.sqrt(variance) || 1);
  return Float32Array.from(sample, (value) => (value - mean) * scale);
}
