import { expect, test } from 'vitest';

import { checkpoint, recomputing } from './checkpoint.ts';
import { tensor } from './create.ts';
import { AutogradError } from './errors.ts';
import { add, mul, sin, sum } from './ops/index.ts';
import { reference } from './reference/index.ts';
import { scope } from './scope.ts';
import type { Tensor } from './tensor.ts';

const device = reference();
const leaf = (values: number[]): Tensor => tensor(values, { device, requiresGrad: true });

/** Gradients of two inputs and a parameter that the body reads, with one input used outside it too. */
async function gradients(around: typeof checkpoint): Promise<unknown[]> {
  const [x, y, weight] = [leaf([1, 2, 3]), leaf([-1, 0.5, 2]), leaf([0.1, 0.2, 0.3])];
  scope(() => {
    const z = sin(x);
    const inner = around((a, b) => mul(sin(mul(a, weight)), b), z, y);
    sum(mul(add(inner, z), inner)).backward();
  });
  return Promise.all([x, y, weight].map((t) => t.grad!.data()));
}

test('gradients are those without it, of parameters too', async () => {
  expect(await gradients(checkpoint)).toEqual(
    await gradients((body, ...inputs) => body(...inputs)),
  );
});

test('the body runs again in backward, and knows', () => {
  const calls: boolean[] = [];
  const x = leaf([1, 2]);
  const y = checkpoint((a) => {
    calls.push(recomputing());
    return mul(a, a);
  }, x);
  expect(calls).toEqual([false]);
  sum(y).backward();
  expect(calls).toEqual([false, true]);
  expect(recomputing()).toBe(false);
});

test('keeps nothing but its inputs until backward, and nothing after it', () => {
  const before = device.liveBuffers;
  const x = leaf([1, 2]);
  const y = checkpoint((a) => sin(sin(sin(sin(a)))), x);
  expect(device.liveBuffers - before).toBe(2);
  const loss = sum(y);
  loss.backward();
  expect(() => loss.backward()).toThrow(AutogradError);
  for (const t of [x, y, loss]) t.dispose();
  expect(device.liveBuffers).toBe(before);
});
