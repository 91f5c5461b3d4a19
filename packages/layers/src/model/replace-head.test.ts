import { ArgumentError, manualSeed, randn } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import {
  compile,
  Conv1d,
  Flatten,
  headPaths,
  Linear,
  ReLU,
  replaceHead,
  Sequential,
  type AnyModule,
} from '../index.ts';

const device = reference();

function network(): Sequential {
  manualSeed(1);
  return new Sequential({
    body: new Conv1d(3, 4, 3, { device }),
    relu: new ReLU(),
    flat: new Flatten(),
    head: new Sequential([new Linear(32, 16, { device }), new Linear(16, 5, { device })]),
  });
}

test('the last layer has new weights by the old rule, the others are as they were', async () => {
  const model = network();
  const before = device.liveBuffers;
  const kept = await model.stateDict().get('head.0.weight')!.data();
  expect(replaceHead(model, 3)).toEqual(['head.1']);
  expect(device.liveBuffers).toBe(before);
  expect(String(model)).toContain('(1): Linear(in_features=16, out_features=3, bias=True)');
  expect(model.forward(randn([2, 3, 10], { device })).shape).toEqual([2, 3]);
  expect(await model.stateDict().get('head.0.weight')!.data()).toEqual(kept);
  const weight = model.stateDict().get('head.1.weight')!;
  expect(weight.requiresGrad).toBe(true);
  // Uniform within 1 / sqrt(16), as Linear starts.
  const values = Array.from(await weight.data(), Math.abs);
  expect(Math.max(...values)).toBeLessThanOrEqual(0.25);
  expect(Math.max(...values)).toBeGreaterThan(0.1);
});

test('a convolution may be the head, and a layer without bias keeps having none', () => {
  const model = new Sequential([
    new Conv1d(3, 4, 3, { device }),
    new Conv1d(4, 6, 1, { bias: false, device }),
  ]);
  expect(replaceHead(model, 2)).toEqual(['1']);
  expect(model.forward(randn([2, 3, 10], { device })).shape).toEqual([2, 2, 8]);
  expect([...model.stateDict().keys()]).toEqual(['0.weight', '0.bias', '1.weight']);
});

test('auxiliary classifiers of as many classes have new heads too', () => {
  class WithAuxiliary extends Sequential {
    readonly aux1 = new Sequential([new Linear(4, 8), new Linear(8, 5)]);
    readonly auxiliaryOther = new Linear(4, 9);
    readonly fc = new Linear(4, 5);

    constructor() {
      super([]);
    }

    override *namedChildren(): Generator<[string, Sequential | Linear]> {
      yield ['aux1', this.aux1];
      yield ['auxiliaryOther', this.auxiliaryOther];
      yield ['fc', this.fc];
    }
  }
  const model = new WithAuxiliary();
  expect(headPaths(model)).toEqual(['aux1.1', 'fc']);
  replaceHead(model, 2);
  expect(model.aux1.getModule('1')).toMatchObject({ outFeatures: 2 });
  expect(model.auxiliaryOther.outFeatures).toBe(9);
});

test('a compiled model notices', () => {
  const model = network();
  model.eval();
  const compiled = compile(model, [1, 3, 10]);
  replaceHead(model, 3);
  expect(compiled.forward(randn([1, 3, 10], { device })).shape).toEqual([1, 3]);
});

describe('refuses', () => {
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => replaceHead(network(), 0), 'replaceHead: expected numClasses as an integer ≥ 1, got 0'],
    [() => replaceHead(network(), '3' as never), "got '3'"],
    [() => replaceHead({} as AnyModule, 3), 'replaceHead: expected a model, got an object'],
    [() => headPaths(null as never), 'headPaths: expected a model, got null'],
    [
      () => replaceHead(new Sequential([new ReLU()]), 3),
      'expected a network with a linear layer or a convolution at its end, got Sequential',
    ],
    [
      () => replaceHead(new Sequential([new Conv1d(4, 4, 1, { groups: 2 })]), 3),
      'expected a number of classes that the 2 groups of the last convolution divide, got 3',
    ],
  ];
  test.each(cases)('case %#', (run, message) => {
    expect(run).toThrow(ArgumentError);
    expect(run).toThrow(message);
  });
});
