import { expect, test } from 'vitest';

import {
  add,
  AutogradError,
  cast,
  conv,
  cumsum,
  DTypeError,
  eq,
  fromFloat16,
  full,
  mean,
  meta,
  mul,
  softmax,
  sum,
  tensor,
  toFloat16,
  zeros,
  type Tensor,
} from './index.ts';
import { reference } from './reference/index.ts';

const device = reference();
const half = (): Tensor => full([1, 2, 4], 0.5, { device, dtype: 'float16' });

test('float16 comes from numbers, arrays, bits and Float16Array, and reads as numbers', async () => {
  const options = { device, dtype: 'float16' } as const;
  const numbers = [1, 65_520, 0.1];
  const rounded = [1, Infinity, 0.0999755859375];
  const bits = toFloat16(numbers);
  expect([...bits]).toEqual([0x3c00, 0x7c00, 0x2e66]);
  expect([...fromFloat16(bits)]).toEqual(rounded);
  for (const x of [
    tensor(numbers, options),
    tensor(Float32Array.from(numbers), [3], options),
    tensor(Float64Array.from(numbers), [3], options),
    tensor(bits, [3], options),
  ]) {
    expect([x.dtype, await x.data()]).toEqual(['float16', Float32Array.from(rounded)]);
  }
  const own = tensor(Float16Array.from(numbers), [3], { device });
  expect([own.dtype, [...(await own.data())]]).toEqual(['float16', rounded]);
});

test('bits are not taken for numbers', () => {
  const bits = Uint16Array.of(1, 2);
  expect(() => tensor(bits, [2], { device })).toThrow(DTypeError);
  expect(() => tensor(bits, [2], { device, dtype: 'float32' })).toThrow(
    'tensor: a Uint16Array holds the bits of float16, got dtype float32',
  );
});

const weight = zeros([2, 2, 1], { device });

test.each<[string, () => Tensor]>([
  ['add', () => add(half(), half())],
  ['mulScalar', () => mul(half(), 2)],
  ['eq', () => eq(half(), half())],
  ['add', () => add(half(), full([4], 1, { device, dtype: 'int32' }))],
  ['sum', () => sum(half())],
  ['mean', () => mean(half())],
  ['cumsum', () => cumsum(half(), 0)],
  ['softmax', () => softmax(half(), 1)],
  ['conv', () => conv(half(), cast(weight, 'float16'))],
  ['add', () => add(zeros([2], { device: meta, dtype: 'float16' }), 1)],
])('%s refuses float16 and says what to do', (op, compute) => {
  expect(compute).toThrow(DTypeError);
  expect(compute).toThrow(
    new RegExp(
      `^${op}\\w*: float16 stores numbers but is not computed with: cast\\(x, 'float32'\\) `,
    ),
  );
});

test('with float32 it is promoted, as in PyTorch', async () => {
  const y = add(half(), full([4], 0.1, { device }));
  expect([y.dtype, (await y.data())[0]]).toEqual(['float32', Math.fround(0.5 + Math.fround(0.1))]);
});

test('gradients pass it, but it has none of its own', async () => {
  const x = tensor([1, 2], { device, requiresGrad: true });
  const stored = cast(x, 'float16');
  sum(mul(cast(stored, 'float32'), 0.1)).backward();
  expect([x.grad!.dtype, ...(await x.grad!.data())]).toEqual([
    'float32',
    Math.fround(0.1),
    Math.fround(0.1),
  ]);
  expect(() => tensor([1], { device, dtype: 'float16', requiresGrad: true })).toThrow(
    AutogradError,
  );
  expect(() => cast(x, 'float16').backward(cast(x.detach(), 'float16'))).toThrow(
    'backward: float16 stores numbers but is not computed with',
  );
});
