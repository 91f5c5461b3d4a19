import { describe, expect, it } from 'vitest';

import { ones } from './create.ts';
import { formatValue } from './format-value.ts';
import { reference } from './reference/index.ts';
import { Tensor } from './tensor.ts';
import { aTensor, requireKind } from './kinds.ts';

describe('formatValue', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [1.5, '1.5'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [7n, '7n'],
    [Symbol('x'), 'Symbol(x)'],
    ['same', "'same'"],
    [[1, 'a', [null]], "[1, 'a', [null]]"],
    [{ toString: () => 'deceived' }, 'an object'],
    [Object.create(null), 'an object'],
    [new Map(), 'a Map'],
    [new ArrayBuffer(2), 'an ArrayBuffer'],
    [new Float32Array(3), 'a Float32Array of 3'],
    [ones([2, 3], { device: reference() }), 'a tensor [2, 3] float32 on reference'],
    [Tensor, 'the class Tensor'],
    [() => 1, 'a function'],
  ])('%#: %s', (value, shown) => {
    expect(formatValue(value)).toBe(shown);
  });

  it('cuts long texts and lists', () => {
    expect(formatValue('a'.repeat(10_000)).length).toBeLessThan(300);
    expect(formatValue(Array.from({ length: 100 }, (_, i) => i))).toMatch(
      /^\[0, 1, 2, .*, 15, … 100 in all\]$/,
    );
  });

  it('never prints what stands in a function', () => {
    const secret = (): string => 'a whole source';
    expect(() => requireKind('relu', 'x', secret, aTensor)).toThrow(
      'relu: expected x as a tensor, got a function',
    );
    expect(() => requireKind('relu', 'x', [secret], aTensor)).not.toThrow('a whole source');
  });
});
