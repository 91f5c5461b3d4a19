import { adamSteps, sgdSteps, tensor, zeros, type Device, type Tensor } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { hasEmulator, openMarked, openEmulated } from '../testing/emulated-device.ts';

/** More parameters than one launch has, of sizes around those of vectors and of blocks. */
const sizes = [...Array.from({ length: 67 }, (_, i) => i + 1), 0, 4095, 4096, 4097, 9001];

const values = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(seed + i));

interface State {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

function stateOf(device: Device): State[] {
  return sizes.map((size, i) => ({
    parameter: tensor(values(size, i), [size], { device }),
    gradient: tensor(values(size, i + 0.5), [size], { device }),
    first: zeros([size], { device }),
    second: zeros([size], { device }),
  }));
}

const sgd = {
  momentum: 0.9,
  dampening: 0.1,
  weightDecay: 0.01,
  nesterov: true,
  maximize: false,
} as const;
const adam = {
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.01,
  decoupled: true,
  maximize: false,
} as const;
const numbers = { stepSize: 0.1, rootCorrection: 0.3, kept: 0.99 };

/** Two steps of each optimiser, of several parameters at a time. */
function train(state: readonly State[], together: number): void {
  for (let step = 0; step < 2; step++) {
    for (let i = 0; i < state.length; i += together) {
      const some = state.slice(i, i + together);
      sgdSteps(
        some.map(({ parameter, gradient, first }) => ({ parameter, gradient, momentum: first })),
        { ...sgd, first: step === 0 },
        0.1,
      );
      adamSteps(
        some.map(({ parameter, gradient, first, second }) => ({
          parameter,
          gradient,
          mean: first,
          square: second,
        })),
        adam,
        numbers,
      );
    }
  }
}

describe.runIf(hasEmulator)('steps of optimisers on the emulated driver', () => {
  test('of all parameters in few launches give the bits of one after the other', async () => {
    const device = await openMarked();
    const [apart, at] = [stateOf(device), stateOf(device)];
    train(apart, 1);
    train(at, sizes.length);
    for (const [i, alone] of apart.entries()) {
      for (const part of ['parameter', 'first', 'second'] as const) {
        expect(await at[i]![part].data()).toEqual(await alone[part].data());
      }
    }
    device.dispose();
  });

  test('take a launch for 64 parameters', async () => {
    const { device, recorder } = await openEmulated();
    const state = stateOf(device);
    const before = recorder.counts.launches;
    sgdSteps(
      state.map(({ parameter, gradient }) => ({ parameter, gradient, momentum: null })),
      { ...sgd, momentum: 0, first: true },
      0.1,
    );
    expect(recorder.counts.launches).toBe(before + Math.ceil((sizes.length - 1) / 64));
    device.dispose();
  });

  test('of a parameter that stands there twice come one after the other', async () => {
    const device = await openMarked();
    const parameter = tensor([1, 2], [2], { device });
    const gradient = tensor([1, 1], [2], { device });
    const update = { parameter, gradient, momentum: null };
    const plain = { ...sgd, momentum: 0, weightDecay: 0, first: true };
    sgdSteps([update, update], plain, 0.25);
    expect([...(await parameter.data())]).toEqual([0.5, 1.5]);
    device.dispose();
  });
});
