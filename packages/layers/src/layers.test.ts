import { ArgumentError, ones, randn, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import {
  BatchNorm2d,
  BCEWithLogitsLoss,
  Conv1d,
  Conv2d,
  CrossEntropyLoss,
  Dropout1d,
  GroupNorm,
  InstanceNorm1d,
  InstanceNorm2d,
  LayerNorm,
  Linear,
  MaxPoolWithIndices,
  MaxUnpool2d,
  PReLU,
  ReflectionPad1d,
  Upsample,
  type AnyModule,
} from './index.ts';

const device = reference();
const labels = (values: number[]): Tensor =>
  tensor(values, [values.length], { device, dtype: 'int32' });

test.each<[AnyModule, string[]]>([
  [new GroupNorm(2, 4), ['weight', 'bias']],
  [new GroupNorm(2, 4, { affine: false }), []],
  [new LayerNorm(4), ['weight', 'bias']],
  [new InstanceNorm2d(4), []],
  [
    new InstanceNorm2d(4, { affine: true, trackRunningStats: true }),
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'],
  ],
  [new PReLU(), ['weight']],
  [new CrossEntropyLoss(), []],
  [new CrossEntropyLoss({ weight: [1, 2] }), ['weight']],
  [new BCEWithLogitsLoss({ posWeight: [1, 2] }), ['pos_weight']],
])('%s has the state of its namesake in PyTorch', (layer, keys) => {
  expect([...layer.stateDict().keys()]).toEqual(keys);
});

test('instance norm takes its own statistics unless it keeps some for evaluation', async () => {
  const x = tensor([1, 3], [1, 1, 2], { device });
  const plain = new InstanceNorm1d(1, { device }).eval();
  expect((await plain.forward(x).data())[1]).toBeCloseTo(1, 4);
  const tracked = new InstanceNorm1d(1, { device, trackRunningStats: true, momentum: 0.5 });
  tracked.forward(x);
  expect(await tracked.running_mean!.item()).toBeCloseTo(1, 6);
  expect(await tracked.running_var!.item()).toBeCloseTo(0.5 + 0.5 * 2, 6);
  const y = await tracked.eval().forward(x).data();
  expect(y[1]).toBeCloseTo(2 / Math.sqrt(1.5), 4);
});

test('max pooling and unpooling of an odd image', async () => {
  const x = randn([2, 3, 7, 5], { device });
  const [values, indices] = new MaxPoolWithIndices(2, 2).forward(x);
  const y = new MaxUnpool2d(2).forward(values, indices, [7, 5]);
  expect(y.shape).toEqual([2, 3, 7, 5]);
  const [back] = new MaxPoolWithIndices(2, 2).forward(y);
  const [kept, found] = [await values.data(), await back.data()];
  found.forEach((value, i) => expect(value).toBe(Math.max(kept[i]!, 0)));
});

test('class weights move to a device with their loss', async () => {
  const loss = await new CrossEntropyLoss({ weight: [1, 3], reduction: 'sum' }).to(device);
  const logits = tensor([0, 0, 0, 0], [2, 2], { device });
  expect(await loss.forward(logits, labels([0, 1])).item()).toBeCloseTo(4 * Math.LN2, 6);
});

test('dropout of channels zeroes whole ones, in training only', async () => {
  const layer = new Dropout1d(0.5);
  const y = await layer.forward(ones([4, 8, 3], { device })).data();
  const channels = Array.from({ length: 32 }, (_, c) => [...y.subarray(3 * c, 3 * c + 3)]);
  expect(channels.every((c) => c.every((v) => v === c[0] && (v === 0 || v === 2)))).toBe(true);
  expect(new Set(y)).toEqual(new Set([0, 2]));
  expect([
    ...new Set(
      await layer
        .eval()
        .forward(ones([1, 2, 3], { device }))
        .data(),
    ),
  ]).toEqual([1]);
});

test('a convolution pads with what it is told', async () => {
  const layer = new Conv1d(1, 1, 3, { device, padding: 1, paddingMode: 'circular' });
  layer.weight.replaceWith(ones([1, 1, 3], { device }));
  layer.bias!.replaceWith(tensor([0], { device }));
  const y = await layer.forward(tensor([1, 2, 3, 4], [1, 1, 4], { device })).data();
  expect([...y]).toEqual([7, 6, 9, 8]);
});

test('options without meaning are refused when the layer is made', () => {
  expect(() => new GroupNorm(4, 6)).toThrow('6 channels do not divide into 4 groups');
  expect(() => new Upsample({})).toThrow(ArgumentError);
  expect(() => new ReflectionPad1d([])).toThrow(ArgumentError);
  expect(() => new LayerNorm([3, 0])).toThrow(ArgumentError);
  expect(() => new Dropout1d(1.5)).toThrow(ArgumentError);
  expect(() => new Linear(0, 3)).toThrow('Linear: expected inFeatures as an integer ≥ 1, got 0');
  expect(() => new Conv2d(3, 4, [3, NaN])).toThrow(
    'Conv2d: expected kernelSize as an integer ≥ 1, or one for each of 2 spatial axes, got [3, NaN]',
  );
  expect(() => new BatchNorm2d(4, { momentum: NaN })).toThrow(
    'BatchNorm2d: expected momentum as a number from 0 to 1',
  );
  expect(() => new LayerNorm(4, { epsilon: Infinity })).toThrow(
    'LayerNorm: expected epsilon as a finite number ≥ 0, got Infinity',
  );
});
