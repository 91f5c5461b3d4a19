import { ArrayDataset, DataLoader, mapDataset } from '@convnet/data';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Flatten,
  Linear,
  ReLU,
  replaceHead,
  Sequential,
  type AnyModule,
} from '@convnet/layers';
import { Adam, AdamW, LinearLR, SGD } from '@convnet/optim';
import { ArgumentError, manualSeed, mseLoss, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import type { Batches } from '../batches.ts';
import { EmptySetError } from '../errors.ts';
import { evaluate } from '../evaluate.ts';
import { fit } from '../fit/fit.ts';
import { MeanAbsoluteError } from '../metrics/index.ts';
import { batchesOf } from '../testing/test-support.ts';
import {
  computeFeatures,
  fineTuneGroups,
  fitHead,
  freezeBackbone,
  parameterGroups,
  progressiveUnfreezing,
} from './index.ts';

const device = reference();

/** A small network with stages, as those of the families. */
function network(): Sequential {
  manualSeed(2);
  return new Sequential({
    stem: new Sequential([
      new Conv2d(1, 4, 3, { padding: 1, device }),
      new BatchNorm2d(4, { device }),
    ]),
    layer1: new Sequential([
      new Conv2d(4, 6, 3, { device }),
      new BatchNorm2d(6, { device }),
      new ReLU(),
    ]),
    avgpool: new AdaptiveAvgPool2d(1),
    flatten: new Flatten(),
    dropout: new Dropout(0.5),
    fc: new Linear(6, 3, { device }),
  });
}

/** Stripes, upright, level or none, 1 x 6 x 6. */
function stripes(count: number): ArrayDataset {
  const data = new Float32Array(36 * count);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < 36; p++) {
      const along = [p % 6, Math.floor(p / 6), 0][i % 3]!;
      data[36 * i + p] = Math.sin(2 * along + i) + 0.2 * Math.sin(91 * i + 17 * p);
    }
  }
  return new ArrayDataset({ data, labels, inputShape: [1, 6, 6], classes: ['|', '-', '.'] });
}

function loader(count = 30): DataLoader {
  return new DataLoader(stripes(count), { batchSize: 8, device });
}

async function valuesOf(model: AnyModule): Promise<Map<string, number[]>> {
  const entries = Array.from(
    model.stateDict(),
    async ([key, value]): Promise<[string, number[]]> => [key, Array.from(await value.data())],
  );
  return new Map(await Promise.all(entries));
}

/** Keys whose values are not those of before. */
async function changed(model: AnyModule, before: Map<string, number[]>): Promise<string[]> {
  const after = await valuesOf(model);
  return [...after.keys()].filter((key) => after.get(key)!.join() !== before.get(key)!.join());
}

test('with a frozen backbone only the head changes, statistics included', async () => {
  const model = freezeBackbone(network());
  const before = await valuesOf(model);
  await fit(model, { train: loader(), optimizer: new Adam(model.parameters()), epochs: 2 });
  expect(await changed(model, before)).toEqual(['fc.weight', 'fc.bias']);
});

test('parts are set free one after another, before the epochs that are named', async () => {
  const model = freezeBackbone(network());
  const before = await valuesOf(model);
  const seen: string[][] = [];
  await fit(model, {
    train: loader(),
    // Momentum and all: what was frozen starts as new.
    optimizer: new SGD(model.parameters(), { learningRate: 0.05, momentum: 0.9 }),
    epochs: 4,
    callbacks: [progressiveUnfreezing(model, { 2: 'layer1', 4: ['stem'] })],
    onEpoch: async () => {
      const keys = await changed(model, before);
      seen.push([...new Set(keys.map((key) => key.split('.')[0]!))]);
    },
  });
  expect(seen).toEqual([['fc'], ['layer1', 'fc'], ['layer1', 'fc'], ['stem', 'layer1', 'fc']]);
});

