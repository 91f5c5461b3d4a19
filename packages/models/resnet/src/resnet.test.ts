import { Sequential, summary, type Conv } from '@convnet/layers';
import { describeShapes, evalShape, familyOf } from '@convnet/model-testing';
import { ArgumentError, randn, relu, ShapeError, Tensor, zeros } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import * as resnet from './index.ts';

const { resnet18, resnet20, resnet50, resnext50_32x4d } = resnet;
const device = reference();

describeShapes(familyOf(import.meta.dirname, resnet));

describe('options', () => {
  test('shortcut B adds the projections of the paper: 272,474 parameters in 20 layers', () => {
    expect(summary(resnet20({ shortcut: 'B' }), [1, 3, 32, 32]).parameters).toBe(272_474);
  });

  test('version 1 has the stride of a bottleneck in its first convolution', () => {
    const strides = (version: 1 | 1.5 | 2): unknown[] =>
      ['conv1', 'conv2'].map((name) => {
        const conv = resnet50({ version }).getModule(`layer2.0.${name}`) as Conv;
        return conv.options.stride;
      });
    expect(strides(1)).toEqual([2, 1]);
    expect(strides(1.5)).toEqual([1, 2]);
    expect(strides(2)).toEqual([1, 2]);
  });

  test('a dilated stage keeps the extent', () => {
    const extents = (options: resnet.ResNetOptions): number => {
      const model = resnet50({ ...options });
      return summary(model, [1, 3, 64, 64]).layers.findLast(({ path }) =>
        path.startsWith('layer4'),
      )!.outputShape[2]!;
    };
    expect(extents({})).toBe(2);
    expect(extents({ replaceStrideWithDilation: [false, true, true] })).toBe(8);
  });

  test('width scales every stage', () => {
    const narrow = resnet18({ width: 16 });
    expect(narrow.stateDict().get('layer4.1.conv2.weight')?.shape).toEqual([128, 128, 3, 3]);
    expect(narrow.fc.inFeatures).toBe(128);
  });

  test.each([1, 1.5, 2] as const)(
    'zeroInitResidual makes each block of version %f begin as the identity',
    async (version) => {
      const model = resnet18({ dims: 1, width: 4, version, zeroInitResidual: true, device });
      const block = [...model.layer1][1]!;
      const x = randn([2, 4, 8], { device });
      const expected = version === 2 ? x : relu(x);
      expect(await block.forward(x).data()).toEqual(await expected.data());
    },
  );

  test('first values of convolutions have deviation √(2 / fan-out)', async () => {
    const model = resnet18({ dims: 1, width: 16, device });
    const values = await model.stateDict().get('layer4.1.conv1.weight')!.data();
    const square =
      Array.from<number>(values).reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.sqrt(square) / Math.sqrt(2 / (128 * 3))).toBeCloseTo(1, 2);
  });

  test('another norm takes the place of batch norm everywhere', () => {
    const model = resnet18({ norm: () => new Sequential([]) });
    expect([...model.namedBuffers()]).toEqual([]);
    expect(evalShape(model, [1, 3, 64, 64])).toEqual([1, 1000]);
  });
});

describe('bad input', () => {
  test('what a basic block cannot do', () => {
    expect(() => resnet18({ groups: 32 })).toThrow(ArgumentError);
    expect(() => resnet18({ replaceStrideWithDilation: [false, false, true] })).toThrow(
      /^BasicBlock: expected groups 1, widthPerGroup 64 and no dilation, got groups 1, .* dilation 2/,
    );
  });

  test('groups without a channel', () => {
    expect(() => resnext50_32x4d({ width: 8 })).toThrow(
      'Bottleneck: expected at least 1 channel in each of 32 groups, got 0.5 (8 planes, widthPerGroup 4)',
    );
  });

  test('a version or shortcut that there is not', () => {
    expect(() => resnet18({ version: 3 as 2 })).toThrow(
      'resnet18: expected version as 1, 1.5 or 2, got 3',
    );
    expect(() => resnet18({ shortcut: 'C' as 'B' })).toThrow(
      'resnet18: expected shortcut as A or B, got C',
    );
  });

  test('a dilation for another number of stages', () => {
    expect(() => resnet50({ replaceStrideWithDilation: [true] })).toThrow(
      'resnet50: expected replaceStrideWithDilation with 3 entries, one for each stage but the first, got 1',
    );
  });

  test('an image in a model of signals names the layer', () => {
    const model = resnet18({ dims: 1 });
    expect(() => evalShape(model, [1, 3, 224, 224])).toThrow(
      'resnet18.conv1: expected input [N, 3, L], got [1, 3, 224, 224] (this model was built with dims: 1)',
    );
    expect(() => model.getModule('layer1.0').forward(zeros([1, 3, 224], { device }))).toThrow(
      ShapeError,
    );
  });
});

test('prints as PyTorch prints it', () => {
  const [first] = String(resnet18().getModule('layer2.0')).split('\n');
  expect(first).toBe('BasicBlock(');
  expect(String(resnet18().getModule('layer2.0'))).toMatchInlineSnapshot(`
    "BasicBlock(
      (conv1): Conv2d(64, 128, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
      (bn1): BatchNorm2d(128, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
      (relu): ReLU()
      (conv2): Conv2d(128, 128, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
      (bn2): BatchNorm2d(128, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
      (downsample): Sequential(
        (0): Conv2d(64, 128, kernel_size=(1, 1), stride=(2, 2), bias=False)
        (1): BatchNorm2d(128, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
      )
    )"
  `);
});

test('gives all memory back', () => {
  const before = device.liveBuffers;
  const model = resnet20({ dims: 1, width: 4, device });
  const x = randn([2, 3, 16], { device });
  const y = model.forward(x);
  expect(y).toBeInstanceOf(Tensor);
  y.dispose();
  x.dispose();
  model.dispose();
  expect(device.liveBuffers).toBe(before);
});
