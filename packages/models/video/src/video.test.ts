import { summary, type Conv } from '@convnet/layers';
import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { ArgumentError, randn, ShapeError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import * as video from './index.ts';

const { mc3_18, r2plus1d_18, r3d_18 } = video;

describeShapes(familyOf(import.meta.dirname, video));

describe('options', () => {
  test('width scales every stage', () => {
    const narrow = r2plus1d_18({ width: 16 });
    expect(narrow.fc.inFeatures).toBe(128);
    expect(narrow.stateDict().get('layer4.1.conv2.0.3.weight')?.shape.slice(0, 1)).toEqual([128]);
  });

  test.each([
    [r3d_18, [2, 2, 2]],
    [mc3_18, [1, 2, 2]],
    [r2plus1d_18, [2, 2, 2]],
  ] as const)('%o halves time where its convolutions reach over time', (build, stride) => {
    const shortcut = build().getModule('layer2.0.downsample.0') as Conv;
    expect(shortcut.options.stride).toEqual(stride);
  });

  test('channels between the parts of a convolution are counted once for a block, as in torchvision', () => {
    const state = r2plus1d_18().stateDict();
    const between = (key: string): number => state.get(key)!.shape[0]!;
    expect(between('stem.0.weight')).toBe(45);
    expect(between('layer2.0.conv1.0.0.weight')).toBe(230);
    // The authors' code counts 288 here, from 128 channels to 128.
    expect(between('layer2.0.conv2.0.0.weight')).toBe(230);
    expect(between('layer2.1.conv1.0.0.weight')).toBe(288);
  });
});

describe('clips', () => {
  test('of any length and sides run', () => {
    for (const shape of [
      [1, 3, 1, 1, 1],
      [2, 3, 5, 17, 40],
      [1, 3, 32, 112, 112],
    ]) {
      expect(evalShape(r3d_18({ numClasses: 7 }), shape)).toEqual([shape[0], 7]);
    }
  });

  test('one frame is no clip', () => {
    expect(() => evalShape(mc3_18(), [1, 3, 112, 112])).toThrow(ShapeError);
    expect(() => evalShape(mc3_18(), [1, 3, 112, 112])).toThrow(
      'mc3_18.stem.0: expected input [N, 3, D, H, W], got [1, 3, 112, 112] (this model was built with dims: 3)',
    );
  });

  test('there is no other rank', () => {
    expect(() => r3d_18({ dims: 2 as 3 })).toThrow(ArgumentError);
  });
});

test('a step takes no memory that it does not give back', () => {
  const device = reference();
  const before = device.liveBuffers;
  const model = mc3_18({ width: 1, numClasses: 2, device });
  const x = randn([1, 3, 2, 8, 8], { device });
  const y = model.forward(x);
  y.dispose();
  x.dispose();
  model.dispose();
  expect(device.liveBuffers).toBe(before);
});

test('prints as PyTorch prints it', () => {
  expect(String(r2plus1d_18().getModule('layer2.0.conv1'))).toMatchInlineSnapshot(`
    "Sequential(
      (0): Sequential(
        (0): Conv3d(64, 230, kernel_size=(1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1), bias=False)
        (1): BatchNorm3d(230, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
        (2): ReLU()
        (3): Conv3d(230, 128, kernel_size=(3, 1, 1), stride=(2, 1, 1), padding=(1, 0, 0), bias=False)
      )
      (1): BatchNorm3d(128, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
      (2): ReLU()
    )"
  `);
  expect(summary(r3d_18(), [1, 3, 16, 112, 112]).parameters).toBe(33_371_472);
});
