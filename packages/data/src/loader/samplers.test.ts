import { Generator } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { ArrayDataset } from '../dataset/array-dataset.ts';
import { DatasetError } from '../errors.ts';
import { HostBatches } from './host-batches.ts';
import {
  DistributedSampler,
  RandomSampler,
  SequentialSampler,
  StratifiedSampler,
  SubsetRandomSampler,
  WeightedRandomSampler,
  type Sampler,
} from './samplers.ts';

const order = (sampler: Sampler, offset = 0): number[] =>
  Array.from(sampler.order(new Generator(7, offset)));
const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('samplers', () => {
  it('in sequence, at random, of a subset', () => {
    expect(order(new SequentialSampler(4))).toEqual([0, 1, 2, 3]);
    const random = new RandomSampler(50);
    expect(ascending(order(random))).toEqual(range(50));
    expect(order(random)).toEqual(order(random));
    expect(order(random)).not.toEqual(order(random, 1000));
    expect(new Set(order(new RandomSampler(50, { numSamples: 20 }))).size).toBe(20);
    const drawn = order(new RandomSampler(5, { replacement: true, numSamples: 500 }));
    expect(drawn).toHaveLength(500);
    expect(new Set(drawn)).toEqual(new Set(range(5)));
    expect(ascending(order(new SubsetRandomSampler([9, 3, 7])))).toEqual([3, 7, 9]);
  });

  it('by weight, with replacement', () => {
    const count = 40_000;
    const counts = [0, 0, 0, 0];
    const sampler = new WeightedRandomSampler([1, 0, 3, 4], { numSamples: count });
    for (const index of order(sampler)) counts[index]! += 1;
    expect(counts[1]).toBe(0);
    // Six standard deviations of a share of 1/2.
    const slack = 6 * Math.sqrt(0.25 / count);
    [1 / 8, 0, 3 / 8, 4 / 8].forEach((share, i) => {
      expect(Math.abs(counts[i]! / count - share)).toBeLessThan(slack);
    });
  });

  it('by weight, each at most once: the first drawn by its share', () => {
    let first = 0;
    const sampler = new WeightedRandomSampler([1, 0, 3], { numSamples: 2, replacement: false });
    for (let trial = 0; trial < 4000; trial++) {
      const drawn = order(sampler, 100 * trial);
      expect(ascending(drawn)).toEqual([0, 2]);
      if (drawn[0] === 2) first++;
    }
    expect(Math.abs(first / 4000 - 0.75)).toBeLessThan(6 * Math.sqrt(0.25 / 4000));
  });

  it('by class: every batch has the shares of the whole', () => {
    const labels = Array.from({ length: 300 }, (_, i) => (i % 10 < 6 ? 0 : i % 10 < 9 ? 1 : 2));
    const sampler = new StratifiedSampler(labels);
    const drawn = order(sampler);
    expect(ascending(drawn)).toEqual(range(300));
    expect(drawn).not.toEqual(order(sampler, 1000));
    for (let start = 0; start < 300; start += 30) {
      const batch = drawn.slice(start, start + 30).map((index) => labels[index]);
      [18, 9, 3].forEach((count, label) => {
        const found = batch.filter((other) => other === label).length;
        expect(Math.abs(found - count)).toBeLessThanOrEqual(1);
      });
    }
  });

  it.each([true, false])('by rank, together everything (dropLast %s)', (dropLast) => {
    const parts = [0, 1, 2].map((rank) =>
      order(new DistributedSampler(11, { rank, numReplicas: 3, dropLast })),
    );
    expect(parts.map((part) => part.length)).toEqual(dropLast ? [3, 3, 3] : [4, 4, 4]);
    const all = parts.flat();
    expect(new Set(all).size).toBe(dropLast ? 9 : 11);
    const straight = new DistributedSampler(5, { rank: 1, numReplicas: 2, shuffle: false });
    expect(order(straight)).toEqual([1, 3, 0]);
  });

  it.each([
    ['only be drawn with replacement', () => new RandomSampler(3, { numSamples: 4 })],
    ['expected weights from 0, got -1 for sample 1', () => new WeightedRandomSampler([1, -1])],
    ['expected weights from 0, got NaN', () => new WeightedRandomSampler([Number.NaN])],
    ['0 samples have a weight above 0', () => new WeightedRandomSampler([0, 0])],
    [
      '1 samples have a weight above 0, too few to draw 2',
      () => new WeightedRandomSampler([1, 0], { replacement: false }),
    ],
    [
      'expected rank from 0 to 1, got 2',
      () => new DistributedSampler(3, { rank: 2, numReplicas: 2 }),
    ],
    ['sample 1 has no label', () => new StratifiedSampler([0, Number.NaN])],
    ['expected length as a whole number from 0', () => new SequentialSampler(1.5)],
  ])('say: %s', (message, create) => {
    expect(create).toThrow(DatasetError);
    expect(create).toThrow(message);
  });
});

describe('a loader with a sampler', () => {
  const dataset = new ArrayDataset({
    data: Float32Array.of(0, 1, 2),
    labels: [0, 1, 2],
    inputShape: [1],
    classes: ['a', 'b', 'c'],
  });
  const labels = (sampler: Sampler): number[] =>
    Array.from(new HostBatches(dataset, { batchSize: 2, sampler }), (batch) => [
      ...batch.labels,
    ]).flat();

  it('has the samples that it says', () => {
    expect(labels({ length: 5, order: () => [2, 2, 0, 1, 2] })).toEqual([2, 2, 0, 1, 2]);
  });

  it('refuses what the dataset does not have, and what is no sampler', () => {
    expect(() => labels({ length: 2, order: () => [0, 3] })).toThrow(
      'expected indices from 0 to 2 from the sampler, got 3 at place 1',
    );
    expect(() => labels({ length: 1, order: () => [0.5] })).toThrow('got 0.5 at place 0');
    expect(() => labels({ length: 2, order: () => [0] })).toThrow('expected an order of 2 samples');
    expect(() => labels([0, 1] as never)).toThrow(
      'expected sampler as a sampler with length and order',
    );
    expect(
      () =>
        new HostBatches(dataset, { batchSize: 1, shuffle: true, sampler: new RandomSampler(3) }),
    ).toThrow('expected shuffle or sampler, got both');
  });
});
