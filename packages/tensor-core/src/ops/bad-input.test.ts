import { expect, test } from 'vitest';

import {
  adaptiveAvgPool,
  add,
  ArgumentError,
  avgPool,
  batchNorm,
  type BatchNormOptions,
  type BatchNormState,
  clamp,
  concat,
  conv,
  convTranspose,
  crossEntropy,
  DeviceError,
  DTypeError,
  Generator,
  groupNorm,
  IndexRangeError,
  InputTooSmallError,
  interpolate,
  LabelRangeError,
  leakyRelu,
  linear,
  localResponseNorm,
  lpPool,
  marginLoss,
  matmul,
  maxPool,
  nllLoss,
  oneHot,
  pad,
  ShapeError,
  sigmoidFocalLoss,
  slice,
  softmax,
  stack,
  tensor,
  topk,
  where,
  zeros,
  type ConvnetError,
  type Tensor,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();
const other = reference();
const z = (...shape: number[]): Tensor => zeros(shape, { device });
const integers = (...shape: number[]): Tensor => zeros(shape, { device, dtype: 'int32' });
const labels = (...values: number[]): Tensor =>
  tensor(values, [values.length], { device, dtype: 'int32' });
const image = z(2, 4, 5, 5);
const weight = z(6, 4, 3, 3);

type ErrorClass = new (...args: never[]) => ConvnetError;

test.each<[string, ErrorClass, string, () => unknown]>([
  [
    'a kernel larger than the padded input',
    InputTooSmallError,
    'conv: input [2, 4, 5, 5] is too small: axis 2 needs at least 7, got 5',
    () => conv(image, z(1, 4, 9, 9), null, { padding: 1 }),
  ],
  [
    'a window larger than the input',
    InputTooSmallError,
    'maxPool: input [2, 4, 5, 5] is too small: axis 2 needs at least 7, got 5',
    () => maxPool(image, 7),
  ],
  [
    'groups that do not divide the output channels',
    ArgumentError,
    'conv: 5 output channels do not divide into 2 groups',
    () => conv(image, z(5, 2, 3, 3), null, { groups: 2 }),
  ],
  [
    'groups that do not divide the input channels',
    ArgumentError,
    'convTranspose: 4 input channels do not divide into 3 groups',
    () => convTranspose(image, z(4, 2, 3, 3), null, { groups: 3 }),
  ],
  [
    'groups that do not divide normalised channels',
    ArgumentError,
    'groupNorm: 4 channels do not divide into 3 groups',
    () => groupNorm(image, 3),
  ],
  ['another rank', ShapeError, '(this weight has dims: 2)', () => conv(z(2, 4, 5), weight)],
  [
    'other channels',
    ShapeError,
    'conv: expected input [N, 4, H, W], got [2, 3, 5, 5]',
    () => conv(z(2, 3, 5, 5), weight),
  ],
  [
    'shapes that do not broadcast',
    ShapeError,
    'do not broadcast together',
    () => add(z(2, 3), z(4)),
  ],
  ['inner extents that differ', ShapeError, 'matmul: inner', () => matmul(z(2, 3), z(4, 5))],
  ['features that differ', ShapeError, 'linear: expected', () => linear(z(2, 3), z(4, 5))],
  [
    'tensors that do not stack',
    ShapeError,
    'stack: expected tensors of one shape, got [2] float32 on reference and [3] float32',
    () => stack([z(2), z(3)]),
  ],
  ['nothing to join', ShapeError, 'concat: expected at least one tensor', () => concat([])],
  [
    'integers where fractions are computed',
    DTypeError,
    'conv: expected a floating tensor, got [2, 4, 5, 5] int32 on reference',
    () => conv(integers(2, 4, 5, 5), weight),
  ],
  [
    'a weight of another type',
    DTypeError,
    "conv: expected a weight of the input's type float32, got [6, 4, 3, 3] int32 on reference",
    () => conv(image, integers(6, 4, 3, 3)),
  ],
  ['a softmax of integers', DTypeError, 'softmax: expected', () => softmax(integers(3), 0)],
  ['a condition that is none', DTypeError, 'where: expected', () => where(z(2), z(2), 0)],
  [
    'two devices',
    DeviceError,
    'conv: expected all tensors on one device, got [2, 4, 5, 5] float32 on reference#1 and ' +
      '[6, 4, 3, 3] float32 on reference#2',
    () => conv(image, zeros([6, 4, 3, 3], { device: other })),
  ],
  ...[NaN, Infinity, 0, 1.5].map((stride): [string, ErrorClass, string, () => unknown] => [
    `stride ${stride}`,
    ArgumentError,
    `conv: expected stride as an integer ≥ 1, or a list of them, got ${stride}`,
    () => conv(image, weight, null, { stride }),
  ]),
  ...[{ stride: 2 ** 31 }, { dilation: 2 ** 31 }].map(
    (options): [string, ErrorClass, string, () => unknown] => [
      `${Object.keys(options).join()} beyond what devices count with`,
      ArgumentError,
      `conv: expected ${Object.keys(options).join()} of at most 2147483647, got [2147483648, 2147483648]`,
      () => conv(image, weight, null, options),
    ],
  ),
  [
    'padding beyond what devices count with',
    ArgumentError,
    'conv: expected padded extents of at most 2147483647, got [2147483653, 2147483653]',
    () => conv(image, weight, null, { padding: 2 ** 30, stride: 2 ** 30 }),
  ],
  [
    'a dilation of windows beyond what devices count with',
    ArgumentError,
    'maxPool: expected dilation of at most 2147483647',
    () => maxPool(image, 1, { dilation: 2 ** 32 }),
  ],
  ['padding NaN', ArgumentError, 'got NaN', () => conv(image, weight, null, { padding: NaN })],
  ['an output of NaN', ArgumentError, 'got NaN', () => adaptiveAvgPool(image, NaN)],
  ['a stride of NaN', ArgumentError, 'got NaN', () => avgPool(image, 2, { stride: NaN })],
  ['a norm of NaN', ArgumentError, 'lpPool: expected', () => lpPool(image, NaN, 2)],
  ['an amount of NaN', ArgumentError, 'got [[NaN, 1]]', () => pad(z(5), [[NaN, 1]])],
  ['a start of NaN', ArgumentError, 'slice: expected', () => slice(z(5), 0, NaN)],
  ['a scale of NaN', ArgumentError, 'got NaN', () => interpolate(image, { scaleFactor: NaN })],
  ['a bound of NaN', ArgumentError, 'clamp: expected', () => clamp(z(5), NaN, 1)],
  ['a slope of NaN', ArgumentError, 'leakyRelu: expected', () => leakyRelu(z(5), NaN)],
  ['an alpha of NaN', ArgumentError, 'Norm: ', () => localResponseNorm(image, 3, { alpha: NaN })],
  ['a gamma of NaN', ArgumentError, 'Loss: ', () => sigmoidFocalLoss(z(2), z(2), { gamma: NaN })],
  ['an infinite epsilon', ArgumentError, 'batchNorm: ', () => normWith({ epsilon: Infinity })],
  ['a momentum of NaN', ArgumentError, 'batchNorm: ', () => normWith({ momentum: NaN })],
  [
    'bounds the wrong way round',
    ArgumentError,
    'expected bounds with low < high, got 6 and 0',
    () => normWith({ activation: { name: 'hardtanh', scalars: [6, 0] } }),
  ],
  [
    'a count of batches in floats',
    DTypeError,
    'batchNorm: expected batchesTracked as an int32 scalar, got [] float32',
    () => normWith({}, { batchesTracked: z() }),
  ],
  [
    'running statistics on another device',
    DeviceError,
    'batchNorm: expected all tensors on one device',
    () => normWith({}, { runningMean: zeros([4], { device: other }) }),
  ],
  ['a count of NaN', ArgumentError, 'topk: expected k', () => topk(z(3), NaN)],
  ['a seed of NaN', ArgumentError, 'Generator: ', () => new Generator(NaN)],
  ['a label', LabelRangeError, 'crossEntropy: target 3', () => crossEntropy(z(2, 3), labels(0, 3))],
  ['a label', IndexRangeError, 'nllLoss: index 5', () => nllLoss(z(2, 3), labels(0, 5))],
  ['a label', IndexRangeError, 'marginLoss: index 5', () => marginLoss(z(2, 3), labels(0, 5))],
  ['a label', IndexRangeError, 'oneHot: index -1', () => oneHot(labels(0, -1), 3)],
])('%s is refused with %o', (_, errorClass, message, run) => {
  expect(run).toThrow(errorClass);
  expect(run).toThrow(message);
});

function normWith(options: Partial<BatchNormOptions>, kept: Partial<BatchNormState> = {}): Tensor {
  const state = { weight: null, bias: null, runningMean: z(4), runningVar: z(4), ...kept };
  return batchNorm(image, state, { training: true, ...options });
}
