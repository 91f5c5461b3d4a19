import { Generator } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/random-stream.ts';
import { cutMix, cutMixBatch, mixUp, mixUpBatch, type Labelled, type MixedBatch } from './mix.ts';

const batch: MixedBatch = [
  { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 1, 2] },
  { data: Float32Array.of(1, 0, 0, 1, 1, 0), shape: [3, 2] },
];
const context = (seed: number) => ({
  random: new RandomStream(new Generator(seed)),
  names: ['a', 'b', 'c'],
});

describe('mixing', () => {
  it('mixUp blends with the sample before', () => {
    const [inputs, targets] = mixUpBatch(batch, 0.75);
    expect([...inputs.data]).toEqual([2, 3, 2.5, 3.5, 4.5, 5.5]);
    expect([...targets.data]).toEqual([1, 0, 0.25, 0.75, 0.75, 0.25]);
  });

  it('cutMix takes a box from the sample before, and as much of its target', () => {
    const [inputs, targets] = cutMixBatch(batch, [[1, 2]]);
    expect([...inputs.data]).toEqual([1, 6, 3, 2, 5, 4]);
    expect([...targets.data]).toEqual([1, 0, 0.5, 0.5, 0.5, 0.5]);
    const square: MixedBatch = [
      { data: Float32Array.from({ length: 18 }, (_, i) => i), shape: [2, 1, 3, 3] },
      { data: Float32Array.of(1, 0, 0, 1), shape: [2, 2] },
    ];
    const [cut, shares] = cutMixBatch(square, [
      [0, 1],
      [1, 3],
    ]);
    expect([...cut.data.subarray(0, 9)]).toEqual([0, 10, 11, 3, 4, 5, 6, 7, 8]);
    expect(shares.data[0]).toBeCloseTo(7 / 9, 6);
    expect(() => cutMixBatch(square, [[0, 1]])).toThrow('expected a box of 2 axes');
  });

  const samples: Labelled[] = [0, 1, 1].map((label, i) => [
    { data: new Float32Array(64).fill(i), shape: [1, 8, 8] },
    label,
  ]);

  it.each([
    ['mixUp', mixUp],
    ['cutMix', cutMix],
  ] as const)('%s draws shares that add up to one, from the seed', async (_, create) => {
    const collate = create({ numClasses: 3, alpha: 0.4 });
    const drawn = Array.from({ length: 30 }, (__, seed) => collate(samples, context(seed)));
    for (const [inputs, { data, shape }] of drawn) {
      expect(shape).toEqual([3, 3]);
      expect(data[0]! + data[1]! + data[2]!).toBeCloseTo(1, 6);
      // The mean of a sample shows the share of the other, here of the same size everywhere.
      const mean = inputs.data.subarray(0, 64).reduce((sum, value) => sum + value, 0) / 64;
      expect(mean).toBeCloseTo(2 * data[1]!, 5);
    }
    expect(new Set(drawn.map(([, { data }]) => data[0])).size).toBeGreaterThan(5);
    expect(collate(samples, context(3))).toEqual(drawn[3]);
    const plain = create({ numClasses: 2, probability: 0 })(samples, context(0));
    expect([...plain[1].data]).toEqual([1, 0, 0, 1, 0, 1]);
  });

  it('refuse what is missing or out of range', () => {
    expect(() => mixUp(undefined as never)).toThrow('numClasses as an integer');
    expect(() => mixUp({ numClasses: 2, alpha: 0 })).toThrow('alpha as a finite number above 0');
    expect(() => cutMix({ numClasses: 2, probability: 2 })).toThrow(
      'probability as a number from 0 to 1',
    );
    expect(() => mixUp({ numClasses: 1 })(samples, context(0))).toThrow(
      'b: expected a label from 0 to 0, got 1',
    );
  });
});
