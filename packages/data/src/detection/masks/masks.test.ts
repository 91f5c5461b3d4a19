import { ArgumentError } from '@convnet/tensor-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { polygonMask } from './polygons.ts';
import { decodeRle, encodeRle } from './rle.ts';

interface Case {
  readonly size: [height: number, width: number];
  readonly polygons: number[][];
  readonly counts: string;
}

// Written by scripts/fixtures/masks.py with pycocotools 2.0.11.
const file = join(import.meta.dirname, '..', '..', '..', 'fixtures', 'masks.json');
const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly Case[];

describe.each(cases.map((one, i) => [i, one] as const))(
  'polygons %i',
  (_, { size, polygons, counts }) => {
    test('cover the pixels that they cover in pycocotools', () => {
      expect(encodeRle(polygonMask(polygons, size), size)).toEqual({ size, counts });
    });

    test('are read from their text', () => {
      expect(decodeRle({ size, counts })).toEqual(polygonMask(polygons, size));
    });
  },
);

test('lengths go down the columns, outside first', () => {
  const mask = Uint8Array.of(0, 1, 1, 1, 0, 1);
  expect(decodeRle({ size: [2, 3], counts: [1, 2, 1, 2] })).toEqual(mask);
  expect(decodeRle(encodeRle(mask, [2, 3]))).toEqual(mask);
  expect(decodeRle({ size: [2, 3], counts: [0, 6] })).toEqual(new Uint8Array(6).fill(1));
  expect(decodeRle({ size: [0, 3], counts: [] })).toHaveLength(0);
});

test.each<[string, () => unknown, RegExp]>([
  ['too few pixels', () => decodeRle({ size: [2, 3], counts: [1, 2] }), /6 pixels .* got 3/],
  ['other letters', () => decodeRle({ size: [2, 3], counts: 'é' }), /counts of COCO/],
  ['half a number', () => decodeRle({ size: [2, 3], counts: 'P' }), /counts of COCO/],
  ['a length below 0', () => decodeRle({ size: [2, 3], counts: 'O' }), /counts of COCO/],
  ['no size', () => decodeRle({ counts: [6] } as never), /size as \[height, width\]/],
  ['another size', () => encodeRle([0, 1], [1, 3]), /a mask of 1x3, got 2 numbers/],
  ['two points', () => polygonMask([[0, 0, 1, 1]], [2, 2]), /polygons\[0\] as at least three/],
  ['half a point', () => polygonMask([[0, 0, 1, 1, 2, 2, 3]], [2, 2]), /at least three points/],
  ['no list', () => polygonMask(3 as never, [2, 2]), /polygons as a list, got 3/],
])('refuses %s', (_, call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});
