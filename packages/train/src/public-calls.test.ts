import { Linear } from '@convnet/layers';
import { LinearLR, SGD, type Optimizer } from '@convnet/optim';
import { ConvnetError, crossEntropy, ones, zeros, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import {
  alsoTakes,
  describePublicCalls,
  named,
  type Arguments,
  type Samples,
} from '@convnet/testing';
import { describe } from 'vitest';

import * as train from './index.ts';
import type { Batches } from './index.ts';

const device = reference();

class OneBatch implements Batches {
  readonly length = 1;

  async *[Symbol.asyncIterator](): AsyncGenerator<[Tensor, Tensor]> {
    yield [ones([2, 3], { device }), zeros([2], { device, dtype: 'int32' })];
  }
}

/** What callers may write themselves. */
class Average {
  update(): void {}
}

/** Ends a run of more epochs than anybody waits for. */
class Signal {
  readonly reason = new ConvnetError('enough');
  #looks = 0;

  get aborted(): boolean {
    return ++this.#looks > 20;
  }
}

const set = (): unknown => named('batch', new OneBatch());
const network = (): Linear => new Linear(3, 2, { device });
const model = (): unknown => named('model', network());
const accuracies = (): unknown => named('metrics', [new train.Accuracy()]);
const loss = (output: Tensor, targets: Tensor): Tensor => crossEntropy(output, targets);

/** What `fit` and `fitHead` take alike. */
const run = () => ({
  epochs: 1,
  loss,
  metrics: accuracies(),
  clipGradNorm: 1,
  clipGradValue: 1,
  monitor: alsoTakes('loss', 'any string'),
  monitorMode: 'min',
  earlyStopping: { patience: 1, minDelta: 0, restoreBest: true },
  maxSeconds: 100,
  maxSamples: 100,
  checkpoints: undefined,
  checkEvery: 1,
  onStep: () => undefined,
  onEpoch: () => undefined,
  callbacks: named('callbacks', [{ onEnd: () => undefined }]),
  signal: new Signal(),
  capture: true,
});

function fitting(): readonly unknown[] {
  const learner = network();
  const optimizer = new SGD(learner.parameters(), { learningRate: 0.1 });
  const schedule = new LinearLR(optimizer);
  const own = { step: undefined, scheduleEvery: 'step', accumulate: 1, average: new Average() };
  return [
    learner,
    { train: set(), test: set(), trainTest: set(), optimizer, schedule, ...own, ...run() },
  ];
}

const fittingHead = (): readonly unknown[] => [
  network(),
  {
    train: set(),
    test: set(),
    trainTest: set(),
    optimizer: (parameters: Tensor[]) => new SGD(parameters, { learningRate: 0.1 }),
    schedule: (of: Optimizer) => new LinearLR(of),
    scheduleEvery: 'step',
    batchSize: 2,
    seed: 0,
    ...run(),
  },
];

/** What metrics read of a tensor. */
class HostValues {
  readonly data: readonly number[];
  readonly shape: readonly number[];

  constructor(data: readonly number[], ...shape: number[]) {
    this.data = data;
    this.shape = shape;
  }
}

/** A metric, which is told of two samples. */
const metric = (make: Arguments, output: HostValues, target: HostValues): Samples[string] => ({
  make,
  methods: { update: () => [alsoTakes(output), alsoTakes(target)] },
});
const classMetric = (options?: object): Samples[string] =>
  metric(
    () => (options === undefined ? [1] : [options]),
    new HostValues([1, 0, 0, 1], 2, 2),
    new HostValues([0, 1], 2),
  );
const regressionMetric = (): Samples[string] =>
  metric(() => [], new HostValues([1, 2], 2), new HostValues([1, 3], 2));

class Store {
  readonly name = 'store';
  list = (): Promise<string[]> => Promise.resolve([]);
  read = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array());
  write = (): Promise<void> => Promise.resolve();
  remove = (): Promise<void> => Promise.resolve();
}

/** Parts of a checkpoint, by any names. */
class Parts {
  readonly model = network();
}

