import { wasm } from '@convnet/backend-wasm';
import {
  DeviceError,
  mul,
  ones,
  square,
  sum,
  tensor,
  zeros,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
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

function giveOnes(parameters: readonly Tensor[]): void {
  for (const parameter of parameters) {
    parameter.grad = ones(parameter.shape, { device: parameter.device });
  }
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

  test('one of an optimiser without state is stepped there', async () => {
    const [here, there] = [reference(), reference()];
    const parameters = parametersOn(here).slice(0, 1);
    const optimizer = new SGD(parameters, { learningRate: 1 });
    giveOnes(parameters);
    optimizer.step();
    await moveTo(there, parameters);
    giveOnes(parameters);
    optimizer.step();
    expect((await parameters[0]!.data())[0]).toBe(-1);
  });

  test('averages of weights say so before they change any', async () => {
    const [here, there] = [reference(), reference()];
    const parameters = parametersOn(here);
    const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
    parameters[0]!.replaceWith(zeros([100], { device: here }));
    const home = parameters[1]!.alias();
    await moveTo(there, parameters.slice(1));
    expect(() => average.update()).toThrow(DeviceError);
    await expect(average.with(() => expect.unreachable())).rejects.toThrow(
      'Make the average after model.to(device)',
    );
    expect((await parameters[0]!.data())[0]).toBe(0);
    parameters[1]!.replaceWith(home);
    expect((await average.with(() => parameters[0]!.data()))[0]).toBe(1);
  });
});
