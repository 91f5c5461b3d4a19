import { add, noGrad, openScope, randn, sum, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { Conv1d, features, Linear, ReLU, Sequential, type Layer } from '../index.ts';

test('gives the outputs of the named modules, with gradients, to the scope that asked', () => {
  const device = reference();
  const model = new Sequential({
    a: new Sequential([new Conv1d(1, 2, 3, { device }), new ReLU()]),
    b: new Conv1d(2, 4, 3, { device }),
  });
  const held = device.liveBuffers;
  {
    using _step = openScope();
    const {
      a,
      'a.0': inner,
      '': last,
    } = features(model, ['a', 'a.0', ''])(randn([1, 1, 9], { device }));
    expect([a.shape, inner.shape, last.shape]).toEqual([
      [1, 2, 7],
      [1, 2, 7],
      [1, 4, 5],
    ]);
    add(sum(a), sum(inner)).backward();
    expect(model.parameters().map((p) => p.grad !== null)).toEqual([true, true, false, false]);
    model.zeroGrad();
  }
  expect(device.liveBuffers).toBe(held);
});

test('a pass that fails holds none of them', () => {
  const device = reference();
  const model = new Sequential([
    new Conv1d(1, 2, 3, { device }),
    new Conv1d(2, 4, 3, { device }),
    new Conv1d(3, 4, 3, { device }),
  ]);
  const x = randn([1, 1, 9], { device });
  const held = device.liveBuffers;
  expect(() => noGrad(() => features(model, ['0', '1'])(x))).toThrow('expected input');
  class Straight extends Sequential {
    override forward(input: Tensor): Tensor {
      return this.getModule('0').forward(input) as Tensor;
    }
  }
  const straight = new Straight([model.getModule('0'), model.getModule('1')] as Layer[]);
  const half = features(straight, ['0', '1']);
  expect(() => noGrad(() => half(x))).toThrow("the forward pass does not reach '1'");
  expect(device.liveBuffers).toBe(held);
});

test('a path without a module is named', () => {
  const model = new Sequential({ first: new Linear(1, 1) });
  expect(() => features(model, ['second'])).toThrow("no module 'second': Sequential has first");
});