/** Where progress is written to. */
class Sink {
  write(): void {}
}

const parts = (): unknown => alsoTakes(new Parts(), 'object');
const saved = await train.encodeCheckpoint({ model: network() });

const samples: Samples = {
  fit: fitting,
  fitHead: fittingHead,
  evaluate: () => [network(), set(), { loss, metrics: accuracies(), step: undefined }],
  predict: () => [
    model(),
    named('inputs', alsoTakes(ones([2, 3], { device }))),
    { activation: 'softmax', classes: ['a', 'b'], threshold: 0.5 },
  ],
  computeFeatures: () => [
    model(),
    set(),
    { layer: alsoTakes('', 'any string'), pool: true, classes: ['a'], targets: 'classes' },
  ],
  freezeBackbone: () => [model()],
  progressiveUnfreezing: () => [model(), named('paths by epoch', alsoTakes(new Map(), 'object'))],
  parameterGroups: () => [model(), named('rates', alsoTakes(new Map(), 'object'))],
  fineTuneGroups: () => [model(), { backbone: 0.1, head: 0.1 }],
  Accuracy: classMetric({ threshold: 0 }),
  TopKAccuracy: classMetric(),
  Precision: classMetric({ average: 'macro', threshold: 0 }),
  Recall: classMetric({ average: 'macro', threshold: 0 }),
  F1Score: classMetric({ average: 'macro', threshold: 0 }),
  RocAuc: classMetric({ average: 'macro', multiClass: 'ovr' }),
  CalibrationError: classMetric({ bins: 2 }),
  MeanAbsoluteError: regressionMetric(),
  RootMeanSquaredError: regressionMetric(),
  R2Score: regressionMetric(),
  ConfusionMatrix: {
    make: () => [2, ['a', 'b']],
    methods: { add: () => [0, 1], at: () => [0, 1] },
  },
  Predictions: {
    instance: () => new train.Predictions(new Float32Array(2), 1, null, 'softmax', null, 0.5),
    methods: { at: () => [named('sample', 0)], top: () => [named('sample', 0), 1] },
  },
  accuracy: () => [
    [0, 1],
    [0, 1],
  ],
  topKAccuracy: () => [[0, 1], [1, 0, 0, 1], 1],
  precisionRecallF1: () => [[0, 1], [0, 1], { average: 'macro', numLabels: 1 }],
  perClass: () => [[0, 1], [0, 1], { numLabels: 1 }],
  confusionMatrix: () => [[0, 1], [0, 1], { numClasses: 2, classes: ['a', 'b'] }],
  calibration: () => [[0, 1], named('scores', [0, 1]), { bins: 2 }],
  rocAuc: () => [[0, 1], [0, 1], { average: 'macro', multiClass: 'ovr', numLabels: 1 }],
  rocCurve: () => [
    [0, 1],
    [0, 1],
  ],
  ...Object.fromEntries(
    ['meanAbsoluteError', 'meanSquaredError', 'rootMeanSquaredError'].map((name) => [
      name,
      () => [
        [1, 2],
        [1, 3],
      ],
    ]),
  ),
  r2Score: () => [[1, 2], [1, 3], 1],
  metricOf: () => [alsoTakes('mine', 'any string'), 'max', () => 0],
  memoryStore: () => [],
  Checkpoints: () => [
    new Store(),
    {
      everySteps: 1,
      everySeconds: 1,
      everyEpochs: 1,
      keep: 1,
      keepBest: true,
      resume: true,
      parts: parts(),
    },
  ],
  checkpointContents: () => [parts()],
  encodeCheckpoint: () => [parts()],
  loadCheckpoint: () => [named('file', alsoTakes(saved, 'string')), parts()],
  jsonLines: () => [named('a function', () => undefined), { everySteps: 1 }],
  tensorBoard: () => [named('a function', () => undefined), { everySteps: 1 }],
  progress: () => [named('a place', new Sink()), { everySeconds: 1 }],
};

describe('public calls of train', () => {
  describePublicCalls({
    exports: train,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
