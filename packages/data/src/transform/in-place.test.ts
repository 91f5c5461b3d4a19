import { Generator, ArgumentError } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/random-stream.ts';
import {
  randomCrop,
  randomGain,
  randomHorizontalFlip,
  randomNoise,
  randomRoll,
  type Transform,
} from './in-place.ts';

/** Results of `transform` on `sample` for seeds 0 … runs - 1, with guards around the sample checked. */
function results(
  transform: Transform,
  sample: readonly number[],
  shape: readonly number[],
  runs: number,
) {
  return Array.from({ length: runs }, (_, seed) => {
    const values = Float32Array.of(77, ...sample, 88);
    transform(values, 1, shape, new RandomStream(new Generator(seed)));
    expect(values[0]).toBe(77);
    expect(values[values.length - 1]).toBe(88);
    return [...values.subarray(1, -1)];
  });
}

const distinct = (rows: number[][]): string[] =>
  [...new Set(rows.map((row) => row.join(' ')))].sort();

describe('randomCrop', () => {
  it('shifts a signal by every amount up to the padding, with fill from outside', () => {
    const rows = results(randomCrop({ padding: 1, fill: 9 }), [1, 2, 3], [1, 3], 40);
    expect(distinct(rows)).toEqual(['1 2 3', '2 3 9', '9 1 2']);
  });

  it('shifts rows and columns of all channels of an image alike', () => {
    // Two channels of 2x2; the second is ten times the first.
    const rows = results(randomCrop({ padding: 1 }), [1, 2, 3, 4, 10, 20, 30, 40], [2, 2, 2], 200);
    for (const row of rows) {
      expect(row.slice(4)).toEqual(row.slice(0, 4).map((value) => value * 10));
    }
    expect(distinct(rows.map((row) => row.slice(0, 4)))).toEqual(
      [
        '0 0 0 1',
        '0 0 1 2',
        '0 0 2 0',
        '0 1 0 3',
        '1 2 3 4',
        '2 0 4 0',
        '0 3 0 0',
        '3 4 0 0',
        '4 0 0 0',
      ].sort(),
    );
  });

  it('works on volumes and with padding beyond the extent', () => {
    const rows = results(randomCrop({ padding: 3 }), [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2], 60);
    expect(distinct(rows)).toContain('0 0 0 0 0 0 0 0');
    expect(rows.flat().every((value) => value >= 0 && value <= 8)).toBe(true);
  });
});

describe('randomRoll', () => {
  it('wraps round', () => {
    const rows = results(randomRoll({ max: 1 }), [1, 2, 3], [1, 3], 40);
    expect(distinct(rows)).toEqual(['1 2 3', '2 3 1', '3 1 2']);
  });
});

describe('randomHorizontalFlip', () => {
  it('reverses each row with the given probability', () => {
    const sample = [1, 2, 3, 4];
    const rows = results(randomHorizontalFlip(), sample, [1, 2, 2], 400);
    expect(distinct(rows)).toEqual(['1 2 3 4', '2 1 4 3']);
    const flipped = rows.filter((row) => row[0] === 2).length;
    expect(flipped).toBeGreaterThan(150);
    expect(flipped).toBeLessThan(250);
    expect(
      distinct(results(randomHorizontalFlip({ probability: 0 }), sample, [1, 2, 2], 9)),
    ).toEqual(['1 2 3 4']);
    expect(
      distinct(results(randomHorizontalFlip({ probability: 1 }), sample, [1, 2, 2], 9)),
    ).toEqual(['2 1 4 3']);
  });
});

describe('randomGain', () => {
  it('multiplies the sample by one gain within the limits', () => {
    const rows = results(randomGain({ decibels: 6 }), [1, -2], [1, 2], 200);
    const gains = rows.map((row) => row[0]!);
    for (const row of rows) expect(row[1]).toBeCloseTo(-2 * row[0]!, 5);
    expect(Math.min(...gains)).toBeGreaterThanOrEqual(10 ** (-6 / 20) - 1e-6);
    expect(Math.min(...gains)).toBeLessThan(0.6);
    expect(Math.max(...gains)).toBeLessThanOrEqual(10 ** (6 / 20) + 1e-6);
    expect(Math.max(...gains)).toBeGreaterThan(1.8);
  });
});

describe('randomNoise', () => {
  it('adds zero-mean noise of the given standard deviation', () => {
    const [row] = results(randomNoise({ std: 0.5 }), Array(4001).fill(3), [1, 4001], 1);
    const mean = row!.reduce((a, b) => a + b, 0) / row!.length;
    const variance = row!.reduce((a, b) => a + (b - mean) ** 2, 0) / row!.length;
    expect(mean).toBeCloseTo(3, 1);
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
    expect(row![4000]).not.toBe(3);
  });
});

it('refuses options outside their range', () => {
  for (const make of [
    () => randomCrop({ padding: -1 }),
    () => randomCrop({ padding: 0.5 }),
    () => randomRoll({ max: -2 }),
    () => randomHorizontalFlip({ probability: 1.1 }),
    () => randomGain({ decibels: Number.NaN }),
    () => randomNoise({ std: -1 }),
  ]) {
    expect(make).toThrow(ArgumentError);
  }
});

it('refuses a place that is not in the values', () => {
  const flip = randomHorizontalFlip({ probability: 1 });
  const random = new RandomStream(new Generator(1));
  expect(() => flip(new Float32Array(8), 4, [1, 2, 4], random)).toThrow(
    'expected values with 8 elements for shape [1, 2, 4] from offset 4 on, got 8 in all',
  );
});
