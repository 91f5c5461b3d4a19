import {
  DeviceError,
  DTypeError,
  meta,
  ones,
  ReleasedTensorError,
  sum,
  tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { Linear } from '../index.ts';

const device = reference();

describe('assigning', () => {
  test('gives the model the memory itself, from the meta device too, and leaves the tensors their own', async () => {
    const on = reference();
    const model = new Linear(2, 1);
    const state = new Map([
      ['weight', tensor([[1, 2]], { device: on })],
      ['bias', tensor([3], { device: on })],
    ]);
    expect(on.liveBuffers).toBe(2);
    await model.loadStateDict(state, { assign: true });
    expect(on.liveBuffers).toBe(2);
    for (const given of state.values()) given.dispose();
    expect(await model.forward(ones([1, 2], { device: on })).item()).toBe(6);
    expect(model.weight.requiresGrad).toBe(true);
    sum(model.forward(ones([1, 2], { device: on }))).backward();
    expect([...(await model.weight.grad!.data())]).toEqual([1, 1]);
  });

  test('moves a model to the device of the tensors; what is left out moves with the rest', async () => {
    const there = reference();
    const model = new Linear(2, 1);
    const weight = new Map([['weight', ones([1, 2], { device: there })]]);
    const report = await model.loadStateDict(weight, { assign: true, strict: false });
    expect(report.missing).toEqual(['bias']);
    expect(model.bias!.device.isMeta).toBe(true);
    await model.to(there);
    expect([...(await model.weight.data())]).toEqual([1, 1]);
    expect(model.bias!.device).toBe(there);
  });

  test('what has another type, no values or was given back is refused before anything changes', async () => {
    const model = new Linear(2, 1);
    const good = tensor([3], { device });
    const released = ones([1, 2], { device });
    released.dispose();
    for (const [weight, error] of [
      [ones([1, 2], { device, dtype: 'int32' }), DTypeError],
      [ones([1, 2], { device: meta }), DeviceError],
      [released, ReleasedTensorError],
    ] as const) {
      const state = new Map([
        ['bias', good],
        ['weight', weight],
      ]);
      await expect(model.loadStateDict(state, { assign: true })).rejects.toThrow(error);
      expect(model.bias!.device.isMeta).toBe(true);
    }
  });
});
