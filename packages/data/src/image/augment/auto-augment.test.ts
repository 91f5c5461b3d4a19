import { Generator } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../random/random-stream.ts';
import { decodedImage, difference, fixtures } from '../testing/fixtures.ts';
import { autoAugment, randAugment, trivialAugmentWide } from './auto-augment.ts';
import { applyOperation, augmentationSpace, wideSpace, type MagnitudeRange } from './operations.ts';
import { policies } from './policies.ts';

const source = decodedImage(fixtures.source);
const stream = (seed: number): RandomStream => new RandomStream(new Generator(seed));

describe('AutoAugment and its kin', () => {
  it.each(fixtures.operations.map((step) => [step.name, step.magnitude, step] as const))(
    'has torchvision’s operation %s at %d',
    (name, magnitude, expected) => {
      const sampling = { interpolation: 'nearest', fill: 0 } as const;
      const result = applyOperation(source, name, magnitude, sampling);
      expect(difference(result, decodedImage(expected))).toBe(0);
    },
  );

  it('has torchvision’s policies', () => {
    expect(policies).toEqual(fixtures.policies);
  });

  it.each(['autoAugment', 'randAugment', 'trivialAugmentWide'])(
    'has the magnitudes of %s',
    (name) => {
      const ranges: Readonly<Record<string, MagnitudeRange>> =
        name === 'trivialAugmentWide' ? wideSpace : augmentationSpace(source.height, source.width);
      for (const [operation, [expected, signed]] of Object.entries(fixtures.spaces[name]!)) {
        const values = Array.isArray(expected) ? expected : [expected];
        const [magnitudeAt, isSigned] = ranges[operation]!;
        expect(isSigned).toBe(signed);
        values.forEach((value, bin) => {
          expect(magnitudeAt(bin, Math.max(values.length, 2))).toBeCloseTo(value, 4);
        });
      }
    },
  );

  it.each([
    ['autoAugment', () => autoAugment({ policy: 'cifar10' })],
    ['randAugment', () => randAugment({ numOps: 3 })],
    ['trivialAugmentWide', () => trivialAugmentWide()],
  ])('%s draws anew, and the same from the same numbers', (_, create) => {
    const transform = create();
    const results = Array.from({ length: 20 }, (__, seed) => transform(source, stream(seed)));
    expect(results.every(({ width, height }) => width === 53 && height === 41)).toBe(true);
    expect(new Set(results.map(({ data }) => data.join())).size).toBeGreaterThan(10);
    expect(transform(source, stream(7))).toEqual(results[7]);
  });

  it('refuses settings that are none', () => {
    expect(() => autoAugment({ policy: 'mnist' as never })).toThrow(
      "'imagenet', 'cifar10', 'svhn'",
    );
    expect(() => randAugment({ magnitude: 31 })).toThrow('from 0 to 30');
    expect(() => applyOperation(source, 'Blur', 1, { interpolation: 'nearest', fill: 0 })).toThrow(
      "got 'Blur'",
    );
  });
});
