import { DataLoader } from '@convnet/data';
import { Linear, Sequential } from '@convnet/layers';
import { Adam, ExponentialMovingAverage, LinearLR, SGD, type Optimizer } from '@convnet/optim';
import {
  ArgumentError,
  Generator,
  manualSeed,
  StateError,
  type Stateful,
  type StateDict,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { encodeSafetensors, openSafetensors } from '@convnet/weights';
import { describe, expect, test } from 'vitest';

import { fit } from '../fit/fit.ts';
import type { FitOptions } from '../fit/options.ts';
import { perceptron, quadrants, weightsOf } from '../testing/test-support.ts';
import { Checkpoints, type CheckpointsOptions } from './checkpoints.ts';
import { checkpointContents, type CheckpointParts } from './contents.ts';
import { CheckpointError } from './errors.ts';
import { encodeCheckpoint, loadCheckpoint } from './save-and-load.ts';
import { memoryStore, type CheckpointStore } from './store.ts';

const device = reference();

/** Trains a small network from the same start, with checkpoints. */
async function train(
  store: CheckpointStore,
  options: CheckpointsOptions = {},
  more: Partial<FitOptions> = {},
  make: (model: Sequential) => Optimizer = (m) => new Adam(m.parameters()),
): Promise<Sequential> {
  manualSeed(1);
  const model = perceptron(device);
  await fit(model, {
    train: new DataLoader(quadrants(40), { batchSize: 8, device }),
    optimizer: make(model),
    epochs: 2,
    checkpoints: new Checkpoints(store, options),
    ...more,
  });
  return model;
}

async function failureOf(run: Promise<unknown>): Promise<Error> {
  return run.then(
    () => new Error('accepted'),
    (error: unknown) => error as Error,
  );
}

describe('which checkpoints are kept', () => {
  test('the last three, and the best', async () => {
    const store = memoryStore();
    await train(store, { everySteps: 2 });
    expect([...(await store.list())].sort()).toEqual([
      'best.safetensors',
      'step-000000006.safetensors',
      'step-000000008.safetensors',
      'step-000000010.safetensors',
    ]);
  });

  test('as many as are wanted; by epochs, by the clock, and at the end in any case', async () => {
    const names = async (options: CheckpointsOptions): Promise<string[]> => {
      const store = memoryStore();
      await train(store, { keepBest: false, ...options });
      return [...(await store.list())].map((name) => name.slice(5, 14)).sort();
    };
    expect(await names({})).toEqual(['000000005', '000000010']);
    expect(await names({ keep: 1 })).toEqual(['000000010']);
    expect(await names({ everyEpochs: Infinity })).toEqual(['000000010']);
    expect(await names({ everySeconds: 1e-9, keep: Infinity })).toHaveLength(10);
  });

  test('the best one holds what was tested', async () => {
    const store = memoryStore();
    const losses: number[] = [];
    const best: number[][][] = [];
    manualSeed(1);
    const model = perceptron(device);
    const set = new DataLoader(quadrants(40), { batchSize: 8, device });
    await fit(model, {
      train: set,
      test: set,
      // So large a rate that losses go up and down.
      optimizer: new SGD(model.parameters(), { learningRate: 2 }),
      epochs: 6,
      checkpoints: new Checkpoints(store),
      onEpoch: async ({ test: evaluation }) => {
        losses.push(evaluation!.loss);
        best.push(await weightsOf(model));
      },
    });
    const at = losses.indexOf(Math.min(...losses));
    const other = perceptron(device);
    await loadCheckpoint(await store.read('best.safetensors'), { model: other });
    expect(await weightsOf(other)).toEqual(best[at]);
  });
});

describe('a place for checkpoints', () => {
  test('that has some is not written to by a run that does not go on from them', async () => {
    const store = memoryStore();
    await train(store);
    const before = await Promise.all((await store.list()).map((name) => store.read(name)));
    const failure = await failureOf(train(store));
    expect(failure).toMatchObject({ name: 'CheckpointError', fault: 'occupied' });
    expect(failure.message).toBe(
      'memory: expected a place without checkpoints, got one with step-000000010.safetensors: go on from it with ' +
        'resume: true, or choose another place',
    );
    expect(await Promise.all((await store.list()).map((name) => store.read(name)))).toEqual(before);
  });

  test('whose latest is damaged goes on from the one before, and tells of it', async () => {
    const store = memoryStore();
    await train(store, { everySteps: 1 });
    const last = 'step-000000010.safetensors';
    const bytes = await store.read(last);
    await store.write(last, [bytes.slice(0, bytes.length - 3)]);
    const starts: unknown[] = [];
    await train(store, { resume: true }, { callbacks: [{ onStart: (s) => void starts.push(s) }] });
    expect(starts).toMatchObject([
      {
        checkpoint: 'step-000000009.safetensors',
        totalSteps: 9,
        epoch: 2,
        step: 4,
        skippedCheckpoints: [{ name: last }],
      },
    ]);
  });

  test('of which none can be read is refused, not overwritten', async () => {
    const store = memoryStore();
    await store.write('step-000000010.safetensors', [Uint8Array.of(1, 2, 3)]);
    const failure = await failureOf(train(store, { resume: true }));
    expect(failure).toMatchObject({ fault: 'unreadable' });
    expect(failure.message).toContain('none of 1 checkpoints can be read; the latest:');
    expect(await store.list()).toHaveLength(1);
  });

  test('other files are left alone', async () => {
    const store = memoryStore();
    await store.write('notes.txt', [Uint8Array.of(1)]);
    await train(store, { everySteps: 1, keep: 1 });
    expect(await store.list()).toContain('notes.txt');
  });
});

test('a disk that is full ends the run in clear words, with all that was there', async () => {
  const store = memoryStore();
  const full: CheckpointStore = {
    ...store,
    name: 'runs/a',
    write: async (name, chunks) => {
      if (name.includes('3')) {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
          code: 'ENOSPC',
        });
      }
      await store.write(name, chunks);
    },
  };
  const ends: unknown[] = [];
  const failure = await failureOf(
    train(
      full,
      { everySteps: 1, keep: 1 },
      { callbacks: [{ onEnd: ({ totalSteps }) => void ends.push(totalSteps) }] },
    ),
  );
  expect(failure).toMatchObject({ name: 'CheckpointError', fault: 'write' });
  expect(failure.message).toBe(
    "runs/a: the checkpoint 'step-000000003.safetensors' could not be written (ENOSPC: no space left on device, write); " +
      'those of before are still there, and the weights in memory are untouched',
  );
  expect(failure.cause).toMatchObject({ code: 'ENOSPC' });
  expect(ends).toEqual([3]);
  expect(await store.list()).toEqual(['step-000000002.safetensors']);
  // And with room again it goes on.
  const model = await train(store, { resume: true });
  expect(await weightsOf(model)).toEqual(await weightsOf(await train(memoryStore())));
});

