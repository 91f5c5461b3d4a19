import { describe, expect, test } from 'vitest';

import {
  collapse,
  divisionBy,
  forEachPiece,
  lengthOf,
  linesAlong,
  memoryOrder,
  memoryStrides,
  type Walk,
} from './layout.ts';

describe('memory', () => {
  test('lies channels last from rank 3 on', () => {
    expect(memoryOrder(2)).toEqual([0, 1]);
    expect(memoryOrder(5)).toEqual([0, 2, 3, 4, 1]);
    expect(memoryStrides([4, 5])).toEqual([5, 1]);
    expect(memoryStrides([2, 3, 4, 5])).toEqual([60, 1, 15, 3]);
  });

  test('has lines along an axis', () => {
    expect(linesAlong([2, 3, 4, 5], 1)).toEqual({ outer: 40, extent: 3, inner: 1 });
    expect(linesAlong([2, 3, 4, 5], 2)).toEqual({ outer: 2, extent: 4, inner: 15 });
    expect(linesAlong([2, 3], 0)).toEqual({ outer: 1, extent: 2, inner: 3 });
  });
});

describe('a walk', () => {
  test('has as few axes as can be', () => {
    expect(collapse([2, 3, 4], [[12, 4, 1]])).toEqual({ extents: [24], strides: [[1]] });
    expect(
      collapse(
        [2, 1, 3, 4],
        [
          [12, 12, 4, 1],
          [0, 0, 4, 1],
        ],
      ),
    ).toEqual({
      extents: [12, 2],
      strides: [
        [1, 12],
        [1, 0],
      ],
    });
    expect(collapse([1, 1], [[5, 5]])).toEqual({ extents: [], strides: [[]] });
  });

  /** Where pieces lead, piece by piece. */
  function placesOf(walk: Walk): number[] {
    const places: number[] = [];
    forEachPiece(walk, ({ extents, strides }, [offset]) => {
      expect(extents.length).toBeLessThanOrEqual(8);
      for (let n = 0; n < lengthOf({ extents, strides }); n++) {
        let [rest, at] = [n, offset!];
        extents.forEach((extent, axis) => {
          at += (rest % extent) * strides[0]![axis]!;
          rest = Math.floor(rest / extent);
        });
        places.push(at);
      }
    });
    return places;
  }

  test('over more axes than a kernel takes comes in pieces', () => {
    const extents = Array.from({ length: 11 }, () => 2);
    const strides = extents.map((_, axis) => 3 ** axis);
    const places = placesOf({ extents, strides: [strides] });
    expect(new Set(places).size).toBe(2 ** 11);
    expect(Math.max(...places)).toBe((3 ** 11 - 1) / 2);
  });

  test('over more elements than a kernel counts comes in pieces', () => {
    const found: [extents: readonly number[], offsets: readonly number[]][] = [];
    const visit = (piece: Walk, offsets: readonly number[]) => found.push([piece.extents, offsets]);
    forEachPiece({ extents: [2 ** 31 + 8], strides: [[1], [0]] }, visit);
    expect(found).toEqual([
      [[2 ** 30], [0, 0]],
      [[2 ** 30], [2 ** 30, 0]],
      [[8], [2 ** 31, 0]],
    ]);
    found.length = 0;
    forEachPiece({ extents: [2 ** 30, 3], strides: [[1, 2 ** 30]] }, visit);
    expect(found.map(([, offsets]) => offsets)).toEqual([[0], [2 ** 30], [2 ** 31]]);
  });

  test('over nothing visits nothing', () => {
    expect(placesOf({ extents: [3, 0], strides: [[1, 3]] })).toEqual([]);
  });
});

test('kernels divide by multiplication', () => {
  const most = 2 ** 31 - 1;
  const extents = [1, 2, 3, 5, 7, 10, 641, 1000, 4096, 65_537, 1_000_003, 2 ** 30, most];
  for (const extent of extents) {
    const [multiplier, shift] = divisionBy(extent);
    expect(multiplier).toBeLessThan(2 ** 32);
    for (const n of [0, 1, extent - 1, extent, 2 * extent - 1, 2 * extent, most - 1, most]) {
      if (n > most) continue;
      const high = Number((BigInt(n) * BigInt(multiplier)) >> 32n);
      expect(Number(BigInt(high + n) >> BigInt(shift))).toBe(Math.floor(n / extent));
    }
  }
});
