import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';

import {
  ArgumentError,
  captureGraph,
  enableGrad,
  gradEnabled,
  inferShapes,
  noGrad,
  relu,
  scope,
  sum,
  tensor,
  trace,
  type Tensor,
} from './index.ts';
import { reference } from './reference/index.ts';

const device = reference();
/** That of another realm, such as a frame: no `instanceof` knows it. */
const OtherPromise = runInNewContext('Promise') as PromiseConstructor;

describe.each<[string, <T>(body: () => T) => T]>([
  ['noGrad', noGrad],
  ['enableGrad', enableGrad],
  ['inferShapes', inferShapes],
  ['trace', (body) => trace(() => undefined, body)],
])('%s', (name, around) => {
  test.each<[string, () => unknown]>([
    ['an asynchronous body', async () => Promise.resolve()],
    ['one that fails later', async () => Promise.reject(new Error('later'))],
    ['the promise of another realm', () => OtherPromise.resolve()],
  ])('refuses %s and is off again', (_, body) => {
    const before = gradEnabled();
    expect(() => around(body)).toThrow(ArgumentError);
    expect(() => around(body)).toThrow(
      `${name}: expected a body that returns without waiting, got a promise`,
    );
    expect(gradEnabled()).toBe(before);
    const x = tensor([1], { device, requiresGrad: true });
    expect(relu(x).device).toBe(device);
    expect(sum(x).requiresGrad).toBe(true);
  });
});

test('a graph is not captured of an asynchronous body', () => {
  const body = (async (x: Tensor) => Promise.resolve(relu(x))) as unknown as () => Tensor;
  expect(() => captureGraph(body, [{ shape: [1], dtype: 'float32' }])).toThrow(ArgumentError);
});

test('a scope waits for the promise of another realm too', async () => {
  let finish: () => void = () => undefined;
  const waiting = scope(() => {
    const x = tensor([1], { device });
    return new OtherPromise<Tensor>((resolve) => {
      finish = () => resolve(x);
    });
  });
  await Promise.resolve();
  finish();
  const x = await waiting;
  expect(x.isReleased).toBe(false);
  x.dispose();
});
