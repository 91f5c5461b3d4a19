import { assign, mul, sign, square, sub, sum, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import {
  Adam,
  clipGradNorm,
  clipGradValue,
  ExponentialMovingAverage,
  LAMB,
  Optimizer,
  SGD,
} from './index.ts';

const device = reference();

function withGradient(values: readonly number[], gradient: readonly number[]): Tensor {
  const parameter = tensor(values, [values.length], { device, requiresGrad: true });
  parameter.grad = tensor(gradient, [values.length], { device });
  return parameter;
}

describe('groups', () => {
  test('have options of their own, and loose parameters the common ones', async () => {
    const a = withGradient([1], [1]);
    const b = withGradient([1], [1]);
    const optimizer = new SGD([{ parameters: [a] }, { parameters: [b], learningRate: 0.5 }], {
      learningRate: 0.1,
    });
    optimizer.step();
    expect((await a.data())[0]).toBeCloseTo(0.9, 6);
    expect((await b.data())[0]).toBeCloseTo(0.5, 6);
  });

  test('a parameter without a gradient is left alone', async () => {
    const a = tensor([1], { device, requiresGrad: true });
    new Adam([a]).step();
    expect([...(await a.data())]).toEqual([1]);
  });
});

describe('bad options', () => {
  const parameter = tensor([1], { device, requiresGrad: true });

  test('are named with what was expected', () => {
    expect(() => new SGD([parameter], { learningRate: -1 })).toThrow(
      'SGD: expected learningRate as a finite number ≥ 0, got -1',
    );
    expect(() => new SGD([parameter], { learningRate: 1, nesterov: true })).toThrow(
      'SGD: Nesterov momentum needs a momentum and no dampening',
    );
    expect(() => new Adam([parameter], { betas: [1, 0.9] })).toThrow(
      'Adam: expected betas as a list of two numbers from 0 to below 1',
    );
    expect(() => new LAMB([parameter], { learningRate: Number.NaN })).toThrow(
      'expected learningRate',
    );
    expect(() => new SGD([], { learningRate: 1 })).toThrow('SGD: expected at least one parameter');
  });
});

describe('weights that a gradient still needs', () => {
  test('may not be stepped before backward', () => {
    const parameter = withGradient([1, 2], [1, 1]);
    const loss = sum(square(parameter));
    new SGD([parameter], { learningRate: 0.1 }).step();
    expect(() => loss.backward()).toThrow('was overwritten in place after the forward pass');
  });
});

describe('clipping', () => {
  test('by the common norm scales all gradients and tells the norm', async () => {
    const a = withGradient([0], [3]);
    const b = withGradient([0, 0], [0, 4]);
    expect(await clipGradNorm([a, b], 1).item()).toBeCloseTo(5, 6);
    expect((await a.grad!.data())[0]).toBeCloseTo(0.6, 5);
    expect((await b.grad!.data())[1]).toBeCloseTo(0.8, 5);
    expect(await clipGradNorm([a, b], 10).item()).toBeCloseTo(1, 5);
    expect((await a.grad!.data())[0]).toBeCloseTo(0.6, 5);
  });

  test('by value limits each element', async () => {
    const a = withGradient([0, 0], [3, -0.5]);
    clipGradValue([a], 1);
    expect([...(await a.grad!.data())]).toEqual([1, -0.5]);
    expect(() => clipGradNorm([tensor([1], { device })], 1)).toThrow('no parameter has a gradient');
  });
});

describe('exponential moving average', () => {
  test('follows the weights, lends its values, and gives the others back', async () => {
    const weight = withGradient([1], [1]);
    const average = new ExponentialMovingAverage([weight], { decay: 0.75 });
    const optimizer = new SGD([weight], { learningRate: 1 });
    optimizer.step();
    average.update();
    const seen = await average.with(() => weight.item());
    expect(seen).toBeCloseTo(0.75, 6);
    expect(await weight.item()).toBe(0);
    average.dispose();
  });
});

test('an optimiser of the user needs no more than its options and its update', async () => {
  class SignDescent extends Optimizer<{ readonly learningRate: number; readonly scale?: number }> {
    protected override checkOptions(): void {}

    protected override update(
      p: Tensor,
      g: Tensor,
      options: { readonly learningRate: number },
    ): void {
      assign(p, sub(p, mul(sign(g), options.learningRate)));
    }
  }
  const parameter = withGradient([1, 1], [3, -5]);
  new SignDescent([parameter], { learningRate: 0.5, scale: 2 }).step();
  expect([...(await parameter.data())]).toEqual([0.5, 1.5]);
});
