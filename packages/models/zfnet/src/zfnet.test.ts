import { summary } from '@convnet/layers';
import { describeShapes, familyOf } from '@convnet/model-testing';
import { expect, test } from 'vitest';

import * as zfnets from './index.ts';

const { zfnet, zfnet_bn } = zfnets;

describeShapes(familyOf(import.meta.dirname, zfnets));

test('extents are those of figure 3 of the paper', () => {
  const extents = summary(zfnet(), [1, 3, 224, 224])
    .layers.filter(({ type }) => /^Conv|^MaxPool/.test(type))
    .map(({ outputShape }) => outputShape[2]);
  expect(extents).toEqual([110, 55, 26, 13, 13, 13, 13, 6]);
});

test('normalises responses, or batches', () => {
  expect(String(zfnet()).match(/LocalResponseNorm/g)).toHaveLength(2);
  expect(String(zfnet_bn()).match(/LocalResponseNorm/g)).toBeNull();
  expect(String(zfnet_bn()).match(/BatchNorm2d/g)).toHaveLength(5);
});

test('the classifier follows from the input size', () => {
  const weight = zfnet({ dims: 1, inputSize: 1000, hidden: 10 })
    .stateDict()
    .get('classifier.0.weight');
  expect(weight?.shape).toEqual([10, 256 * 30]);
});
