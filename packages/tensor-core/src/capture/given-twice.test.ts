import { describe, expect, test } from 'vitest';

import { tensor } from '../create.ts';
import { CaptureError } from '../errors.ts';
import { add, mul, sum } from '../ops/index.ts';
import { reference } from '../reference/index.ts';
import type { Tensor } from '../tensor.ts';
import { assign } from '../updates/index.ts';
import { capture } from './capture.ts';

const device = reference();

const vector = (...values: number[]): Tensor => tensor(values, { device });

function weight(...values: number[]): Tensor {
  return tensor(values, { device, requiresGrad: true });
}

describe('a tensor that is an input and closed over', () => {
  test('is read in both places as what it is there', async () => {
    const held = vector(1, 2);
    let runs = 0;
    const step = capture((x: Tensor) => {
      runs++;
      return add(mul(held, 10), x);
    });
    const other = vector(5, 6);
    expect(await step(held).data()).toEqual(Float32Array.of(11, 22));
    expect(await step(other).data()).toEqual(Float32Array.of(15, 26));
    expect(await step(held).data()).toEqual(Float32Array.of(11, 22));
    expect(runs).toBe(1);
  });

  test('may be another view of it', async () => {
    const held = vector(1, 2);
    const step = capture((x: Tensor) => mul(held, x));
    expect(await step(held.detach()).data()).toEqual(Float32Array.of(1, 4));
    expect(await step(vector(5, 6)).data()).toEqual(Float32Array.of(5, 12));
  });

  test('is an error where the step writes it', () => {
    const held = vector(1, 2);
    const message =
      'capture: input 0, [2] float32 on reference, is also closed over by the step, which writes it: hand it in, or ' +
      'close over it, not both';
    const step = (x: Tensor): Tensor => {
      assign(held, vector(3, 4).detach());
      return add(x, held);
    };
    const body = (x: Tensor): Tensor => {
      const y = add(x, held);
      assign(held, y);
      return y;
    };
    expect(() => capture(step)(held)).toThrow(CaptureError);
    expect(() => capture(body)(held)).toThrow(new CaptureError(message));
    const later = capture(body);
    later(vector(1, 1));
    expect(() => later(held)).toThrow(new CaptureError(message));
    later(vector(1, 1));
  });

  test('is an error where both ways take its gradient, and eager where that is asked for', async () => {
    const run = async (otherwise: 'throw' | 'eager' | null): Promise<unknown[]> => {
      const held = weight(1, 2);
      const other = weight(3, 4);
      const body = (x: Tensor): Tensor => {
        held.clearGrad();
        x.clearGrad();
        const loss = sum(mul(mul(held, x), x));
        loss.backward();
        return loss;
      };
      const step = otherwise === null ? body : capture(body, { otherwise });
      const seen: unknown[] = [];
      for (const x of [held, other, held]) {
        seen.push(await step(x).item());
        for (const leaf of [held, other]) seen.push((await leaf.grad?.data()) ?? null);
      }
      return seen;
    };
    await expect(run('throw')).rejects.toThrow(/is also closed over by the step, which takes its/);
    expect(await run('eager')).toEqual(await run(null));
  });

  test('only its gradient is taken away by the step, and that of the input is not', async () => {
    const held = weight(1, 2);
    const step = capture((x: Tensor) => {
      const loss = sum(mul(x, x));
      held.clearGrad();
      loss.backward();
      return loss;
    });
    expect(() => step(held)).toThrow(/takes its gradient/);
    const other = weight(3, 4);
    step(other);
    expect(await other.grad!.data()).toEqual(Float32Array.of(6, 8));
  });
});

describe('an input of a step that is recorded', () => {
  test('is told of writes', async () => {
    const x = vector(1, 2);
    const w = weight(3, 4);
    const loss = sum(mul(w, x));
    const step = capture((y: Tensor) => {
      assign(y, add(y, 1));
      return sum(y);
    });
    expect(await step(x).item()).toBe(5);
    expect(() => loss.backward()).toThrow(/was overwritten in place/);
  });

  test('gets its gradient, in the first run and later', async () => {
    const step = capture((x: Tensor) => {
      const loss = sum(mul(x, x));
      loss.backward();
      return loss;
    });
    const leaves = [weight(1, 2), weight(3, 4)];
    for (const leaf of leaves) step(leaf);
    expect(await leaves[0]!.grad!.data()).toEqual(Float32Array.of(2, 4));
    expect(await leaves[1]!.grad!.data()).toEqual(Float32Array.of(6, 8));
  });

  test('may be what the step returns, and no memory stays', () => {
    const before = device.liveBuffers;
    const x = vector(1, 2);
    const step = capture((y: Tensor) => [y, add(y, 1)] as const);
    for (let i = 0; i < 3; i++) for (const result of step(x)) result.dispose();
    x.dispose();
    step.dispose();
    expect(device.liveBuffers).toBe(before);
  });
});
