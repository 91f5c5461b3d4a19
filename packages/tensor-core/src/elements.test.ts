import { describe, expect, it } from 'vitest';

import * as create from './create.ts';
import { full, tensor } from './create.ts';
import { meta } from './device.ts';
import { ArgumentError } from './errors.ts';

describe('numbers that a type does not hold', () => {
  it.each([
    ['int32', [3, NaN], 'NaN at position 1'],
    ['int32', [0.5], '0.5 at position 0'],
    ['int32', [2 ** 31], '2147483648 at position 0'],
    ['int32', new Float32Array([1, 2, Infinity]), 'Infinity at position 2'],
    ['uint8', [0, 256], '256 at position 1'],
    ['uint8', new Int32Array([-1]), '-1 at position 0'],
    ['bool', [1, NaN], 'NaN at position 1'],
    ['bool', [false] as unknown as number[], 'false at position 0'],
    ['float32', ['1'] as unknown as number[], "'1' at position 0"],
    ['float32', [1, undefined] as unknown as number[], 'undefined at position 1'],
  ] as const)('are refused as %s: %s', (dtype, values, came) => {
    const make = (): unknown => tensor(values, [values.length], { device: meta, dtype });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(came);
  });

  it('are refused by full too', () => {
    expect(() => full([2], NaN, { device: meta, dtype: 'int32' })).toThrow(ArgumentError);
    expect(() => full([0], -1, { device: meta, dtype: 'uint8' })).toThrow(ArgumentError);
  });

  it('leaves what a type holds, and NaN where numbers are floating', () => {
    const int32 = [-(2 ** 31), -0, 2 ** 31 - 1];
    expect(tensor(int32, { device: meta, dtype: 'int32' }).shape).toEqual([3]);
    expect(tensor([0, 255], { device: meta, dtype: 'uint8' }).shape).toEqual([2]);
    expect(tensor([0, 1, 7], { device: meta, dtype: 'bool' }).shape).toEqual([3]);
    expect(tensor([NaN, Infinity, 0.5], { device: meta }).shape).toEqual([3]);
  });
});

describe('data that is no data', () => {
  it.each([
    [undefined, 'undefined'],
    ['12', "'12'"],
    [{}, 'an object'],
    [new Float32Array(2), 'a typed array'],
  ])('is refused: %s', (data, came) => {
    const make = (): unknown => tensor(data as unknown as number[], { device: meta });
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(came);
  });

  it('is refused without a device, or with what is none', () => {
    const loose = tensor as unknown as (...given: unknown[]) => unknown;
    expect(() => loose([1], [1])).toThrow('expected device as a device');
    expect(() => loose([1], [1], { device: 'wasm' })).toThrow(
      "expected device as a device, such as await wasm(), got 'wasm'",
    );
    expect(() => loose([1], { device: meta, dtype: 'float8' })).toThrow("got 'float8'");
    expect(() => loose([1], { device: meta, type: 'int32' })).toThrow("did you mean 'dtype'?");
  });
});

describe('functions that make tensors', () => {
  const before = {
    tensor: [[1]],
    literal: [[1], [1]],
    full: [[1], 1],
    zeros: [[1]],
    ones: [[1]],
    arange: [0, 1, 1],
    rand: [[1]],
    randn: [[1]],
  };

  it('are all in the table', () => {
    expect(Object.keys(create).toSorted()).toEqual(Object.keys(before).toSorted());
  });

  it.each(Object.entries(before))(
    '%s refuses options that do not exist, or none',
    (name, first) => {
      const make = (...given: unknown[]): unknown =>
        (create as unknown as Record<string, (...all: unknown[]) => unknown>)[name]!(
          ...first,
          ...given,
        );
      expect(make({ device: meta })).toBeDefined();
      expect(() => make({ device: meta, notAnOption: 1 })).toThrow("no option 'notAnOption'");
      for (const given of [undefined, null, 1, {}, []])
        expect(() => make(given)).toThrow(ArgumentError);
    },
  );
});
