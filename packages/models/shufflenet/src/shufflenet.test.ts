import { summary } from '@convnet/layers';
import { ArgumentError } from '@convnet/tensor-core';
import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { describe, expect, test } from 'vitest';

import * as shufflenet from './index.ts';

const { shufflenet_v1, shufflenet_v2_x0_5 } = shufflenet;

describeShapes(familyOf(import.meta.dirname, shufflenet));

describe('ShuffleNet v1', () => {
  // Zhang et al., 2018, table 2.
  test.each([
    [1, 143],
    [2, 140],
    [3, 137],
    [4, 133],
    [8, 137],
  ] as const)('with %i groups costs what the paper says', (groups, millionMacs) => {
    const { macs } = summary(shufflenet_v1({ groups }), [1, 3, 224, 224]);
    expect(Math.abs(macs / 1e6 / millionMacs - 1)).toBeLessThan(0.015);
  });

  test('of half width costs what the paper says', () => {
    const { macs } = summary(shufflenet_v1({ widthMult: 0.5 }), [1, 3, 224, 224]);
    expect(Math.abs(macs / 1e6 - 38)).toBeLessThan(0.5);
  });

  test.each([1, 2, 3, 4, 8] as const)(
    'with %i groups takes any width, in channels that the groups divide',
    (groups) => {
      for (const widthMult of [0.1, 0.25, 0.5, 0.7, 2]) {
        const model = shufflenet_v1({ dims: 1, groups, widthMult, numClasses: 4 });
        expect(evalShape(model, [2, 3, 64])).toEqual([2, 4]);
      }
    },
  );

  test('refuses groups that the paper has no widths for', () => {
    expect(() => shufflenet_v1({ groups: 5 as 4 })).toThrow(ArgumentError);
    expect(() => shufflenet_v1({ groups: 5 as 4 })).toThrow(
      'shufflenet_v1: expected groups as 1, 2, 3, 4 or 8, got 5',
    );
  });
});

test("the stem 'cifar' neither strides nor pools", () => {
  for (const model of [shufflenet_v1({ stem: 'cifar' }), shufflenet_v2_x0_5({ stem: 'cifar' })]) {
    expect(evalShape(model.conv1, [1, 3, 32, 32])).toEqual([1, 24, 32, 32]);
    expect(model.maxpool).toBeNull();
    expect(evalShape(model, [1, 3, 32, 32])).toEqual([1, 1000]);
  }
});
