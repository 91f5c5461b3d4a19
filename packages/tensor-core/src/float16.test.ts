import { expect, test } from 'vitest';

import { float16Bits, float16Value, fromFloat16, toFloat16 } from './float16.ts';

const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);

/** What the engine's own 16-bit numbers are. */
const standardValues = new Float16Array(all.buffer);

test('all 65,536 patterns have the value of the standard, and come back', () => {
  const values = fromFloat16(all);
  expect(all.filter((bits) => !Object.is(values[bits], standardValues[bits]!))).toHaveLength(0);
  const back = toFloat16(values);
  const isNumber = (bits: number): boolean => (bits & 0x7fff) <= 0x7c00;
  expect(all.filter((bits) => isNumber(bits) && back[bits] !== bits)).toHaveLength(0);
  expect(all.filter((bits) => !isNumber(bits) && isNumber(back[bits]!))).toHaveLength(0);
});

test('numbers between two neighbours go to the nearer, and from the middle to the even one', () => {
  const next = (x: number, step: 1 | -1): number => {
    const floats = Float32Array.of(x);
    new Int32Array(floats.buffer)[0]! += step;
    return floats[0]!;
  };
  for (let bits = 0; bits < 0x7bff; bits++) {
    const low = standardValues[bits]!;
    const middle = (low + standardValues[bits + 1]!) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    expect(float16Bits(middle)).toBe(even);
    expect(float16Bits(next(middle, -1))).toBe(bits);
    expect(float16Bits(next(middle, 1))).toBe(bits + 1);
    expect(float16Bits(-middle)).toBe(even | 0x8000);
  }
});

test('what is too large becomes infinite, what is too small 0 with its sign', () => {
  expect(float16Value(float16Bits(65_519.99))).toBe(65_504);
  expect(float16Value(float16Bits(65_520))).toBe(Infinity);
  expect(float16Value(float16Bits(-1e38))).toBe(-Infinity);
  expect(float16Value(float16Bits(Infinity))).toBe(Infinity);
  expect(float16Bits(2 ** -25)).toBe(0);
  expect(float16Bits(-1e-40)).toBe(0x8000);
  expect(float16Value(float16Bits(-0))).toBe(-0);
});
