import { DTypeError } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';

import { fromBase64, readJson } from '../testing/fixtures.ts';
import { decode } from './decode.ts';
import type { ElementType } from './element-type.ts';

interface Case {
  readonly dtype: ElementType;
  readonly bytes: string;
  readonly float32: string;
}

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();

describe('decode', () => {
  it.each(readJson('elements.json') as readonly Case[])(
    'widens $dtype as PyTorch does',
    ({ dtype, bytes, float32 }) => {
      const { data } = decode('x', fromBase64(bytes), dtype);
      expect(data).toBeInstanceOf(Float32Array);
      const expected = new Float32Array(fromBase64(float32).buffer);
      expect(data.length).toBe(expected.length);
      // NaN has many patterns; every other number must be the same, minus zero too.
      const differing = Array.from(data.keys()).filter((i) => !Object.is(data[i], expected[i]));
      expect(differing).toEqual([]);
    },
  );

  it('reads integers as int32, at any place of a buffer', () => {
    const inside = (view: ArrayBufferView): Uint8Array => {
      const bytes = bytesOf(view);
      const around = new Uint8Array(bytes.length + 3);
      around.set(bytes, 1);
      return around.subarray(1, 1 + bytes.length);
    };
    const int32 = (...values: number[]): object => ({
      dtype: 'int32',
      data: Int32Array.from(values),
    });
    expect(decode('x', inside(Int8Array.of(-128, 127)), 'int8')).toEqual(int32(-128, 127));
    expect(decode('x', inside(Int16Array.of(-300, 300)), 'int16')).toEqual(int32(-300, 300));
    expect(decode('x', inside(Uint16Array.of(65535)), 'uint16')).toEqual(int32(65535));
    expect(decode('x', inside(Uint32Array.of(7)), 'uint32')).toEqual(int32(7));
    expect(decode('x', inside(BigInt64Array.of(-(2n ** 31n))), 'int64')).toEqual(int32(-(2 ** 31)));
    expect(decode('x', inside(BigUint64Array.of(5n)), 'uint64')).toEqual(int32(5));
    expect(decode('x', Uint8Array.of(0, 1, 255), 'bool').data).toEqual(Uint8Array.of(0, 1, 1));
  });

  it('gives numbers of their own where the bytes are part of a larger buffer', () => {
    const file = new Uint8Array(16);
    const { data } = decode('x', file.subarray(8), 'float32');
    data.fill(1);
    expect(file.every((byte) => byte === 0)).toBe(true);
  });

  it.each([
    ['int64', BigInt64Array.of(1n, 2n ** 31n), '2147483648 at position 1'],
    ['int64', BigInt64Array.of(-(2n ** 31n) - 1n), '-2147483649 at position 0'],
    ['uint32', Uint32Array.of(2 ** 31), '2147483648 at position 0'],
    ['uint64', BigUint64Array.of(2n ** 64n - 1n), '18446744073709551615 at position 0'],
  ] as const)('refuses %s beyond int32', (type, values, message) => {
    expect(() => decode('weights.pt, x', bytesOf(values), type)).toThrow(DTypeError);
    expect(() => decode('weights.pt, x', bytesOf(values), type)).toThrow(
      `weights.pt, x: expected numbers that int32 holds, got the ${type} ${message}`,
    );
  });

  it.each(['complex64', 'complex128', 'complex32', 'float4_e2m1fn', 'float6_e2m3fn'] as const)(
    'refuses %s by name',
    (type) => {
      expect(() => decode('x', new Uint8Array(48), type)).toThrow(
        `x: no tensor here holds numbers of type ${type}`,
      );
    },
  );
});
