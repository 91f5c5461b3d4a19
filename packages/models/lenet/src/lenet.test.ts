import { summary } from '@convnet/layers';
import { InputTooSmallError, randn, ShapeError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describeShapes, familyOf } from '@convnet/model-testing';
import { describe, expect, test } from 'vitest';

import * as lenets from './index.ts';

const { lenet5, lenet5_relu, lenet_bn } = lenets;
const device = reference();

describeShapes(familyOf(import.meta.dirname, lenets));

describe('sizes as published', () => {
  test('LeNet-5 has 61,706 parameters and ends C5 at one position', () => {
    for (const build of [lenet5, lenet5_relu]) {
      const { parameters, layers } = summary(build(), [1, 1, 28, 28]);
      expect(parameters).toBe(61_706);
      expect(layers[6]?.outputShape).toEqual([1, 120, 1, 1]);
    }
  });

  test('batch-norm LeNet on 3x224x224 has 71,940,187 parameters and 301.27 MB', () => {
    const s = summary(lenet_bn({ inChannels: 3, numClasses: 5, inputSize: 224 }), [1, 3, 224, 224]);
    expect(s.parameters).toBe(71_940_187);
    const text = String(s);
    expect(text).toContain('Input: 0.57 MB');
    expect(text).toContain('Forward/backward: 26.27 MB');
    expect(text).toContain('Parameters: 274.43 MB');
    expect(text).toContain('Total: 301.27 MB');
  });

  test('batch-norm LeNet on 1x224 has a classifier of 2,650 inputs and 1,365,187 parameters', () => {
    const model = lenet_bn({ dims: 1, numClasses: 5, inputSize: 224 });
    expect(model.stateDict().get('classifier.0.weight')?.shape).toEqual([512, 2650]);
    expect(summary(model, [1, 1, 224]).parameters).toBe(1_365_187);
  });
});

describe('forward', () => {
  test('any rank, channel count and extent', () => {
    const signal = lenet5_relu({ dims: 1, inChannels: 12, numClasses: 5, inputSize: 100, device });
    expect(signal.forward(randn([2, 12, 100], { device })).shape).toEqual([2, 5]);
    const image = lenet_bn({ inChannels: 3, inputSize: [20, 33], device });
    expect(image.forward(randn([2, 3, 20, 33], { device })).shape).toEqual([2, 10]);
  });
});

describe('bad input', () => {
  test('an input too small names the layer and the least size', () => {
    const build = (): unknown => lenet5({ inputSize: 20 });
    expect(build).toThrow(InputTooSmallError);
    expect(build).toThrow(
      /^lenet5\.features\.6: conv: input \[1, 16, 3, 3\] is too small: axis 2 needs at least 5, got 3 \(the network needs inputs of at least 28\)$/,
    );
  });

  test('wrong channel count and wrong rank', () => {
    const model = lenet5({ device });
    expect(() => model.forward(randn([1, 3, 28, 28], { device }))).toThrow(
      'lenet5.features.0: expected input [N, 1, H, W], got [1, 3, 28, 28]',
    );
    expect(() => model.forward(randn([1, 1, 28], { device }))).toThrow(ShapeError);
  });

  test('an input of another size than the classifier was built for', () => {
    expect(() => lenet5({ device }).forward(randn([1, 1, 36, 36], { device }))).toThrow(
      'lenet5.classifier.0: linear: expected input [..., 120] for weight [84, 120], got [1, 1080]',
    );
  });
});
