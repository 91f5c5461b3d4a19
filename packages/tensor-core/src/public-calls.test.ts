import {
  alsoTakes,
  describePublicCalls,
  named,
  type Arguments,
  type Samples,
} from '@convnet/testing';
import { describe } from 'vitest';

import * as core from './index.ts';
import { Generator, meta, zeros, type Tensor } from './index.ts';

const t = (...shape: number[]): Tensor => zeros(shape, { device: meta });
const int = (...shape: number[]): Tensor => zeros(shape, { device: meta, dtype: 'int32' });
const bool = (...shape: number[]): Tensor => zeros(shape, { device: meta, dtype: 'bool' });
const image = (): Tensor => t(1, 2, 4, 4);

/** A tensor that may be absent. */
const maybe = (...shape: number[]): unknown => alsoTakes(t(...shape), 'null');
/** A tensor or a number. */
const like = (...shape: number[]): unknown => alsoTakes(t(...shape), 'number', 'NaN');
/** A number for all axes, or a list. */
const each = (value: number): unknown => alsoTakes(value, 'list');
const axes = (): unknown => named('ax', alsoTakes(0, 'list'));
const axis = (value = 0): unknown => named('an axis', value);
const generator = (): Generator => new Generator(0);
const body = () => undefined;

const samplesOf = (names: string, make: Arguments): Samples =>
  Object.fromEntries(names.split(' ').map((name) => [name, make]));

const keepDim = { keepDim: true };
const reduction = { reduction: 'mean' };
const weights = () => ({ weight: maybe(2), bias: maybe(2), epsilon: 0.1 });
const pooling = () => ({ stride: each(1), padding: each(0), ceilMode: true });
const geometry = () => ({ stride: each(1), dilation: each(1), groups: 1 });
const state = () => ({
  weight: maybe(2),
  bias: maybe(2),
  runningMean: maybe(2),
  runningVar: maybe(2),
  batchesTracked: alsoTakes(int(), 'null'),
});
const dropping = () => ({ training: true, generator: generator() });
const made = () => ({ device: meta, dtype: 'float32', requiresGrad: false });

class Two {
  readonly dtype = 'float32';
  value(): number {
    return 2;
  }
}

