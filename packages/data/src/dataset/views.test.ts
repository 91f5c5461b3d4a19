import { describe, expect, it } from 'vitest';
import { ArrayDataset } from './array-dataset.ts';
import type { BlockDataset } from './dataset.ts';
import { DatasetError } from '../errors.ts';
import { randomSplit } from './split.ts';
import { subset } from './subset.ts';
import { classCounts, enlarge, reshape } from './views.ts';

/** Sample i is an image 2x3 of 10·i … 10·i + 5 with label i mod 2. */
function images(count: number): ArrayDataset {
  return new ArrayDataset({
    data: Float32Array.from({ length: count * 6 }, (_, i) => 10 * Math.floor(i / 6) + (i % 6)),
    labels: Array.from({ length: count }, (_, i) => i % 2),
    inputShape: [1, 2, 3],
    classes: ['even', 'odd'],
  });
}

function firstElements(dataset: BlockDataset): number[] {
  const indices = Int32Array.from({ length: dataset.length }, (_, i) => i);
  const inputs = new Float32Array(dataset.length * 6);
  dataset.fill(indices, inputs, new Int32Array(dataset.length));
  return [...indices].map((i) => inputs[i * 6]!);
}

describe('subset', () => {
  it('keeps the given samples in the given order', () => {
    const part = subset(images(5), [4, 0, 4]);
    expect(part.length).toBe(3);
    expect(firstElements(part)).toEqual([40, 0, 40]);
  });

  it('refuses indices outside the dataset', () => {
    expect(() => subset(images(2), [0, 2])).toThrow(DatasetError);
    expect(() => subset(images(2), [0.5])).toThrow('got 0.5');
    const part = subset(images(2), [1]);
    const read = () => part.fill(Int32Array.of(1), new Float32Array(6), new Int32Array(1));
    expect(read).toThrow('subset: expected a sample index from 0 to 0, got 1');
  });
});

describe('randomSplit', () => {
  it('shares out every sample once, the same way for the same seed', () => {
    const parts = randomSplit(images(10), [0.75, 0.25], { seed: 3 });
    expect(parts.map((part) => part.length)).toEqual([8, 2]);
    const all = parts.flatMap(firstElements);
    expect([...all].sort((a, b) => a - b)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    const again = randomSplit(images(10), [8, 2], { seed: 3 });
    expect(again.flatMap(firstElements)).toEqual(all);
    expect(randomSplit(images(10), [8, 2], { seed: 4 }).flatMap(firstElements)).not.toEqual(all);
  });

  it('refuses lengths that do not add up', () => {
    expect(() => randomSplit(images(10), [8, 3])).toThrow(DatasetError);
    expect(() => randomSplit(images(10), [0.5, 0.4])).toThrow('got [0.5, 0.4]');
    expect(() => randomSplit(images(10), [11, -1])).toThrow(DatasetError);
  });
});

describe('reshape', () => {
  it('reads image rows as channels and columns as positions', () => {
    const signals = reshape(images(2), [2, 3]);
    expect(signals.inputShape).toEqual([2, 3]);
    const inputs = new Float32Array(6);
    signals.fill(Int32Array.of(1), inputs, new Int32Array(1));
    expect([...inputs.subarray(0, 3)]).toEqual([10, 11, 12]);
    expect([...inputs.subarray(3, 6)]).toEqual([13, 14, 15]);
  });

  it('refuses another number of elements', () => {
    expect(() => reshape(images(2), [2, 2])).toThrow(
      'samples [1, 2, 3] have 6 elements, [2, 2] has 4',
    );
  });
});

describe('enlarge', () => {
  /** All elements of sample 1. */
  function second(dataset: BlockDataset): number[] {
    const inputs = new Float32Array(dataset.inputShape.reduce((a, b) => a * b));
    dataset.fill(Int32Array.of(1), inputs, new Int32Array(1));
    return [...inputs];
  }

  it('repeats pixels in rows and columns', () => {
    const large = enlarge(images(2), 2);
    expect(large.inputShape).toEqual([1, 4, 6]);
    const above = [10, 10, 11, 11, 12, 12];
    const below = [13, 13, 14, 14, 15, 15];
    expect(second(large)).toEqual([...above, ...above, ...below, ...below]);
  });

  it('leaves the channels of signals alone', () => {
    const large = enlarge(reshape(images(2), [2, 3]), 3);
    expect(large.inputShape).toEqual([2, 9]);
    expect(second(large).slice(9)).toEqual([13, 13, 13, 14, 14, 14, 15, 15, 15]);
  });

  it('refuses parts of a pixel, and arrays for smaller samples', () => {
    expect(() => enlarge(images(1), 1.5)).toThrow('enlarge: expected times as a whole number');
    const read = () =>
      enlarge(images(1), 2).fill(Int32Array.of(0), new Float32Array(6), new Int32Array(1));
    expect(read).toThrow('enlarge: 1 samples of 24 elements need 24 inputs');
  });
});

describe('classCounts', () => {
  it('counts every sample', () => {
    expect(classCounts(images(601))).toEqual([301, 300]);
  });
});