describe('rates by path', () => {
  test('the longest path counts, and what no path leads to is in no group', () => {
    const model = network();
    const groups = parameterGroups(model, { '': 1e-4, layer1: 1e-3, 'layer1.1': 1e-2, fc: 0.1 });
    expect(groups.map(({ parameters, learningRate }) => [parameters.length, learningRate])).toEqual(
      [
        [4, 1e-4],
        [2, 1e-3],
        [2, 1e-2],
        [2, 0.1],
      ],
    );
    expect(parameterGroups(model, { fc: 0.1 })).toHaveLength(1);
    const optimizer = new AdamW(groups);
    expect(optimizer.groups.map(({ options }) => options.learningRate)).toEqual([
      1e-4, 1e-3, 1e-2, 0.1,
    ]);
  });

  test('of backbone and head, which schedules scale alike', () => {
    const model = network();
    const optimizer = new AdamW(fineTuneGroups(model, { backbone: 1e-4, head: 1e-2 }));
    expect(optimizer.groups.map(({ parameters }) => parameters.length)).toEqual([8, 2]);
    const schedule = new LinearLR(optimizer, { startFactor: 0.5 });
    expect(schedule.learningRates).toEqual([0.5e-4, 0.5e-2]);
  });
});

describe('features', () => {
  test('are what goes into the head, with the labels and names of the set', async () => {
    const before = device.liveBuffers;
    const model = network();
    const live = device.liveBuffers;
    const features = await computeFeatures(model, loader());
    expect(features.inputShape).toEqual([6]);
    expect(features.classes).toEqual(['|', '-', '.']);
    expect(features.length).toBe(30);
    // The head on features gives what the network gives on samples.
    const head = model.getModule('fc') as Linear;
    const whole = await evaluate(model, loader());
    const onFeatures = await evaluate(head, new DataLoader(features, { batchSize: 7, device }));
    expect(onFeatures.accuracy).toBe(whole.accuracy);
    expect(onFeatures.loss).toBeCloseTo(whole.loss, 6);
    expect(model.training).toBe(true);
    expect(device.liveBuffers).toBe(live);
    model.dispose();
    expect(device.liveBuffers).toBe(before);
  });

  test('of another layer, pooled over its places or not', async () => {
    const model = network();
    const pooled = await computeFeatures(model, loader(9), { layer: 'layer1' });
    expect(pooled.inputShape).toEqual([6]);
    const maps = await computeFeatures(model, loader(9), {
      layer: 'layer1',
      pool: false,
      classes: ['a', 'b', 'c'],
    });
    expect(maps.inputShape).toEqual([6, 4, 4]);
    expect(maps.classes).toEqual(['a', 'b', 'c']);
    const row = (set: ArrayDataset, size: number): Float32Array => {
      const out = new Float32Array(size);
      set.fill(Int32Array.of(4), out, new Int32Array(1));
      return out;
    };
    const map = row(maps, 96);
    Array.from(row(pooled, 6)).forEach((value, c) => {
      const places = map.slice(16 * c, 16 * c + 16);
      expect(value).toBeCloseTo(places.reduce((sum, v) => sum + v, 0) / 16, 6);
    });
  });

  test('a signal ends the computation of features between two batches', async () => {
    const model = network();
    replaceHead(model, 3);
    const live = device.liveBuffers;
    const stop = new AbortController();
    let given = 0;
    const train = (async function* () {
      for await (const batch of loader()) {
        if (++given === 2) stop.abort(new Error('by the user'));
        yield batch;
      }
    })();
    const ended = fitHead(model, {
      train,
      epochs: 1,
      signal: stop.signal,
      optimizer: (parameters) => new AdamW(parameters, { learningRate: 0.05 }),
    });
    await expect(ended).rejects.toThrow('by the user');
    expect(given).toBe(2);
    expect(device.liveBuffers).toBeLessThanOrEqual(live + 2);
  });

  test('a head on features learns, and is the model’s', async () => {
    const model = network();
    replaceHead(model, 3);
    const before = await valuesOf(model);
    const live = device.liveBuffers;
    const start = await evaluate(model, loader());
    const reports = await fitHead(model, {
      train: loader(),
      test: loader(),
      epochs: 60,
      batchSize: 10,
      optimizer: (parameters) => new AdamW(parameters, { learningRate: 0.05 }),
      schedule: (optimizer) => new LinearLR(optimizer, { totalSteps: 5 }),
    });
    const end = await evaluate(model, loader());
    expect(end.loss).toBeLessThan(start.loss / 2);
    expect(end.accuracy).toBeGreaterThan(0.9);
    expect(reports[59]!.test!.accuracy).toBe(end.accuracy);
    expect(await changed(model, before)).toEqual(['fc.weight', 'fc.bias']);
    expect(device.liveBuffers).toBe(live);
  });
});

