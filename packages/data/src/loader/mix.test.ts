import { readFileSync } from 'node:fs';
import { Generator } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { erase } from '../image/tensor.ts';
import { RandomStream } from '../random/random-stream.ts';
import { cutMix, cutMixBatch, mixUp, mixUpBatch, type Labelled, type MixedBatch } from './mix.ts';

interface Mixed {
  readonly inputs: string;
  readonly targets: string;
}

/** What torchvision gave; see `scripts/fixtures/mixing.py`. */
const fixtures = JSON.parse(
  readFileSync(new URL('../../fixtures/mixing.json', import.meta.url), 'utf8'),
) as {
  readonly shape: readonly [number, number, number, number];
  readonly inputs: string;
  readonly labels: readonly number[];
  readonly numClasses: number;
  readonly mixup: readonly (Mixed & { readonly share: number })[];
  readonly cutmix: readonly (Mixed & {
    readonly box: readonly [[number, number], [number, number]];
  })[];
  readonly erased: readonly {
    readonly box: readonly [top: number, left: number, height: number, width: number];
    readonly value: readonly number[];
    readonly data: string;
  }[];
};
const floats = (text: string): Float32Array =>
  new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
/** The largest difference of two arrays. */
const off = (found: Float32Array, wanted: string): number => {
  const values = floats(wanted);
  if (found.length !== values.length) return Infinity;
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
};

describe('as torchvision on fixed parameters', () => {
  const { shape, numClasses, labels } = fixtures;
  const inputs = { data: floats(fixtures.inputs), shape };
  const shares = labels.flatMap((label) =>
    Array.from({ length: numClasses }, (_, k) => (k === label ? 1 : 0)),
  );
  const whole: MixedBatch = [
    inputs,
    { data: Float32Array.from(shares), shape: [labels.length, numClasses] },
  ];

  it.each(fixtures.mixup)('MixUp with a share of $share', ({ share, ...wanted }) => {
    const [found, targets] = mixUpBatch(whole, share);
    expect(off(found.data, wanted.inputs)).toBeLessThan(1e-6);
    expect(off(targets.data, wanted.targets)).toBeLessThan(1e-6);
  });

  it.each(fixtures.cutmix)('CutMix of $box', ({ box, ...wanted }) => {
    const [found, targets] = cutMixBatch(whole, box);
    expect(off(found.data, wanted.inputs)).toBeLessThan(1e-6);
    expect(off(targets.data, wanted.targets)).toBeLessThan(1e-6);
  });

  it.each(fixtures.erased)('erasing $box with $value', ({ box, value, data }) => {
    const [top, left, height, width] = box;
    const first = { data: inputs.data.slice(0, 3 * 6 * 7), shape: shape.slice(1) };
    const found = erase(first, { top, left, height, width }, (channel) => value[channel]!);
    expect(off(found.data, data)).toBeLessThan(1e-6);
  });
});

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
