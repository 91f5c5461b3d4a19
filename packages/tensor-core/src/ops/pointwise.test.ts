import { expect, test } from 'vitest';

import {
  add,
  ArgumentError,
  cast,
  div,
  elu,
  eq,
  full,
  hardtanh,
  logSigmoid,
  mul,
  neg,
  prelu,
  prod,
  ShapeError,
  softplus,
  sum,
  tensor,
  zeros,
  type DType,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const line = (dtype: DType) => full([2], 2, { device, dtype });
const point = (dtype: DType) => full([], 3, { device, dtype });

test('types are promoted as in PyTorch', () => {
  expect(add(line('uint8'), line('int32')).dtype).toBe('int32');
  expect(add(line('int32'), line('float32')).dtype).toBe('float32');
  expect(add(line('float32'), line('float64')).dtype).toBe('float64');
  // A tensor without axes changes the type of others only to a higher kind.
  expect(add(line('uint8'), point('int32')).dtype).toBe('uint8');
  expect(add(line('float32'), point('float64')).dtype).toBe('float32');
  expect(add(line('int32'), point('float32')).dtype).toBe('float32');
  expect(add(line('int32'), 1.5).dtype).toBe('float32');
});

test('a comparison sees a number as it is, beyond the type of the other side too', async () => {
  const bytes = tensor([44, 255], [2], { device, dtype: 'uint8' });
  expect([...(await eq(bytes, 300).data())]).toEqual([0, 0]);
});

test('the gradient through a conversion has the type of what was converted', async () => {
  const x = tensor([1, 2], [2], { device, requiresGrad: true });
  sum(mul(cast(x, 'float64'), 3)).backward();
  expect([x.grad!.dtype, ...(await x.grad!.data())]).toEqual(['float32', 3, 3]);
});

test('integers wrap around, and are divided as float32', async () => {
  const big = tensor([2 ** 31 - 1, -(2 ** 31)], [2], { device, dtype: 'int32' });
  expect([...(await add(big, 1).data())]).toEqual([-(2 ** 31), -(2 ** 31) + 1]);
  expect([...(await mul(big, 3).data())]).toEqual([2 ** 31 - 3, -(2 ** 31)]);
  expect([...(await neg(tensor([5], [1], { device, dtype: 'uint8' })).data())]).toEqual([251]);
  const factors = tensor([65_537, 65_539, 3], [3], { device, dtype: 'int32' });
  expect(await prod(factors).item()).toBe(Math.imul(Math.imul(65_537, 65_539), 3));
  const quotient = div(tensor([1, 2], [2], { device, dtype: 'int32' }), 4);
  expect([quotient.dtype, ...(await quotient.data())]).toEqual(['float32', 0.25, 0.5]);
});

test('logSigmoid keeps its precision far from 0', async () => {
  const y = await logSigmoid(tensor([-100, 0, 5], [3], { device })).data();
  expect(y[0]).toBe(-100);
  expect(y[1]).toBeCloseTo(-Math.LN2, 6);
  expect(y[2]).toBeCloseTo(-0.0067153, 7);
});

test('activations refuse options without meaning and slopes that fit no channel', () => {
  const x = zeros([2, 1, 3], { device });
  expect(() => prelu(x, zeros([3], { device }))).toThrow(ShapeError);
  expect(() => hardtanh(x, 1, 1)).toThrow(ArgumentError);
  expect(() => elu(x, NaN)).toThrow('elu: expected a finite alpha, got NaN');
  expect(() => softplus(x, 0)).toThrow(ArgumentError);
});