describe('features of samples whose targets are no classes', () => {
  const targetsOf: readonly (readonly number[])[] = [
    [1, 0, 5],
    [0, 1, 9],
    [1, 1, 2],
  ];
  const several = (): Batches =>
    new DataLoader(
      mapDataset(
        stripes(30),
        ([input, label]) => [input, Float32Array.from(targetsOf[label]!)] as const,
      ),
      { batchSize: 7, device },
    );

  test('keep them as they are', async () => {
    const model = network();
    const features = await computeFeatures(model, several(), { targets: 'arrays' });
    expect([features.length, features.inputShape, features.targetShape]).toEqual([30, [6], [3]]);
    const whole = await computeFeatures(model, loader());
    for (const index of [0, 7, 29]) {
      const [input, target] = features.get(index);
      expect(Array.from(input.data)).toEqual(Array.from(whole.get(index)[0].data));
      expect(target.shape).toEqual([3]);
      expect(Array.from(target.data)).toEqual(targetsOf[whole.labels[index]!]);
    }
    expect(() => features.get(30)).toThrow('expected index from 0 to 29, got 30');
    const classes = await computeFeatures(model, loader(), { targets: 'arrays' });
    expect(classes.targets.data).toBeInstanceOf(Int32Array);
    expect(classes.targetShape).toEqual([]);
  });

  test('a head on them learns several labels, by the loss that is given', async () => {
    const model = network();
    replaceHead(model, 3);
    const before = await valuesOf(model);
    const of = { loss: mseLoss, metrics: [new MeanAbsoluteError()] };
    const start = await evaluate(model, several(), of);
    const reports = await fitHead(model, {
      train: several(),
      test: several(),
      ...of,
      epochs: 30,
      batchSize: 10,
      optimizer: (parameters) => new AdamW(parameters, { learningRate: 2 }),
    });
    const end = await evaluate(model, several(), of);
    expect(end.loss).toBeLessThan(start.loss / 4);
    expect(reports[29]!.test!.loss).toBeCloseTo(end.loss, 3);
    expect(await changed(model, before)).toEqual(['fc.weight', 'fc.bias']);
  });
});

describe('refuses', () => {
  const model = network();
  const optimizer = (p: Tensor[]): SGD => new SGD(p, { learningRate: 0.1 });
  const empty = new DataLoader(stripes(0), { batchSize: 8, device });
  const convHead = new Sequential([
    new Conv2d(1, 3, 1, { device }),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
  ]);
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => freezeBackbone(3 as never), 'freezeBackbone: expected the model as a Module, got 3'],
    [
      () => progressiveUnfreezing(model, { 2: 'layer9' }),
      "progressiveUnfreezing: expected a path with parameters, got 'layer9': Sequential has stem, layer1, avgpool",
    ],
    [() => progressiveUnfreezing(model, { 0: 'layer1' }), "expected epochs from 1, got '0'"],
    [() => progressiveUnfreezing(model, null as never), 'expected paths by epoch, got null'],
    [() => parameterGroups(model, { fc: -1 }), "expected the rate of 'fc' as a number ≥ 0, got -1"],
    [() => parameterGroups(model, { head: 1 }), "expected a path with parameters, got 'head'"],
    [() => parameterGroups(model, [] as never), 'expected learning rates by path, got []'],
    [() => fineTuneGroups(model, { body: 1, head: 1 } as never), "there is no option 'body'"],
    [
      () => computeFeatures(model, empty),
      'computeFeatures: expected the set with at least one sample',
    ],
    [() => computeFeatures(model, loader(), { layer: 'layer7' }), "no module 'layer7'"],
    [
      () => computeFeatures(model, loader(), { layers: 'fc' } as never),
      "there is no option 'layers'",
    ],
    [
      () =>
        computeFeatures(
          new Linear(3, 2, { device }),
          batchesOf(device, 1, (x) => x),
        ),
      "expected classes [N] as targets, got [8, 3] float32 on reference: targets: 'arrays' keeps what they are",
    ],
    [() => fitHead(model, { train: loader(), epochs: 1 } as never), 'fitHead: expected optimizer'],
    [
      () => fitHead(convHead, { train: loader(), epochs: 1, optimizer }),
      "fitHead: expected a network whose head is a linear layer, got Conv2d at '0'",
    ],
  ];
  test.each(cases)('case %#', async (run, message) => {
    const failure: unknown = await Promise.resolve()
      .then(run)
      .catch((error: unknown) => error);
    expect(failure instanceof ArgumentError || failure instanceof EmptySetError).toBe(true);
    expect((failure as Error).message).toContain(message);
  });
});
