import {
  add,
  ArgumentError,
  assign,
  capture,
  CaptureError,
  checkpoint,
  conv,
  everyRun,
  exp,
  keep,
  manualSeed,
  maxPool,
  mul,
  noGrad,
  randn,
  ReleasedTensorError,
  relu,
  scope,
  sub,
  sum,
  tensor,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { failEverywhere, failingDevice } from './failing-device.ts';

const device = reference();

const vector = (...values: number[]): Tensor => tensor(values, { device });
const learned = (...values: number[]): Tensor =>
  keep(tensor(values, { device, requiresGrad: true }));
const numbers = async (t: Tensor): Promise<number[]> => [...(await t.data())];

describe('inputs of a captured step', () => {
  test('that are one tensor are not taken for two, nor two for one', async () => {
    const step = capture((a: Tensor, b: Tensor) => sub(a, b));
    const x = vector(5, 7);
    expect(await numbers(step(x, x))).toEqual([0, 0]);
    expect(await numbers(step(x, vector(1, 2)))).toEqual([4, 5]);
    expect(await numbers(step(vector(8, 8), vector(1, 2)))).toEqual([7, 6]);
    expect(await numbers(step(x, x.detach()))).toEqual([0, 0]);
    expect(step.recordings).toBe(2);
  });

  test('that learn get their own gradients, which add up', async () => {
    const step = capture((x: Tensor) => {
      const loss = sum(mul(x, x));
      loss.backward();
      return loss;
    });
    const leaves = [learned(1, 2), learned(3, 4), learned(5, 6)];
    for (const leaf of leaves) step(leaf);
    for (const leaf of leaves) step(leaf);
    const grads = await Promise.all(leaves.map((leaf) => numbers(leaf.grad!)));
    expect(grads).toEqual([
      [4, 8],
      [12, 16],
      [20, 24],
    ]);
    // One for leaves without a gradient, one for those with one.
    expect(step.recordings).toBe(2);
    expect(() => step(vector(1, 2))).toThrow(/requires grad/);
  });

  test('that learn may be cleared first', async () => {
    const step = capture((x: Tensor) => {
      const loss = sum(mul(x, x));
      x.clearGrad();
      loss.backward();
      return loss;
    });
    const [a, b] = [learned(1), learned(3)];
    for (const leaf of [a, b, a, b]) step(leaf);
    expect([await numbers(a.grad!), await numbers(b.grad!)]).toEqual([[2], [6]]);
  });

  test('that a step takes away are there until it ends', async () => {
    const weight = learned(1, 2);
    const step = capture((gradient: Tensor) => {
      assign(weight, sub(weight, gradient));
      weight.clearGrad();
    });
    for (let i = 0; i < 3; i++) {
      noGrad(() => scope(() => (weight.grad = keep(vector(1, 1)))));
      step(weight.grad!);
      expect(weight.grad).toBeNull();
    }
    expect(await numbers(weight)).toEqual([-2, -1]);
  });
});

describe('a captured step that fails', () => {
  test('while it is recorded is recorded at its next run', async () => {
    let fails = true;
    const weight = learned(2);
    const step = capture((x: Tensor) => {
      const y = mul(x, weight);
      if (fails) throw new RangeError('not now');
      return y;
    });
    expect(() => step(vector(3))).toThrow(RangeError);
    expect(step.recordings).toBe(0);
    fails = false;
    for (const value of [3, 4]) expect(await numbers(step(vector(value)))).toEqual([2 * value]);
    expect(step.recordings).toBe(1);
  });

  test('in the middle of a replay gives back what it made, and runs again', async () => {
    const failing = failingDevice();
    const on = { device: failing.device };
    const weight = keep(tensor([2, 2], { ...on, requiresGrad: true }));
    const step = capture((x: Tensor) => {
      const loss = sum(exp(mul(x, weight)));
      weight.clearGrad();
      loss.backward();
      return loss;
    });
    const x = keep(tensor([0, 0], on));
    const run = (): void => scope(() => void step(x));
    run();
    run();
    expect(step.recordings).toBe(1);
    const { liveBuffers } = failing.device;
    const expected = await numbers(weight.grad!);
    const failures = await failEverywhere(
      failing,
      (arm) => {
        arm();
        run();
      },
      () => expect(failing.device.liveBuffers).toBeLessThanOrEqual(liveBuffers),
    );
    expect(failures).toBeGreaterThan(3);
    run();
    expect(failing.device.liveBuffers).toBe(liveBuffers);
    expect(await numbers(weight.grad!)).toEqual(expected);
  });

  test('on the host in the middle of a replay gives back what it made', () => {
    let fails = false;
    const step = capture((x: Tensor) => {
      const y = exp(x);
      everyRun(
        () => {
          if (fails) throw new RangeError('not now');
        },
        () => undefined,
      );
      return exp(y);
    });
    const x = keep(vector(0));
    const run = (): void => scope(() => void step(x));
    run();
    const live = device.liveBuffers;
    fails = true;
    expect(run).toThrow(RangeError);
    fails = false;
    run();
    expect(device.liveBuffers).toBe(live);
  });
});

describe('captures among each other', () => {
  test('one inside another is part of it, also once it has recordings of its own', async () => {
    let runs = 0;
    const inner = capture((x: Tensor) => {
      runs++;
      return mul(x, 2);
    });
    const outer = capture((x: Tensor) => add(inner(x), 1));
    inner(vector(1));
    for (const value of [1, 2, 3]) {
      expect(await numbers(outer(vector(value)))).toEqual([2 * value + 1]);
      expect(await numbers(inner(vector(value)))).toEqual([2 * value]);
    }
    expect(runs).toBe(2);
    inner.dispose();
    expect(await numbers(outer(vector(5)))).toEqual([11]);
  });

  test('one that disposes of itself keeps nothing', () => {
    const live = device.liveBuffers;
    const step: { (x: Tensor): Tensor; dispose(): void; readonly recordings: number } = capture(
      (x: Tensor): Tensor => {
        step.dispose();
        return add(x, 1);
      },
    );
    scope(() => void step(vector(1)));
    expect(step.recordings).toBe(0);
    expect(() => scope(() => void step(vector(1)))).toThrow(CaptureError);
    expect(device.liveBuffers).toBe(live);
  });
});

test('an asynchronous step is refused, and leaves nothing behind', async () => {
  const step = capture((async (x: Tensor) => add(x, 1)) as unknown as (x: Tensor) => Tensor);
  const live = device.liveBuffers;
  expect(() => scope(() => step(vector(1)))).toThrow(ArgumentError);
  await Promise.resolve();
  expect(device.liveBuffers).toBe(live);
  expect(await numbers(add(vector(1), 1))).toEqual([2]);
});

test('a tensor that a step reads and that is gone is named', () => {
  const held = keep(vector(1));
  const step = capture((x: Tensor) => add(x, held));
  step(vector(1));
  held.dispose();
  expect(() => step(vector(2))).toThrow(ReleasedTensorError);
});

test('a checkpoint whose parts are fused gives the same gradients', async () => {
  manualSeed(4);
  const w = keep(randn([2, 1, 3, 3], { device, requiresGrad: true }));
  const b = keep(randn([2], { device, requiresGrad: true }));
  const body = (x: Tensor): Tensor => {
    w.clearGrad();
    b.clearGrad();
    const y = checkpoint((t) => maxPool(relu(conv(t, w, b)), 2), x);
    const loss = sum(mul(y, y));
    loss.backward();
    return loss;
  };
  const step = capture(body);
  for (let i = 0; i < 3; i++) {
    const x = randn([2, 1, 6, 6], { device });
    const captured = [await numbers(step(x)), await numbers(w.grad!), await numbers(b.grad!)];
    const eager = [await numbers(body(x)), await numbers(w.grad!), await numbers(b.grad!)];
    expect(captured).toEqual(eager);
  }
});
