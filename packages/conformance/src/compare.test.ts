import { expect, test } from 'vitest';
import { difference, type HostTensor, wrongSign } from './compare.ts';

const values = [0, 1, -1, NaN, Infinity, -Infinity, 3e38, 1e-40];
const scales = ['tensor', 'element'] as const;

function tensorOf(value: number): HostTensor {
  return { shape: [1], dtype: 'float32', values: Float32Array.of(value) };
}

test.each(scales)('a special value equals itself, by %s', (scale) => {
  for (const value of values) {
    expect(difference(tensorOf(value), tensorOf(value), scale).error).toBe(0);
  }
});

test.each(scales)('what is not finite is infinitely far from all else, by %s', (scale) => {
  const near: string[] = [];
  for (const expected of [NaN, Infinity, -Infinity]) {
    for (const actual of values.filter((value) => !Object.is(value, expected))) {
      for (const [a, b] of [[actual, expected] as const, [expected, actual] as const]) {
        const { error } = difference(tensorOf(a), tensorOf(b), scale);
        if (error !== Infinity) near.push(`${a} where ${b} is right: ${error}`);
      }
    }
  }
  expect(near).toEqual([]);
});

test('a zero of the other sign is found where signs count', () => {
  const of = (...values: number[]): HostTensor => ({
    shape: [values.length],
    dtype: 'float32',
    values: Float32Array.from(values),
  });
  expect(wrongSign(of(0, -0, 1), of(0, -0, 1))).toBeNull();
  expect(wrongSign(of(0, 0), of(0, -0))).toBe('element [1] is 0, expected -0');
  expect(wrongSign(of(-0), of(0))).toBe('element [0] is -0, expected 0');
  // How far a number is from zero is told by the error.
  expect(wrongSign(of(1e-7), of(-0))).toBeNull();
});