describe('a run does not go on from what is another', () => {
  const cases: readonly (readonly [
    string,
    Partial<FitOptions>,
    ((model: Sequential) => Optimizer) | undefined,
    string,
  ])[] = [
    [
      'optimiser',
      {},
      (m) => new SGD(m.parameters(), { learningRate: 1 }),
      'SGD: expected the state of SGD, got that of Adam; nothing was loaded',
    ],
    [
      'set of learned weights',
      {},
      (m) => new Adam(m.getModule('2').parameters()),
      "expected the parameters of group 0 of 'optimizer', got a checkpoint with model.0.weight, model.0.bias",
    ],
    [
      'order of weights',
      {},
      (m) => new Adam([...m.parameters()].sort((a, b) => a.size - b.size)),
      "expected the parameters of group 0 of 'optimizer', got a checkpoint with them in another order",
    ],
    [
      'number of groups',
      {},
      (m) => new Adam(m.parameters().map((p) => ({ parameters: [p] }))),
      "expected 4 groups of 'optimizer', got a checkpoint of 1",
    ],
    [
      'set of parts',
      { earlyStopping: { patience: 3 } },
      undefined,
      'the checkpoint has no state of best, which this run has',
    ],
  ];
  test.each(cases)('%s', async (_, more, make, message) => {
    const store = memoryStore();
    await train(store);
    const failure = await failureOf(train(store, { resume: true }, more, make));
    expect(failure instanceof CheckpointError || failure instanceof StateError).toBe(true);
    expect(failure.message).toContain(message);
  });
});

