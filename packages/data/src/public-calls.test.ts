import { ConvnetError } from '@convnet/tensor-core';
import {
  alsoTakes,
  describePublicCalls,
  named,
  type Arguments,
  type Samples,
} from '@convnet/testing';
import { gzipSync } from 'node:zlib';
import { Generator } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';
import * as data from './index.ts';
import { serveDataset } from './worker.ts';
import {
  random,
  Shaped,
  Files,
  png,
  source,
  fileBytes,
  stream,
  composing,
  resampling,
  parseWav,
  anySort,
  folder,
  listedFiles,
  listing,
} from './testing/public-call-samples.ts';

const device = reference();

class Chosen {
  readonly name = 'a.png';
  arrayBuffer = (): Promise<ArrayBuffer> => Promise.resolve(new ArrayBuffer(1));
}

class Listed {
  readonly files: readonly string[] = ['a'];
  readonly labels = Int32Array.of(0);
}

class Context {
  readonly random = random();
  readonly names: readonly string[] = ['a', 'b'];
}

/** Of a loader of two batches of one sample. */
class State {
  readonly epoch = 0;
  readonly batch = 0;
  readonly seed = 0;
  readonly batchSize = 1;
  readonly length = 2;
}

class Classes {
  readonly classes: readonly string[] = ['a'];
}

class Order {
  readonly length = 2;
  order = (): number[] => [0, 1];
}

const idx = (shape: readonly number[]): Uint8Array => {
  const count = shape.reduce((a, b) => a * b);
  const header = shape.flatMap((extent) => [0, 0, 0, extent]);
  return Uint8Array.of(0, 0, 8, shape.length, ...header, ...new Uint8Array(count));
};

const blocks = (): data.ArrayDataset =>
  new data.ArrayDataset({
    data: new Uint8Array(16),
    labels: [0, 1],
    inputShape: [2, 2, 2],
    classes: ['a', 'b'],
  });

const set = (): unknown => named('dataset', blocks());

const batchOptions = () => ({
  batchSize: 1,
  shuffle: alsoTakes(undefined, 'boolean'),
  sampler: alsoTakes(new Order(), 'undefined'),
  seed: 0,
  dropLast: false,
});

const chance = (options: object): Samples[string] => ({
  make: () => [options],
  result: () => [new Float32Array(8), 0, [2, 2, 2], random()],
});

const sampler = (make: Arguments): Samples[string] => ({
  make,
  methods: { order: () => [new Generator(1)] },
});

const labelled = (): unknown =>
  named('samples', [
    [new Shaped(1, 2, 2), 0],
    [new Shaped(1, 2, 2), 1],
  ]);

const mix = (): Samples[string] => ({
  make: () => [{ numClasses: 2, alpha: 1, probability: 1 }],
  result: () => [labelled(), alsoTakes(new Context(), 'object')],
});

const classFolders = (): Files => new Files({ 'a/1.bin': png, 'b/2.bin': png });

