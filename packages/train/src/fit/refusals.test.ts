import { ArrayDataset, DataLoader } from '@convnet/data';
import { replaceHead } from '@convnet/layers';
import { ExponentialLR, ReduceLROnPlateau, SGD } from '@convnet/optim';
import { ArgumentError, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { EmptySetError } from '../errors.ts';
import type { Batches } from '../batches.ts';
import { evaluate } from '../evaluate.ts';
import { Accuracy } from '../metrics/index.ts';
import { fit } from './fit.ts';
import type { FitOptions } from './options.ts';
import { OwnBatches, perceptron, quadrants } from '../testing/test-support.ts';

const device = reference();
const model = perceptron(device);
const optimizer = new SGD(model.parameters(), { learningRate: 0.01 });
const train = new DataLoader(quadrants(16), { batchSize: 8, device });
const good: FitOptions = { train, optimizer, epochs: 1 };

/** What `fit` says to options as JavaScript may give them, in place of the good ones. */
async function refusal(options: object | undefined, on: unknown = model): Promise<string> {
  const given = options === undefined ? undefined : { ...good, ...options };
  return messageOf(fit(on as typeof model, given as FitOptions));
}

async function messageOf(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'accepted',
    (error: unknown) => {
      const expected = error instanceof ArgumentError || error instanceof EmptySetError;
      return expected ? error.message : `not typed: ${String(error)}`;
    },
  );
}

describe('fit refuses', () => {
  test.each([
    [
      { epoch: 3 },
      "fit: there is no option 'epoch' (did you mean 'epochs'?); the options are train",
    ],
    [{ check_every: 3 }, "(did you mean 'checkEvery'?)"],
    [{ validation: train }, "(did you mean 'test'?)"],
    [{ scheduler: { step: () => {} } }, "(did you mean 'schedule'?)"],
    [{ epochs: undefined }, 'fit: expected epochs as an integer ≥ 0, got undefined'],
    [{ epochs: '3' }, "fit: expected epochs as an integer ≥ 0, got '3'"],
    [{ epochs: 1.5 }, 'fit: expected epochs as an integer ≥ 0, got 1.5'],
    [{ checkEvery: 0 }, 'fit: expected checkEvery as an integer ≥ 1, or Infinity, got 0'],
    [{ train: undefined }, 'fit: expected train as batches, such as a DataLoader, got undefined'],
    [{ train: quadrants(4) }, 'got an ArrayDataset'],
    [{ test: {} }, 'fit: expected test as batches'],
    [{ optimizer: undefined }, 'fit: expected optimizer as an Optimizer, got undefined'],
    [{ optimizer: 'adam' }, "fit: expected optimizer as an Optimizer, got 'adam'"],
    [{ loss: 'crossEntropy' }, "fit: expected loss as a function or a layer, got 'crossEntropy'"],
    [{ onStep: null }, 'fit: expected onStep as a function, got null'],
    [{ schedule: {} }, 'fit: expected schedule.step as a function, got undefined'],
    [{ average: {} }, 'fit: expected average.update as a function, got undefined'],
    [{ signal: true }, 'fit: expected signal as an AbortSignal, got true'],
    [
      { schedule: new ReduceLROnPlateau(optimizer), scheduleEvery: 'step' },
      "fit: expected a ReduceLROnPlateau with scheduleEvery 'epoch'",
    ],
    [{ scheduleEvery: 'epoch' }, 'fit: expected a schedule with scheduleEvery, got none'],
    [
      { schedule: new ExponentialLR(optimizer, { gamma: 1 }), scheduleEvery: 'batch' },
      "fit: expected scheduleEvery as one of 'step', 'epoch', got 'batch'",
    ],
    [{ accumulate: 0 }, 'fit: expected accumulate as an integer ≥ 1, got 0'],
    [{ clipGradNorm: -1 }, 'fit: expected clipGradNorm as a number above 0, got -1'],
    [{ clipGradValue: '1' }, "fit: expected clipGradValue as a number above 0, got '1'"],
    [{ maxSeconds: 0 }, 'fit: expected maxSeconds as a number above 0, got 0'],
    [{ maxSamples: Number.NaN }, 'fit: expected maxSamples as a number above 0, got NaN'],
    [{ capture: 'no' }, "fit: expected capture as true or false, got 'no'"],
    [{ metrics: [new Accuracy()] }, 'fit: expected metrics with a test set'],
    [{ metrics: new Accuracy(), test: train }, 'fit: expected metrics as an array'],
    [{ metrics: [(): number => 1], test: train }, 'got a function: make it one with metricOf'],
    [
      { metrics: [new Accuracy(), new Accuracy()], test: train },
      "fit: expected metrics of different names, got 'accuracy' twice",
    ],
    [{ step: 3 }, 'fit: expected step as a function, got 3'],
    [
      { step: (): null => null, loss: (): null => null },
      'fit: expected either a step, which gives its own loss and numbers, or loss and metrics, got both',
    ],
    [
      { step: (): null => null },
      'fit: expected a step that gives a loss, or { loss, … }, got null',
    ],
    [
      { step: async (): Promise<null> => null },
      'fit: expected a step that returns without waiting, got a promise',
    ],
    [{ loss: (logits: Tensor): Tensor => logits }, "fit: expected 'loss' as a scalar, got [8, 2]"],
    [{ callbacks: {} }, 'fit: expected callbacks as an array'],
    [
      { callbacks: [{ onBatch: (): void => {} }] },
      'fit: expected callbacks[0] with one of onStart',
    ],
    [{ monitor: 3 }, 'fit: expected monitor as a string, got 3'],
    [
      { monitor: 'f1', earlyStopping: { patience: 1 } },
      "fit: expected monitor as one of loss, trainLoss, accuracy, or with a monitorMode 'min' or 'max', got 'f1'",
    ],
    [
      { monitor: 'f1', monitorMode: 'max', earlyStopping: { patience: 1 } },
      "fit: expected monitor as one of trainLoss, loss, got 'f1'",
    ],
    [
      { checkpoints: 'runs/a' },
      "fit: expected checkpoints as Checkpoints, such as new Checkpoints(folderStore(path)), got 'runs/a'",
    ],
    [{ monitorMode: 'up' }, "fit: expected monitorMode as one of 'min', 'max', got 'up'"],
    [
      { earlyStopping: {} },
      'fit, earlyStopping: expected patience as an integer ≥ 1, or Infinity, got undefined',
    ],
    [{ earlyStopping: { patience: 1, min_delta: 1 } }, "did you mean 'minDelta'?"],
    [
      { earlyStopping: { patience: 1, minDelta: -1 } },
      'expected minDelta as a finite number ≥ 0, got -1',
    ],
  ] as readonly (readonly [object, string])[])('options, case %#', async (options, message) => {
    expect(await refusal(options)).toContain(message);
  });

  test('no options, and what is no model', async () => {
    expect(await refusal(undefined)).toContain('fit: expected train as batches');
    expect(await refusal({}, null)).toBe('fit: expected the model as a Module, got null');
    expect(await messageOf(evaluate({} as typeof model, train))).toBe(
      'evaluate: expected the model as a Module, got an object',
    );
    expect(await messageOf(evaluate(model, undefined as unknown as Batches))).toBe(
      'evaluate: expected the set as batches, such as a DataLoader, got undefined',
    );
  });

  test('an optimiser of another model, and takes one of some of the parameters', async () => {
    const other = new SGD(perceptron(device).parameters(), { learningRate: 0.01 });
    expect(await refusal({ optimizer: other })).toBe(
      "fit: expected an optimiser of the model's parameters, got one of 4 others: was it made for another model?",
    );
    const head = new SGD(model.getModule('2').parameters(), { learningRate: 0.01 });
    expect(await refusal({ optimizer: head })).toBe('accepted');
  });

  test('an optimiser from before the head was replaced', async () => {
    const changed = perceptron(device);
    const before = new SGD(changed.parameters(), { learningRate: 0.01 });
    replaceHead(changed, 3);
    expect(await refusal({ optimizer: before }, changed)).toBe(
      "fit: expected an optimiser of the model's parameters, got one with 2 of 4 disposed of: make it after what " +
        'changes the model, such as replaceHead',
    );
  });

  test('a schedule of another optimiser', async () => {
    const other = new SGD(model.parameters(), { learningRate: 0.01 });
    const schedule = new ExponentialLR(other, { gamma: 0.9 });
    expect(await refusal({ schedule })).toContain(
      'fit: expected a schedule of the optimiser that it was given',
    );
    expect(await refusal({ schedule, optimizer: other })).toBe('accepted');
  });
});