describe('a checkpoint of your own loop', () => {
  function parts(
    seed: number,
    Type: typeof Adam | typeof SGD = Adam,
  ): CheckpointParts & {
    readonly model: Sequential;
    readonly optimizer: Optimizer;
  } {
    manualSeed(seed);
    const model = new Sequential({ body: perceptron(device), head: new Linear(2, 2, { device }) });
    const optimizer = new Type(model.parameters(), { learningRate: 0.1 });
    const schedule = new LinearLR(optimizer);
    const average = new ExponentialMovingAverage(model.stateDict(), { decay: 0.9 });
    return { model, optimizer, schedule, average, random: new Generator(seed) };
  }

  test('is one safetensors file with names of parts in front and one metadata key', async () => {
    const all = parts(1);
    const file = await openSafetensors(await encodeCheckpoint(all));
    expect([...file.metadata.keys()]).toEqual(['convnet']);
    expect([...file.tensors.keys()].filter((name) => name.startsWith('model.'))).toEqual(
      Array.from(all.model.stateDict().keys(), (key) => `model.${key}`).sort(),
    );
    const header = JSON.parse(file.metadata.get('convnet')!) as Record<string, unknown>;
    expect(header).toMatchObject({
      version: 1,
      parameters: { model: [...all.model.namedParameters()].map(([path]) => path) },
      state: {
        random: { seed: 1, offset: 0 },
        optimizer: { type: 'Adam', '0.learningRate': 0.1 / 3 },
      },
    });
  });

  test('brings all back, or only the weights', async () => {
    const saved = await encodeCheckpoint(parts(1));
    const second = parts(2);
    await loadCheckpoint(saved, second);
    expect(await encodeCheckpoint(second)).toEqual(saved);
    const { model } = parts(3);
    await loadCheckpoint(saved, { model });
    expect(await weightsOf(model)).toEqual(await weightsOf(second.model));
  });

  test('that does not fit changes nothing, whichever part it is', async () => {
    const before = device.liveBuffers;
    const saved = await encodeCheckpoint(parts(1));
    const other = parts(2, SGD);
    const state = await encodeCheckpoint(other);
    const live = device.liveBuffers;
    const failure = await failureOf(loadCheckpoint(saved, other));
    expect(failure.message).toContain('SGD: expected the state of SGD, got that of Adam');
    expect(await encodeCheckpoint(other)).toEqual(state);
    expect(device.liveBuffers).toBe(live);
    expect(before).toBeLessThan(live);
  });

  test('keeps numbers that JSON has no words for', async () => {
    let values: StateDict = new Map();
    const odd: Stateful = {
      stateDict: () => values,
      loadStateDict: (state) => {
        values = state;
      },
    };
    const given = [Number.NaN, Infinity, -Infinity, -0, 0.1, 5e-324, 2 ** 53];
    values = new Map([['values', given]]);
    const model = perceptron(device);
    const saved = await encodeCheckpoint({ model, odd });
    values = new Map();
    await loadCheckpoint(saved, { model, odd });
    expect(values.get('values')).toEqual(given);
  });

  /** A file with another header. */
  async function withHeader(header: string | undefined): Promise<Uint8Array> {
    const [tensors] = checkpointContents({ model: perceptron(device) });
    return encodeSafetensors(
      tensors,
      header === undefined ? {} : { metadata: { convnet: header } },
    );
  }

  test.each([
    [
      undefined,
      'format',
      "expected a checkpoint, got a file of weights, without the metadata key 'convnet'",
    ],
    ['{', 'format', "expected JSON in the metadata key 'convnet'"],
    ['{"version":0}', 'format', 'expected a checkpoint with a version, got 0'],
    ['{"version":1}', 'format', "the checkpoint's header lacks a part"],
    [
      '{"version":2}',
      'version',
      'expected a checkpoint of version 1 or older, got version 2: it was written by a newer',
    ],
    [
      '{"version":1,"state":{},"parameters":{},"groups":{}}',
      'parts',
      "expected a checkpoint with the state of 'model', got one of",
    ],
    [
      '{"version":1,"state":{"model":{}},"parameters":{"model":["0.weight"]},"groups":{}}',
      'parameters',
      "expected the parameters of 'model', got a checkpoint without 0.bias, 2.weight, 2.bias",
    ],
  ] as const)('with the header %s is refused', async (header, fault, message) => {
    const failure = await failureOf(
      loadCheckpoint(await withHeader(header), { model: perceptron(device) }),
    );
    expect(failure).toMatchObject({ name: 'CheckpointError', fault });
    expect(failure.message).toContain(message);
  });

  test('is refused where a part has no state, or one that cannot be saved', async () => {
    const cases: readonly (readonly [CheckpointParts, string])[] = [
      [{ model: {} as Stateful }, "expected 'model' with stateDict() and loadStateDict()"],
      [{ 'a.b': new Generator(1) }, "expected names of parts of letters and digits, got 'a.b'"],
      [
        {
          odd: { stateDict: () => new Map([['f', (() => 1) as never]]), loadStateDict: () => 0 },
        },
        "expected 'f' of 'odd' as a tensor or as what JSON can say, got a function",
      ],
    ];
    for (const [given, message] of cases) {
      const failure = await failureOf(Promise.resolve().then(() => encodeCheckpoint(given)));
      expect(failure).toBeInstanceOf(ArgumentError);
      expect(failure.message).toContain(message);
    }
  });
});

describe('Checkpoints refuses', () => {
  const cases: readonly (readonly [unknown, object, string])[] = [
    [
      'runs/a',
      {},
      "Checkpoints: expected a store, such as folderStore(path) of '@convnet/train/node', got 'runs/a'",
    ],
    [memoryStore(), { every: 3 }, "there is no option 'every'"],
    [memoryStore(), { everySteps: 0 }, 'expected everySteps as an integer ≥ 1, or Infinity, got 0'],
    [memoryStore(), { everySeconds: '5' }, "expected everySeconds as a number above 0, got '5'"],
    [memoryStore(), { keep: 0 }, 'expected keep as an integer ≥ 1, or Infinity, got 0'],
    [memoryStore(), { resume: 'yes' }, "expected resume as true or false, got 'yes'"],
  ];
  test.each(cases)('case %#', (store, options, message) => {
    expect(() => new Checkpoints(store as CheckpointStore, options)).toThrow(ArgumentError);
    expect(() => new Checkpoints(store as CheckpointStore, options)).toThrow(message);
  });

  test('and fit a schedule that has no state', async () => {
    const failure = await failureOf(train(memoryStore(), {}, { schedule: { step: () => {} } }));
    expect(failure.message).toContain('expected the schedule with stateDict() and loadStateDict()');
  });
});
