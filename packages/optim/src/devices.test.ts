import { wasm } from '@convnet/backend-wasm';
import {
  DeviceError,
  mul,
  ones,
  OutOfMemoryError,
  square,
  sum,
  tensor,
  zeros,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { failEverywhere, failingDevice } from '@convnet/conformance';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import {
  Adagrad,
  Adam,
  AdamW,
  clipGradNorm,
  clipGradValue,
  ExponentialMovingAverage,
  LAMB,
  RMSprop,
  RMSpropTF,
  SGD,
  type Optimizer,
} from './index.ts';

/** Every optimiser, with all the state that it can have. */
const optimizers: Readonly<Record<string, (parameters: Tensor[]) => Optimizer>> = {
  SGD: (p) => new SGD(p, { learningRate: 0.1, momentum: 0.9 }),
  Adam: (p) => new Adam(p),
  AdamW: (p) => new AdamW(p),
  AMSGrad: (p) => new Adam(p, { amsgrad: true }),
  Adagrad: (p) => new Adagrad(p, { learningRate: 0.1 }),
  RMSprop: (p) => new RMSprop(p, { learningRate: 0.1, momentum: 0.9, centered: true }),
  RMSpropTF: (p) => new RMSpropTF(p, { learningRate: 0.1, momentum: 0.9, centered: true }),
  LAMB: (p) => new LAMB(p, { learningRate: 0.1 }),
};
const names = Object.keys(optimizers);

function parametersOn(device: Device): Tensor[] {
  return [100, 30].map((size) => ones([size], { device, requiresGrad: true }));
}

function giveGradients(parameters: readonly Tensor[]): void {
  sum(square(mul(parameters[0]!, 2))).backward();
  sum(square(parameters[1]!)).backward();
}

/** As `model.to(device)` does it: values and gradients go, the optimiser is not told. */
async function moveTo(device: Device, parameters: readonly Tensor[]): Promise<void> {
  for (const parameter of parameters) {
    const gradient = await parameter.grad?.data();
    parameter.replaceWith(tensor(await parameter.data(), parameter.shape, { device }));
    if (gradient) parameter.grad = tensor(gradient, parameter.shape, { device });
  }
}

describe('parameters that moved to another device after a step', () => {
  test.each(names)('%s refuses the next step by name, and changes nothing', async (name) => {
    const [here, there] = [await wasm({ threads: 1 }), await wasm({ threads: 1 })];
    const parameters = parametersOn(here);
    const optimizer = optimizers[name]!(parameters);
    giveGradients(parameters);
    optimizer.step();
    await moveTo(there, parameters);
    // Whatever lies where the state lay on the first device.
    const bystanders = Array.from({ length: 50 }, () => zeros([100], { device: there }));
    const before = await Promise.all(parameters.map((p) => p.data()));
    expect(() => optimizer.step()).toThrow(DeviceError);
    expect(() => optimizer.step()).toThrow(
      `${optimizer.constructor.name}: parameter 0 of group 0, [100] float32 on wasm`,
    );
    expect(() => optimizer.step()).toThrow(
      'nothing was updated. Make the optimiser after model.to(device)',
    );
    expect(await Promise.all(parameters.map((p) => p.data()))).toEqual(before);
    for (const bystander of bystanders) {
      expect((await bystander.data()).every((value) => value === 0)).toBe(true);
    }
    for (const device of [here, there]) device.dispose();
  });

  test.each(names)('%s made afterwards goes on', async (name) => {
    const [here, there] = [reference(), reference()];
    const parameters = parametersOn(here);
    giveGradients(parameters);
    await moveTo(there, parameters);
    optimizers[name]!(parameters).step();
    expect((await parameters[0]!.data())[0]).not.toBe(1);
    expect((await parameters[1]!.data())[0]).not.toBe(1);
  });

  test('one that moved alone is named, and the others are not updated', async () => {
    const [here, there] = [reference(), reference()];
    const parameters = parametersOn(here);
    const optimizer = new Adam([
      { parameters: parameters.slice(0, 1) },
      { parameters: parameters.slice(1) },
    ]);
    giveGradients(parameters);
    optimizer.step();
    const before = await parameters[0]!.data();
    await moveTo(there, parameters.slice(1));
    expect(() => optimizer.step()).toThrow(
      "Adam: parameter 0 of group 1, [30] float32 on reference, has moved to another device than its 'exp_avg' in the optimiser",
    );
    expect(await parameters[0]!.data()).toEqual(before);
  });

  test('gradients are clipped on one device', async () => {
    const [here, there] = [reference(), reference()];
    const parameters = parametersOn(here);
    giveGradients(parameters);
    await moveTo(there, parameters.slice(1));
    expect(() => clipGradNorm(parameters, 1)).toThrow(DeviceError);
    clipGradValue(parameters, 1);
    expect((await parameters[0]!.grad!.data())[0]).toBe(1);
  });

  test('averages of weights say so too', async () => {
    const [here, there] = [reference(), reference()];
    const parameters = parametersOn(here);
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    await moveTo(there, parameters.slice(1));
    expect(() => average.update()).toThrow(DeviceError);
    await expect(average.with(() => expect.unreachable())).rejects.toThrow(
      'Make the average after model.to(device)',
    );
    expect([...(await parameters[0]!.data())]).toEqual([
      ...(await ones([100], { device: here }).data()),
    ]);
  });
});

describe('a step that runs out of memory', () => {
  test('changes nothing where it is the state that has no room', async () => {
    const failing = failingDevice();
    const parameters = parametersOn(failing.device);
    const optimizer = new Adam(parameters, { learningRate: 0.5 });
    giveGradients(parameters);
    // Two buffers for the first parameter, one for the second.
    failing.failAfter(3);
    expect(() => optimizer.step()).toThrow(OutOfMemoryError);
    for (const parameter of parameters) expect((await parameter.data())[0]).toBe(1);
    failing.failAfter(Number.POSITIVE_INFINITY);
    // The next step is the first, with the bias correction of a first.
    optimizer.step();
    for (const parameter of parameters) expect((await parameter.data())[0]).toBeCloseTo(0.5, 6);
  });
});

describe('clipping that runs out of memory', () => {
  test.each<[string, (parameters: Tensor[]) => unknown]>([
    ['clipGradNorm', (p) => clipGradNorm(p, 0.5).dispose()],
    ['clipGradValue', (p) => clipGradValue(p, 0.5)],
  ])('%s changes no gradient', async (_, clip) => {
    const failing = failingDevice();
    const parameters = parametersOn(failing.device);
    giveGradients(parameters);
    const gradients = parameters.map((p) => p.grad!);
    const failures = await failEverywhere(
      failing,
      (arm) => {
        arm();
        clip(parameters);
      },
      () => expect(gradients.map((gradient) => gradient.storage.version)).toEqual([0, 0]),
    );
    expect(failures).toBeGreaterThan(1);
    expect(gradients.map((gradient) => gradient.storage.version)).toEqual([1, 1]);
  });
});

describe('an optimiser that was disposed of', () => {
  test.each(names)('%s begins anew', async (name) => {
    const device = reference();
    const step = (optimizer: Optimizer, parameter: Tensor): void => {
      parameter.grad = ones([100], { device });
      optimizer.step();
    };
    const [first, second] = [parametersOn(device)[0]!, parametersOn(device)[0]!];
    const [used, fresh] = [optimizers[name]!([first]), optimizers[name]!([second])];
    for (let i = 0; i < 3; i++) step(used, first);
    used.dispose();
    first.replaceWith(ones([100], { device }));
    step(used, first);
    step(fresh, second);
    expect(await first.data()).toEqual(await second.data());
  });
});

describe('an update that runs out of memory', () => {
  test.each(names)('leaves the weights and the state of %s as they were', async (name) => {
    const failing = failingDevice();
    const { device } = failing;
    const expected = parametersOn(reference()).slice(0, 1);
    const actual = parametersOn(device).slice(0, 1);
    const [smooth, tried] = [optimizers[name]!(expected), optimizers[name]!(actual)];
    for (let step = 0; step < 3; step++) {
      for (const [p] of [expected, actual])
        p!.grad = mul(ones([100], { device: p!.device }), step + 1);
      smooth.step();
      await failEverywhere(
        failing,
        (arm) => {
          arm();
          tried.step();
        },
        () => undefined,
      );
      expect(await actual[0]!.data()).toEqual(await expected[0]!.data());
    }
  });
});

describe('an average', () => {
  test('of a tensor that is listed twice is one', async () => {
    const device = reference();
    const weight = tensor([1], { device });
    const average = new ExponentialMovingAverage([weight, weight], { decay: 0.5 });
    weight.replaceWith(tensor([3], { device }));
    average.update();
    expect(await average.with(() => weight.item())).toBe(2);
    expect(await weight.item()).toBe(3);
  });

  test('that cannot be made holds nothing, and leaves tensors in their scopes', () => {
    const failing = failingDevice();
    const parameters = parametersOn(failing.device);
    failing.failAfter(1);
    expect(() => new ExponentialMovingAverage(parameters, { decay: 0.5 })).toThrow(
      OutOfMemoryError,
    );
    expect(failing.device.liveBuffers).toBe(2);
  });

  test('changes places with the weights without copies, and may fail in between', async () => {
    const failing = failingDevice();
    const parameters = parametersOn(failing.device);
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    parameters[0]!.replaceWith(zeros([100], { device: failing.device }));
    failing.failAfter(0);
    await expect(average.with(() => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    failing.failAfter(Number.POSITIVE_INFINITY);
    expect((await parameters[0]!.data())[0]).toBe(0);
  });
});
