import { expect, test } from 'vitest';

import { ArgumentError, Generator, ones, neg, rrelu, sum, tensor } from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();

test('in training each negative element has a slope of its own, uniform between the bounds', async () => {
  const x = neg(ones([10_000], { device }));
  x.requiresGrad = true;
  const y = rrelu(x, 0.1, 0.5, { training: true, generator: new Generator(1) });
  const slopes = Float32Array.from(await y.data(), (value) => -value);
  expect(Math.min(...slopes)).toBeGreaterThanOrEqual(Math.fround(0.1));
  expect(Math.max(...slopes)).toBeLessThan(0.5);
  expect(slopes.reduce((a, b) => a + b) / slopes.length).toBeCloseTo(0.3, 2);
  expect(new Set(slopes).size).toBeGreaterThan(9000);
  sum(y).backward();
  expect(await x.grad!.data()).toEqual(slopes);
});

test('positive elements stay as they are, and have slope 1', async () => {
  const x = tensor([2, 0.5, Infinity, NaN], { device, requiresGrad: true });
  const y = rrelu(x, 0.1, 0.5, { training: true, generator: new Generator(1) });
  expect([...(await y.data())]).toEqual([2, 0.5, Infinity, NaN]);
  sum(y).backward();
  expect([...(await x.grad!.data())].slice(0, 3)).toEqual([1, 1, 1]);
});

test('bounds in the wrong order are refused', () => {
  const x = ones([2], { device });
  expect(() => rrelu(x, 0.5, 0.1)).toThrow('rrelu: expected lower of at most upper');
  expect(() => rrelu(x, NaN, 0.1)).toThrow(ArgumentError);
});
