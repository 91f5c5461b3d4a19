import { ConvnetError, Generator, meta } from '@convnet/tensor-core';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as data from './index.ts';
import { ArrayDataset, RandomStream } from './index.ts';

const facts = {
  inputShape: [1, 2],
  classes: ['a'],
  scale: 1,
  mean: alsoTakes(0, 'list'),
  std: alsoTakes(1, 'list'),
  transforms: [data.randomRoll({ max: 1 })],
};

const dataset = (): ArrayDataset =>
  new ArrayDataset({
    data: new Float32Array(4),
    labels: [0, 0],
    inputShape: [1, 2],
    classes: ['a'],
  });
const set = (): unknown => named('data set', dataset());
const batches = { batchSize: 1, shuffle: true, seed: 0, dropLast: true };
const filters = { attenuation: 80, zeroCrossings: 24 };

/** An IDX file of bytes. */
const idx = (...shape: number[]): Uint8Array => {
  const extents = shape.flatMap((extent) => [0, 0, 0, extent]);
  const count = shape.reduce((product, extent) => product * extent, 1);
  return Uint8Array.from([0, 0, 8, shape.length, ...extents, ...new Uint8Array(count)]);
};
const file = (...shape: number[]) => ({
  bytes: idx(...shape),
  source: alsoTakes('a file', 'any string'),
});

/** One sample of 16 bits. */
function wav(): Uint8Array {
  const text = (letters: string): number[] => Array.from(letters, (letter) => letter.charCodeAt(0));
  const word = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >> shift) & 255);
  const format = [1, 0, 1, 0, ...word(8000), ...word(16000), 2, 0, 16, 0];
  const chunks = [...text('fmt '), ...word(16), ...format, ...text('data'), ...word(2), 0, 0];
  return Uint8Array.from([...text('RIFF'), ...word(4 + chunks.length), ...text('WAVE'), ...chunks]);
}

const samples: Samples = {
  ArrayDataset: {
    make: () => [{ data: new Float32Array(4), labels: [0, 0], ...facts }],
    methods: {
      withTransforms: () => [named('transforms', data.randomRoll({ max: 1 }))],
      fill: () => [
        new Int32Array([0]),
        new Float32Array(2),
        new Int32Array(1),
        new RandomStream(new Generator(0)),
      ],
    },
  },
  DataLoader: { make: () => [set(), { device: meta, ...batches }], methods: { epoch: () => [1] } },
  HostBatches: () => [set(), batches],
  RandomStream: { make: () => [new Generator(0)], methods: { below: () => [2] } },
  classCounts: () => [set()],
  enlarge: () => [set(), 2],
  reshape: () => [set(), [2, 1]],
  subset: () => [set(), named('expected', [0])],
  randomSplit: () => [set(), [1, 1], { seed: 0 }],
  idxDataset: () => [
    named('samples', file(2, 2)),
    named('labels', file(2)),
    { ...facts, inputShape: [1, 2] },
  ],
  parseIdx: () => [named('Uint8Array', idx(2)), alsoTakes('a file', 'any string')],
  parseWav: () => [named('Uint8Array', wav()), alsoTakes('a file', 'any string'), { strict: true }],
  randomCrop: () => [{ padding: 1, fill: 0 }],
  randomGain: () => [{ decibels: 1 }],
  randomHorizontalFlip: () => [{ probability: 0.5 }],
  randomNoise: () => [{ std: 1 }],
  randomRoll: () => [{ max: 1 }],
  createResampler: () => [named('rate', 2), named('rate', 1), filters],
  resample: () => [new Float32Array(8), named('rate', 2), named('rate', 1), filters],
};

describe('public calls of data', () => {
  describePublicCalls({
    exports: data,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
