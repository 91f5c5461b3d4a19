import { describe, expect, test } from 'vitest';

import {
  add,
  assign,
  AutogradError,
  ceil,
  conv,
  DeviceError,
  div,
  DTypeError,
  exp,
  floor,
  gridSample,
  matmul,
  meta,
  mul,
  noGrad,
  openScope,
  relu,
  reshape,
  round,
  ShapeError,
  sign,
  square,
  sum,
  tensor,
  zeros,
  type Tensor,
} from './index.ts';
import { reference } from './reference/index.ts';

const device = reference();
const leaf = (values: readonly number[]): Tensor =>
  tensor(values, [values.length], { device, requiresGrad: true });
const gradient = async (x: Tensor): Promise<number[]> => [...(await x.grad!.data())];

describe('backward', () => {
  test('adds the gradients of all paths', async () => {
    const x = leaf([1, 2, 3]);
    const y = mul(x, x);
    sum(add(y, add(x, x))).backward();
    expect(await gradient(x)).toEqual([4, 6, 8]);
  });

  test('adds to the gradient of earlier calls', async () => {
    const x = leaf([1, 2]);
    sum(square(x)).backward();
    sum(mul(x, 3)).backward();
    expect(await gradient(x)).toEqual([5, 7]);
  });

  test('does not write into a gradient that two inputs share', async () => {
    const a = leaf([1, 1]);
    const b = leaf([2, 2]);
    const both = add(a, b);
    sum(add(reshape(both, [2, 1]), reshape(mul(a, 10), [2, 1]))).backward();
    expect(await gradient(a)).toEqual([11, 11]);
    expect(await gradient(b)).toEqual([1, 1]);
  });

  test('takes the gradient of a result that is no scalar', async () => {
    const x = leaf([1, 2]);
    square(x).backward(tensor([1, 10], { device }));
    expect(await gradient(x)).toEqual([2, 40]);
    expect(() => square(x).backward()).toThrow(
      'a gradient is needed for a result of more than one',
    );
  });

  test('gives zeros through rounding, and through the places of nearest sampling', async () => {
    const x = leaf([0.4, 1.6, NaN]);
    for (const steps of [round, floor, ceil, sign]) sum(steps(x)).backward();
    expect(await gradient(x)).toEqual([0, 0, 0]);
    const grid = tensor([0.1, NaN], [1, 1, 1, 2], { device, requiresGrad: true });
    const sampled = gridSample(zeros([1, 1, 2, 2], { device }), grid, { mode: 'nearest' });
    sum(sampled).backward();
    expect(await gradient(grid)).toEqual([0, 0]);
  });

  test('undoes broadcasting', async () => {
    const x = tensor([1, 2], [2, 1], { device, requiresGrad: true });
    const row = leaf([1, 2, 3]);
    sum(mul(x, row)).backward();
    expect(await gradient(x)).toEqual([6, 6]);
    expect(await gradient(row)).toEqual([3, 3, 3]);
  });
});

describe('memory of a graph', () => {
  test('is free after backward, whatever was made on the way', () => {
    const fresh = reference();
    using _scope = openScope();
    const w = tensor([0.5, -0.5], [1, 2, 1], { device: fresh, requiresGrad: true });
    const x = zeros([4, 2, 9], { device: fresh });
    const before = fresh.liveBuffers;
    {
      using _step = openScope();
      sum(exp(relu(conv(x, w)))).backward();
    }
    expect(fresh.liveBuffers).toBe(before + 1);
    w.grad!.dispose();
    w.grad = null;
    expect(fresh.liveBuffers).toBe(before);
  });

  test('is free when the result is dropped without backward', () => {
    const fresh = reference();
    const w = tensor([1, 2], { device: fresh, requiresGrad: true });
    {
      using _step = openScope();
      sum(exp(square(w)));
    }
    expect(fresh.liveBuffers).toBe(1);
  });

  test('holds a factor only for the gradient of the other', () => {
    const fresh = reference();
    const constant = (): Tensor => zeros([1, 1, 3], { device: fresh });
    const learned = tensor([1], [1, 1, 1], { device: fresh, requiresGrad: true });
    // A result that is held for nothing but the product.
    const result = (): Tensor => add(learned, 1);
    for (const product of [
      (): Tensor => mul(result(), constant()),
      (): Tensor => mul(constant(), result()),
      (): Tensor => div(result(), constant()),
      (): Tensor => conv(result(), zeros([1, 1, 1], { device: fresh })),
      (): Tensor => conv(constant(), result()),
      (): Tensor => matmul(result(), constant()),
    ]) {
      using _outer = openScope();
      const before = fresh.liveBuffers;
      const inner = openScope();
      const y = product();
      inner.escape(y);
      inner.close();
      // The product and the constant.
      expect(fresh.liveBuffers - before).toBe(2);
    }
  });

  test('keeps what is needed while any result lasts', async () => {
    const w = leaf([1, 2]);
    const inner = openScope();
    const y = square(exp(w));
    const loss = sum(y);
    inner.escape(loss);
    inner.close();
    expect(y.isReleased).toBe(true);
    loss.backward();
    expect((await gradient(w)).map((g, i) => g / (2 * Math.exp(2 * (i + 1))))).toEqual([
      expect.closeTo(1, 6),
      expect.closeTo(1, 6),
    ]);
  });
});

describe('misuse', () => {
  test('a graph is used once', () => {
    const x = leaf([1, 2]);
    const loss = sum(square(x));
    loss.backward();
    expect(() => loss.backward()).toThrow(AutogradError);
    expect(() => loss.backward()).toThrow('backward ran a second time through a graph');
  });

  test('values that a gradient needs may not be overwritten', () => {
    const x = leaf([1, 2]);
    const loss = sum(square(x));
    noGrad(() => assign(x, zeros([2], { device })));
    expect(() => loss.backward()).toThrow(
      'square: a tensor [2], which its gradient needs, was overwritten in place after the forward pass',
    );
  });

  test('without a graph there is nothing to go back through', () => {
    const x = leaf([1]);
    expect(() => noGrad(() => square(x)).backward()).toThrow('was computed under noGrad');
    expect(() => x.detach().backward()).toThrow(AutogradError);
  });

  test('the gradient of a leaf by itself is 1', async () => {
    const x = leaf([1]);
    sum(x, []).backward();
    x.backward();
    expect([...(await x.grad!.data())]).toEqual([2]);
  });

  test('a gradient has the shape, type and device of its result', () => {
    const y = square(leaf([1, 2]));
    expect(() => y.backward(zeros([3], { device }))).toThrow(ShapeError);
    expect(() => y.backward(zeros([2], { device, dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => y.backward(zeros([2], { device: reference() }))).toThrow(DeviceError);
    expect(() => y.backward(zeros([2], { device: meta }))).toThrow(
      'backward: expected a gradient [2] float32 on reference, got [2] float32 on meta',
    );
  });

  test('integers have no gradients', () => {
    expect(() => tensor([1], { device, dtype: 'int32', requiresGrad: true })).toThrow(
      'only float32 and float64 tensors have gradients',
    );
  });

  test('devices do not mix, and meta has no values', async () => {
    expect(() => add(leaf([1]), zeros([1], { device: reference() }))).toThrow(DeviceError);
    await expect(zeros([1], { device: meta }).data()).rejects.toThrow('have shapes but no values');
  });
});
