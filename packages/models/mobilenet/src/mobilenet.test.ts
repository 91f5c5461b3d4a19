import { BatchNorm, summary } from '@convnet/layers';
import { ArgumentError } from '@convnet/tensor-core';
import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { describe, expect, test } from 'vitest';

import * as mobilenet from './index.ts';

const { mobilenet_v1, mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small } = mobilenet;

describeShapes(familyOf(import.meta.dirname, mobilenet));

describe('width multipliers', () => {
  // Howard et al., 2017, table 6.
  test.each([
    [1, 4.2, 569],
    [0.75, 2.6, 325],
    [0.5, 1.3, 149],
    [0.25, 0.5, 41],
  ])('mobilenet_v1 %f', (widthMult, millionParameters, millionMacs) => {
    const { parameters, macs } = summary(mobilenet_v1({ widthMult }), [1, 3, 224, 224]);
    expect(parameters / 1e6).toBeCloseTo(millionParameters, 1);
    expect(Math.abs(macs / 1e6 - millionMacs)).toBeLessThan(1);
  });

  // The authors' table of checkpoints (tensorflow/models, slim/nets/mobilenet).
  test.each([
    [1.4, 582],
    [0.75, 209],
    [0.5, 97],
    [0.35, 59],
  ])('mobilenet_v2 %f', (widthMult, millionMacs) => {
    const { macs } = summary(mobilenet_v2({ widthMult }), [1, 3, 224, 224]);
    expect(Math.abs(macs / 1e6 - millionMacs)).toBeLessThan(1);
  });

  test('are above 0', () => {
    const builders = [mobilenet_v1, mobilenet_v2, mobilenet_v3_large, mobilenet_v3_small];
    for (const builder of builders) {
      expect(() => builder({ widthMult: 0 })).toThrow(ArgumentError);
      expect(() => builder({ widthMult: -1 })).toThrow(/check widthMult/);
    }
  });
});

describe('options', () => {
  test.each([mobilenet_v1, mobilenet_v2, mobilenet_v3_small])(
    "%o: the stem 'cifar' keeps the extent",
    (builder) => {
      const [image, cifar] = (['imagenet', 'cifar'] as const).map((stem) => {
        const { features } = builder({ stem });
        return evalShape(features, [1, 3, 32, 32]);
      });
      expect(cifar!.slice(2)).toEqual(image!.slice(2).map((extent) => 2 * extent));
      expect(() => builder({ stem: 'small' as 'cifar' })).toThrow(
        /expected stem as imagenet or cifar, got small/,
      );
    },
  );

  test('invertedResidualSetting replaces the table of mobilenet_v2', () => {
    const model = mobilenet_v2({ invertedResidualSetting: [[1, 16, 2, 1]], numClasses: 3 });
    expect(model.features.length).toBe(4);
    expect(evalShape(model, [1, 3, 8, 8])).toEqual([1, 3]);
  });

  test('norm replaces batch norm everywhere', () => {
    const made: BatchNorm[] = [];
    mobilenet_v3_small({
      dims: 1,
      norm(dims, channels, options) {
        made.push(new BatchNorm(dims, channels, { ...options, momentum: 0.5 }));
        return made.at(-1)!;
      },
    });
    expect(made).toHaveLength(34);
    expect(made.every(({ dims }) => dims === 1)).toBe(true);
  });

  test('dilated keeps the extent of the last blocks', () => {
    const extents = [false, true].map(
      (dilated) => evalShape(mobilenet_v3_large({ dilated }).features, [1, 3, 64, 64])[2],
    );
    expect(extents).toEqual([2, 4]);
  });

  test('a dropout outside [0, 1] is refused', () => {
    expect(() => mobilenet_v2({ dropout: 2 })).toThrow(ArgumentError);
  });
});