test('fit takes options that are undefined as absent ones', async () => {
  const names = [
    'test',
    'loss',
    'schedule',
    'average',
    'checkEvery',
    'onStep',
    'onEpoch',
    'signal',
  ];
  expect(await refusal(Object.fromEntries(names.map((name) => [name, undefined])))).toBe(
    'accepted',
  );
});

describe('a set without samples', () => {
  const none = new ArrayDataset({
    data: new Float32Array(0),
    labels: [],
    inputShape: [2],
    classes: ['unlike', 'alike'],
  });
  /** Batches that come out once, as from a generator. */
  const spent = (): Batches => {
    const once = new OwnBatches(device, 0, 2)[Symbol.asyncIterator]();
    return { length: 2, [Symbol.asyncIterator]: () => once };
  };
  const withoutSamples = (): Batches => ({
    length: 1,
    async *[Symbol.asyncIterator]() {
      yield await Promise.resolve([
        tensor([], [0, 2], { device }),
        tensor([], [0], { device, dtype: 'int32' }),
      ]);
    },
  });

  const sets: readonly (readonly [string, () => Batches, string])[] = [
    [
      'an empty dataset',
      () => new DataLoader(none, { batchSize: 8, device }),
      'with at least one sample, got an empty set',
    ],
    [
      'fewer samples than a batch, with dropLast',
      () => new DataLoader(quadrants(3), { batchSize: 8, dropLast: true, device }),
      'with at least one batch, got none: the set has 3 samples, fewer than the batch size 8, and dropLast leaves them out',
    ],
    [
      'no batches',
      () => new OwnBatches(device, 0, 0),
      'with at least one batch of at least one sample, got a length of 0',
    ],
    [
      'batches without samples',
      withoutSamples,
      'with at least one batch of at least one sample, got none, though its length is 1',
    ],
  ];

  test.each(sets)('%s is refused by fit and evaluate', async (_, set, message) => {
    expect(await messageOf(evaluate(model, set()))).toContain(
      `evaluate: expected the set ${message}`,
    );
    expect(await refusal({ train: set() })).toContain(`fit: expected train ${message}`);
    expect(await failureClass(evaluate(model, set()))).toBe('EmptySetError');
  });

  test('to test with is refused before training', async () => {
    let steps = 0;
    const test = new DataLoader(none, { batchSize: 8, device });
    expect(await refusal({ test, onStep: () => steps++ })).toContain(
      'fit: expected test with at least one sample',
    );
    expect(steps).toBe(0);
  });

  test('in the second epoch is told', async () => {
    const once = spent();
    expect(await refusal({ train: once, epochs: 2 })).toContain(
      'got none, though its length is 2: can it be run through more than once?',
    );
  });
});

async function failureClass(run: Promise<unknown>): Promise<string> {
  return run.then(
    () => 'accepted',
    (error: unknown) => (error as Error).name,
  );
}