const samples: Samples = {
  ...composing,
  ...resampling,
  parseWav,
  ArrayDataset: {
    make: () => [
      {
        data: new Uint8Array(16),
        labels: [0, 1],
        inputShape: [2, 2, 2],
        classes: ['a', 'b'],
        scale: 0.5,
        mean: alsoTakes([0, 1], 'number'),
        std: alsoTakes([1, 1], 'number'),
        transforms: [data.randomRoll({ max: 1 })],
      },
    ],
    methods: {
      fill: () => [Int32Array.of(0), new Float32Array(8), new Int32Array(1), stream()],
      get: () => [0, stream()],
      withTransforms: () => [named('transforms', data.randomRoll({ max: 1 }))],
    },
  },
  requireSameClasses: () => [new Classes(), new Classes(), ['train', 'test']],
  hostArray: () => [new Float32Array(2), [2]],
  concatDatasets: () => [named('datasets', [blocks()])],
  mapDataset: () => [set(), (value: unknown) => value],
  randomSplit: () => [
    set(),
    [1, 1],
    { seed: 1, groups: [0, 1], stratify: alsoTakes(true, 'list', 'NaN') },
  ],
  kFold: () => [
    set(),
    2,
    { seed: 1, groups: [0, 1], stratify: alsoTakes(false, 'list'), shuffle: true },
  ],
  subset: () => [set(), [0, 1]],
  classCounts: () => [set()],
  enlarge: () => [set(), 2],
  reshape: () => [set(), [2, 4]],
  readClassFolders: () => [classFolders(), ['.bin'], ['a', 'b']],
  readFileList: () => [folder(listedFiles), listing],
  FileDataset: {
    make: () => [new Files({ a: png }), new Listed(), (bytes: Uint8Array) => bytes],
    methods: { get: () => [0, stream()], nameOf: () => [0] },
  },
  chosenFiles: () => [named('files', [new Chosen()])],
  folderFiles: () => [alsoTakes('a folder', 'any string')],
  idxDataset: () => [
    { bytes: idx([2, 2, 2]), source: source() },
    { bytes: idx([2]), source: source() },
    {
      classes: ['a'],
      scale: 1,
      mean: alsoTakes(0, 'list'),
      std: alsoTakes(1, 'list'),
      transforms: [() => undefined],
      inputShape: [1, 2, 2],
    },
  ],
  parseIdx: () => [fileBytes(idx([2])), source()],
  readIdx: () => [fileBytes(gzipSync(idx([2]))), source()],
  defaultCollate: () => [
    named('samples', alsoTakes([1, 2], 'list')),
    alsoTakes(new Context(), 'object'),
  ],
  padCollate: {
    make: () => [{ value: alsoTakes(0, 'NaN'), length: 2, multipleOf: 2 }],
    result: () => [alsoTakes(labelled(), 'list'), alsoTakes(new Context(), 'object')],
  },
  DataLoader: {
    make: () => [
      set(),
      {
        device,
        ...batchOptions(),
        collate: alsoTakes(undefined, 'function'),
        numWorkers: 0,
        worker: () => undefined,
        prefetchFactor: 1,
        onError: 'skip',
      },
    ],
    methods: {
      epoch: () => [1],
      loadStateDict: () => [named('state', new State())],
    },
  },
  HostBatches: { make: () => [set(), batchOptions()], methods: { epoch: () => [1] } },
  cutMix: mix(),
  mixUp: mix(),
  openDataset: () => [
    alsoTakes('data:text/javascript,export default { length: 1, get: () => 1 }', 'any string'),
    { name: alsoTakes('default', 'any string'), options: anySort(undefined) },
  ],
  DistributedSampler: sampler(() => [
    2,
    { rank: 0, numReplicas: 1, shuffle: true, dropLast: true },
  ]),
  RandomSampler: sampler(() => [2, { replacement: true, numSamples: 2 }]),
  SequentialSampler: () => [2],
  StratifiedSampler: sampler(() => [[0, 1]]),
  SubsetRandomSampler: sampler(() => [[0, 1]]),
  WeightedRandomSampler: sampler(() => [[1, 1], { numSamples: 2, replacement: true }]),
  RandomStream: {
    make: () => [new Generator(1)],
    methods: {
      between: () => [0, 1],
      chance: () => [0.5],
      below: () => [2],
      permutation: () => [2],
    },
  },
  randomCrop: chance({ padding: 1, fill: 0 }),
  randomGain: chance({ decibels: 1 }),
  randomHorizontalFlip: chance({ probability: 1 }),
  randomNoise: chance({ std: 1 }),
  randomRoll: chance({ max: 1 }),
};

describe('public calls of data', () => {
  describePublicCalls({
    exports: data,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});

describe('public calls of data/worker', () => {
  it.each([undefined, null, 1, 'set', {}, []])('serveDataset refuses %s', (given) => {
    expect(() => serveDataset(given as never)).toThrow(
      'serveDataset: expected dataset as a data set',
    );
  });

  it('serveDataset refuses a collate that is no function, and a place that is no worker', () => {
    expect(() => serveDataset(blocks() as never, 1 as never)).toThrow(
      'serveDataset: expected collate as a function, got 1',
    );
  });
});