const samples: Samples = {
  ...samplesOf(
    'relu relu6 selu silu mish hardswish hardsigmoid sigmoid tanh logSigmoid softsign tanhshrink neg abs square ' +
      'reciprocal exp expm1 log log1p sqrt rsqrt sin cos erf sign floor ceil round isNaN isFinite logicalNot clone',
    () => [t(2, 3)],
  ),
  ...samplesOf(
    'add sub mul pow maximum minimum remainder div logicalAnd logicalOr logicalXor eq ne lt le gt ge',
    () => [t(2, 3), like(2, 3)],
  ),
  ...samplesOf('sum mean max min prod logSumExp all any', () => [t(2, 3), axes(), keepDim]),
  ...samplesOf('argmax argmin', () => [t(2, 3), axes(), keepDim]),
  ...samplesOf('variance std', () => [t(2, 3), axes(), { correction: 1, keepDim: true }]),
  norm: () => [t(2, 3), axes(), { p: 2, keepDim: true }],
  ...samplesOf('sort argsort', () => [t(2, 3), axis(), { descending: true }]),
  topk: () => [t(2, 3), 1, axis(1), { largest: true }],
  hardtanh: () => [t(2, 3), -1, 1],
  leakyRelu: () => [t(2, 3), 0.1],
  elu: () => [t(2, 3), 1],
  celu: () => [t(2, 3), 0.5],
  rrelu: () => [t(2, 3), 0.1, 0.3, dropping()],
  gelu: () => [t(2, 3), 'tanh'],
  softplus: () => [t(2, 3), 1, 20],
  prelu: () => [t(2, 3), t(1)],
  where: () => [bool(2, 3), t(2, 3), like(2, 3)],
  clamp: () => [t(2, 3), 0, 1],
  squash: () => [t(2, 3), axis()],
  mseLoss: () => [t(2, 3), t(2, 3), reduction],
  l1Loss: () => [t(2, 3), t(2, 3), reduction],
  huberLoss: () => [t(2, 3), t(2, 3), { delta: 1, ...reduction }],
  smoothL1Loss: () => [t(2, 3), t(2, 3), { beta: 1, ...reduction }],
  klDiv: () => [t(2, 3), t(2, 3), { logTarget: true, ...reduction }],
  binaryCrossEntropy: () => [t(2, 3), t(2, 3), { weight: t(3), ...reduction }],
  binaryCrossEntropyWithLogits: () => [
    t(2, 3),
    t(2, 3),
    { weight: t(3), posWeight: t(3), ...reduction },
  ],
  sigmoidFocalLoss: () => [t(2, 3), t(2, 3), { alpha: 0.5, gamma: 2, ...reduction }],
  nllLoss: () => [t(2, 3), int(2), { weight: maybe(3), ignoreIndex: -1, ...reduction }],
  marginLoss: () => [
    t(2, 3),
    int(2),
    { upperMargin: 0.9, lowerMargin: 0.1, absentWeight: 0.5, ...reduction },
  ],
  crossEntropy: () => [
    t(2, 3),
    int(2),
    { weight: maybe(3), ignoreIndex: -1, labelSmoothing: 0.1, ...reduction },
  ],
  batchNorm: () => [
    image(),
    state(),
    {
      training: false,
      momentum: alsoTakes(0.1, 'null'),
      epsilon: 0.1,
      activation: alsoTakes({ name: 'hardtanh', scalars: [-1, 1] }, 'null'),
    },
  ],
  instanceNorm: () => [image(), state(), { useInputStats: true, momentum: 0.1, epsilon: 0.1 }],
  groupNorm: () => [image(), 1, weights()],
  layerNorm: () => [t(3, 2), each(2), weights()],
  rmsNorm: () => [t(3, 2), each(2), { weight: maybe(2), epsilon: 0.1 }],
  localResponseNorm: () => [image(), 2, { alpha: 1, beta: 1, k: 1 }],
  conv: () => [
    image(),
    t(3, 2, 2, 2),
    maybe(3),
    { ...geometry(), padding: alsoTakes(0, 'list'), paddingMode: 'zeros' },
  ],
  convTranspose: () => [
    image(),
    t(2, 3, 2, 2),
    maybe(3),
    { ...geometry(), padding: each(0), outputPadding: each(0) },
  ],
  ...samplesOf('maxPool maxPoolWithIndices', () => [
    image(),
    each(2),
    { ...pooling(), dilation: each(1) },
  ]),
  avgPool: () => [
    image(),
    each(2),
    { ...pooling(), countIncludePad: true, divisorOverride: alsoTakes(2, 'null') },
  ],
  lpPool: () => [image(), 2, each(2), { stride: each(1), ceilMode: true }],
  maxUnpool: () => [
    image(),
    int(1, 2, 4, 4),
    each(2),
    { stride: each(2), padding: each(0), outputSize: each(8) },
  ],
  ...samplesOf('adaptiveAvgPool adaptiveMaxPool adaptiveMaxPoolWithIndices', () => [
    image(),
    each(1),
  ]),
  ...samplesOf('fractionalMaxPool fractionalMaxPoolWithIndices', () => [
    image(),
    each(2),
    {
      outputSize: each(3),
      outputRatio: undefined,
      randomSamples: t(1, 2, 2),
      generator: generator(),
    },
  ]),
  ...samplesOf('globalAvgPool globalMaxPool', () => [image()]),
  roiAlign: () => [
    image(),
    t(3, 5),
    each(2),
    { spatialScale: 0.5, samplingRatio: 2, aligned: true },
  ],
  nms: () => [t(3, 4), t(3), { iouThreshold: 0.5, labels: int(3) }],
  interpolate: () => [
    image(),
    {
      size: each(8),
      mode: 'bilinear',
      alignCorners: true,
      recomputeScaleFactor: true,
      scaleFactor: undefined,
    },
  ],
  gridSample: () => [
    image(),
    t(1, 3, 3, 2),
    { mode: 'bilinear', paddingMode: 'zeros', alignCorners: true },
  ],
  pad: () => [
    image(),
    [
      [1, 1],
      [1, 1],
    ],
    alsoTakes(0, 'NaN', 'string'),
  ],
  ...samplesOf('dropout dropoutChannels', () => [image(), named('probability', 0.5), dropping()]),
  alphaDropout: () => [t(2, 3), named('p', 0.5), dropping()],
  featureAlphaDropout: () => [image(), named('p', 0.5), dropping()],
  stochasticDepth: () => [image(), named('probability', 0.5), 'row', dropping()],
  ...samplesOf('cumsum softmax logSoftmax unsqueeze squeeze', () => [t(1, 3), axis()]),
  ...samplesOf('gather indexSelect', () => [t(2, 3), axis(), int(2, 3)]),
  indexSelect: () => [t(2, 3), axis(), int(2)],
  scatter: () => [t(2, 3), axis(), int(2, 3), like(2, 3)],
  scatterAdd: () => [t(2, 3), axis(), int(2, 3), t(2, 3)],
  oneHot: () => [int(2), 3, 'int32'],
  ...samplesOf('expand', () => [t(2, 3), [2, 3]]),
  reshape: () => [t(2, 3), [6]],
  flatten: () => [t(2, 3), axis(), axis()],
  cast: () => [t(2, 3), 'int32'],
  matmul: () => [t(2, 3), t(3, 2)],
  linear: () => [t(2, 3), t(4, 3), maybe(4)],
  permute: () => [t(2, 3), [1, 0]],
  transpose: () => [t(2, 3), axis(), axis(1)],
  slice: () => [t(2, 3), axis(), 0, 1, 1],
  select: () => [t(2, 3), axis(), 0],
  flip: () => [t(2, 3), axes()],
  ...samplesOf('concat stack', () => [named('tensor', [t(2, 3)]), axis()]),
  split: () => [t(2, 3), each(1), axis()],
  ...samplesOf('repeat tile', () => [t(2, 3), [1, 2]]),
  roll: () => [t(2, 3), each(1), alsoTakes(0, 'list')],
  channelShuffle: () => [image(), 2],
  pixelShuffle: () => [t(1, 4, 2, 2), each(2)],
  pixelUnshuffle: () => [image(), each(2)],
  assign: () => [t(2, 3), t(2, 3)],
  blend: () => [t(2, 3), t(2, 3), alsoTakes(0.5, 'NaN'), alsoTakes(0.5, 'NaN')],
  scale: () => [t(2, 3), new Two()],
  ...samplesOf('zeros ones', () => [[2, 3], made()]),
  ...samplesOf('rand randn', () => [[2, 3], { ...made(), generator: generator() }]),
  full: () => [[2, 3], alsoTakes(1, 'NaN'), made()],
  arange: () => [0, 3, 1, { ...made(), dtype: 'int32' }],
  tensor: () => [named('numbers', [1]), named('shape', [1]), named('options', made())],
  ...samplesOf('gradEnabled currentGenerator openScope', () => []),
  ...samplesOf('noGrad enableGrad inferShapes scope', () => [named('a function', body)]),
  checkpoint: () => [named('a function', (x: Tensor) => x), t(2)],
  trace: () => [() => undefined, named('a function', body)],
  capture: () => [named('a function', body), { limit: 8, otherwise: 'throw', fuse: true }],
  onLeak: () => [alsoTakes(() => undefined, 'null')],
  ...samplesOf('keep adopt', () => [
    alsoTakes(
      t(2),
      'null',
      'boolean',
      'number',
      'NaN',
      'string',
      'any string',
      'list',
      'function',
      'object',
    ),
  ]),
  discard: () => [t(2)],
  manualSeed: () => [0],
  float16Bits: () => [alsoTakes(1, 'NaN')],
  float16Value: () => [1],
  ...samplesOf('toFloat16 fromFloat16', () => [named('expected', [1, 2])]),
  Generator: {
    make: () => [0, 0],
    methods: {
      advance: () => [1],
      uniform: () => [1],
      permutation: () => [1],
      loadStateDict: () => [named('state', new core.Generator(0).stateDict())],
    },
  },
  Tensor: {
    instance: () => zeros([], { device: meta, requiresGrad: true }),
    methods: {
      backward: () => [named('gradient', t())],
      grad: () => [maybe()],
      requiresGrad: () => [true],
      describe: () => [alsoTakes(meta)],
    },
  },
  Device: { instance: () => meta, methods: {} },
};

describe('public calls of tensor-core', () => {
  describePublicCalls({
    exports: core,
    samples,
    errorClass: core.ConvnetError,
    folder: import.meta.dirname,
  });
});
