import { Generator, meta, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import {
  constant,
  fanOf,
  inverseRootUniform,
  kaimingNormal,
  kaimingUniform,
  orthogonal,
  truncatedNormal,
  xavierNormal,
  xavierUniform,
  type Initializer,
} from '../index.ts';

const device = reference();
const shape = [64, 32, 3, 3];
const generator = new Generator(9);

async function statistics(
  initialize: Initializer,
): Promise<{ std: number; most: number; mean: number }> {
  const values = Array.from(await initialize(shape, device).data());
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const square = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return {
    mean,
    std: Math.sqrt(square),
    most: values.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
  };
}

describe('statistics are those of torch.nn.init', () => {
  test('fans of a convolution', () => {
    expect(fanOf(shape)).toEqual({ in: 288, out: 576 });
  });

  test.each<[string, Initializer, number, number]>([
    ['kaiming normal', kaimingNormal({ generator }), Math.sqrt(2 / 288), 1],
    ['kaiming normal by outputs', kaimingNormal({ mode: 'out', generator }), Math.sqrt(2 / 576), 1],
    ['kaiming uniform', kaimingUniform({ generator }), Math.sqrt(2 / 288), Math.sqrt(6 / 288)],
    ['xavier normal', xavierNormal(1, generator), Math.sqrt(2 / 864), 1],
    ['xavier uniform', xavierUniform(1, generator), Math.sqrt(2 / 864), Math.sqrt(6 / 864)],
    [
      'default of layers',
      inverseRootUniform(288, generator),
      1 / Math.sqrt(3 * 288),
      1 / Math.sqrt(288),
    ],
    ['truncated normal', truncatedNormal({ generator }), 0.8796, 2],
    ['truncated normal that is hardly cut', truncatedNormal({ std: 0.01, generator }), 0.01, 0.06],
  ])('%s', async (_, initialize, std, most) => {
    const found = await statistics(initialize);
    expect(found.std / std).toBeCloseTo(1, 1.5);
    expect(Math.abs(found.mean)).toBeLessThan(0.03 * std);
    expect(found.most).toBeLessThanOrEqual(most * 1.000001);
  });
});

describe('orthogonal', () => {
  const dotOfRows = async (w: Tensor, rows: number, columns: number): Promise<number[][]> => {
    const values = await w.data();
    const at = (i: number): number[] => [...values.subarray(i * columns, (i + 1) * columns)];
    return Array.from({ length: rows }, (_, i) =>
      Array.from({ length: rows }, (__, j) => at(i).reduce((sum, v, k) => sum + v * at(j)[k]!, 0)),
    );
  };

  test('rows are orthonormal where there are fewer rows than columns', async () => {
    const gram = await dotOfRows(orthogonal({ generator })([4, 2, 3], device), 4, 6);
    gram.forEach((row, i) => row.forEach((v, j) => expect(v).toBeCloseTo(i === j ? 1 : 0, 6)));
  });

  test('columns are orthonormal otherwise, times the gain', async () => {
    const w = await orthogonal({ gain: 2, generator })([6, 2], device).data();
    const column = (c: number): number[] => [0, 1, 2, 3, 4, 5].map((r) => w[2 * r + c]!);
    const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
    expect(dot(column(0), column(0))).toBeCloseTo(4, 5);
    expect(dot(column(0), column(1))).toBeCloseTo(0, 5);
  });

  test('a vector has no rows and columns', () => {
    expect(() => orthogonal()([3], device)).toThrow(
      'expected a weight of at least 2 axes, got [3]',
    );
  });
});

test('constants, and shapes on the meta device', async () => {
  expect([...(await constant(3)([2], device).data())]).toEqual([3, 3]);
  expect(xavierUniform()([2, 3], meta).shape).toEqual([2, 3]);
  expect(truncatedNormal()([2, 3], meta).shape).toEqual([2, 3]);
  expect(() => truncatedNormal({ low: 5, high: 6 })).toThrow('expected bounds around a normal');
});
