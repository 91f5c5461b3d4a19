import {
  ConvnetError,
  Generator,
  meta,
  zeros,
  type Tensor,
  type Device,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import {
  alsoTakes,
  describePublicCalls,
  named,
  type Arguments,
  type Samples,
} from '@convnet/testing';
import { describe } from 'vitest';

import * as layers from './index.ts';
import { Conv2d, ReLU, Sequential, constant, type Layer } from './index.ts';

const t = (...shape: number[]): Tensor => zeros(shape, { device: meta });
const int = (...shape: number[]): Tensor => zeros(shape, { device: meta, dtype: 'int32' });

/** One number for all axes, or a list. */
const each = (value: number): unknown => alsoTakes(value, 'list');
const weights = { device: meta };
const generator = (): Generator => new Generator(0);
const device = reference();
const networkOn = (on: Device): Sequential =>
  new Sequential([new Conv2d(2, 3, 1, { device: on }), new ReLU()]);
const network = (): Sequential => new Sequential([new Conv2d(2, 3, 1), new ReLU()]);
const inputShape = (): unknown => named('the shape of an input', [1, 2, 4, 4]);
const activation = (): Layer => new ReLU();
const norm = (): Layer => new ReLU();

/** A layer and what its forward takes. */
const layer = (make: Arguments, ...inputs: (() => unknown)[]): Samples[string] => ({
  make,
  methods: inputs.length > 0 ? { forward: () => inputs.map((input) => input()) } : {},
});

/** A layer of any rank, and those that fix its rank. */
function ranks(name: string, make: Arguments, ...inputs: ((dims: number) => unknown)[]): Samples {
  const of = (dims: number): (() => unknown)[] => inputs.map((input) => () => input(dims));
  const general = { [name]: layer(() => [2, ...make()], ...of(2)) };
  const fixed = ([1, 2, 3] as const).map((dims) => [`${name}${dims}d`, layer(make)] as const);
  return { ...general, ...Object.fromEntries(fixed) };
}

const image = (dims: number): Tensor => t(2, 2, ...[4, 4, 4].slice(0, dims));
const places = (dims: number): Tensor => int(2, 2, ...[4, 4, 4].slice(0, dims));
const matrix = (): Tensor => t(2, 3);
const pooling = { stride: each(1), padding: each(0), ceilMode: true };
const geometry = { stride: each(1), dilation: each(1), groups: 1, bias: true, ...weights };
const classWeights = { weight: [1, 1, 1], reduction: 'mean', ...weights };
const affine = { epsilon: 0.1, affine: true, ...weights };
const padding = (): unknown => each(1);
const { Dropout1d, Dropout2d, Dropout3d } = ranks('Dropout', () => [
  named('probability', 0.5),
  { generator: generator() },
]);
const onlyForward = (names: string, make: Arguments = () => []): Samples =>
  Object.fromEntries(names.split(' ').map((name) => [name, layer(make, matrix)]));
const losses = (names: string, options: object, target: () => Tensor = matrix): Samples =>
  Object.fromEntries(
    names.split(' ').map((name) => [
      name,
      layer(
        () => [options],
        matrix,
        () => named('target', target()),
      ),
    ]),
  );

const samples: Samples = {
  ...onlyForward(
    'ReLU Tanh Sigmoid ReLU6 SiLU Hardswish Hardsigmoid SELU Mish LogSigmoid Softsign Tanhshrink Identity',
  ),
  ...onlyForward('Softmax LogSoftmax', () => [1]),
  LeakyReLU: layer(() => [0.1], matrix),
  PReLU: layer(() => [1, { init: 0.1, ...weights }], matrix),
  ELU: layer(() => [1], matrix),
  CELU: layer(() => [0.5], matrix),
  RReLU: layer(() => [0.1, 0.3, { generator: generator() }], matrix),
  Hardtanh: layer(() => [-1, 1], matrix),
  GELU: layer(() => ['tanh'], matrix),
  Softplus: layer(() => [1, 20], matrix),
  Flatten: layer(() => [1, -1], matrix),
  Linear: layer(() => [3, 4, { bias: true, ...weights }], matrix),
  Dropout: layer(() => [named('probability', 0.5), { generator: generator() }], matrix),
  AlphaDropout: layer(() => [named('probability', 0.5), { generator: generator() }], matrix),
  FeatureAlphaDropout: layer(() => [named('probability', 0.5), { generator: generator() }], matrix),
  ChannelDropout: layer(
    () => [2, named('probability', 0.5), { generator: generator() }],
    () => image(2),
  ),
  Dropout1d: Dropout1d!,
  Dropout2d: Dropout2d!,
  Dropout3d: Dropout3d!,
  StochasticDepth: layer(
    () => [named('probability', 0.5), 'row', { generator: generator() }],
    matrix,
  ),
  ...ranks(
    'Conv',
    () => [2, 3, each(1), { ...geometry, padding: alsoTakes(0, 'list'), paddingMode: 'zeros' }],
    image,
  ),
  ...ranks(
    'ConvTranspose',
    () => [2, 3, each(1), { ...geometry, padding: each(0), outputPadding: each(0) }],
    image,
  ),
  ConvNormActivation: layer(() => [
    2,
    2,
    3,
    each(1),
    {
      ...geometry,
      padding: alsoTakes(0, 'list'),
      paddingMode: 'zeros',
      norm: alsoTakes(norm, 'null'),
      activation: alsoTakes(activation, 'null'),
      // With it there is no padding.
      samePadding: false,
    },
  ]),
  InvertedResidual: layer(
    () => [
      2,
      2,
      3,
      {
        expandedChannels: 4,
        kernelSize: 3,
        stride: 1,
        dilation: 1,
        attention: alsoTakes(activation, 'null'),
        activation,
        norm,
        stochasticDepth: 0.5,
        samePadding: true,
        ...weights,
      },
    ],
    () => image(2),
  ),
  SqueezeExcitation: layer(
    () => [2, 2, 1, { activation, scaleActivation: activation, ...weights }],
    () => image(2),
  ),
  ...ranks(
    'BatchNorm',
    () => [2, { ...affine, momentum: alsoTakes(0.1, 'null'), trackRunningStats: true }],
    image,
  ),
  FrozenBatchNorm: layer(
    () => [2, 2, { epsilon: 0.1, ...weights }],
    () => image(2),
  ),
  ...ranks('InstanceNorm', () => [2, { ...affine, momentum: 0.1, trackRunningStats: true }], image),
  GroupNorm: layer(
    () => [1, 2, affine],
    () => image(2),
  ),
  LayerNorm: layer(() => [each(3), { epsilon: 0.1, elementwiseAffine: true, ...weights }], matrix),
  RMSNorm: layer(() => [each(3), { epsilon: 0.1, elementwiseAffine: true, ...weights }], matrix),
  LocalResponseNorm: layer(
    () => [2, { alpha: 1, beta: 1, k: 1 }],
    () => image(2),
  ),
  ...ranks('MaxPool', () => [each(2), { ...pooling, dilation: each(1) }], image),
  MaxPoolWithIndices: layer(
    () => [2, each(2), { ...pooling, dilation: each(1) }],
    () => image(2),
  ),
  ...ranks(
    'AvgPool',
    () => [each(2), { ...pooling, countIncludePad: true, divisorOverride: alsoTakes(2, 'null') }],
    image,
  ),
  ...ranks(
    'FractionalMaxPool',
    () => [each(2), { outputSize: each(3), outputRatio: undefined, generator: generator() }],
    image,
  ),
  FractionalMaxPoolWithIndices: layer(
    () => [2, each(2), { outputSize: each(3), outputRatio: undefined, generator: generator() }],
    () => image(2),
  ),
  ...ranks('LPPool', () => [2, each(2), { stride: each(1), ceilMode: true }], image),
  ...ranks(
    'MaxUnpool',
    () => [each(2), { stride: each(2), padding: each(0) }],
    image,
    places,
    () => named('outputSize', each(8)),
  ),
  ...ranks('AdaptiveAvgPool', () => [each(1)], image),
  ...ranks('AdaptiveMaxPool', () => [each(1)], image),
  ...ranks('CircularPad', () => [padding()]),
  ...ranks('ReflectionPad', () => [padding()]),
  ...ranks('ReplicationPad', () => [padding()]),
  ...ranks('ZeroPad', () => [padding()]),
  ...ranks('ConstantPad', () => [padding(), alsoTakes(0, 'NaN')]),
  ChannelShuffle: layer(
    () => [2],
    () => image(2),
  ),
  PixelShuffle: layer(
    () => [each(2)],
    () => t(1, 4, 2, 2),
  ),
  PixelUnshuffle: layer(
    () => [each(2)],
    () => image(2),
  ),
  Upsample: layer(
    () => [
      {
        size: each(8),
        scaleFactor: undefined,
        mode: 'bilinear',
        alignCorners: true,
        recomputeScaleFactor: true,
      },
    ],
    () => image(2),
  ),
  ...losses('MSELoss L1Loss', { reduction: 'mean' }),
  ...losses('SmoothL1Loss', { beta: 1, reduction: 'mean' }),
  ...losses('HuberLoss', { delta: 1, reduction: 'mean' }),
  ...losses('KLDivLoss', { logTarget: true, reduction: 'mean' }),
  ...losses('SigmoidFocalLoss', { alpha: 0.5, gamma: 2, reduction: 'mean' }),
  ...losses('BCELoss', classWeights),
  ...losses('BCEWithLogitsLoss', { ...classWeights, posWeight: [1, 1, 1] }),
  ...losses('NLLLoss', { ...classWeights, ignoreIndex: -1 }, () => int(2)),
  ...losses('CrossEntropyLoss', { ...classWeights, ignoreIndex: -1, labelSmoothing: 0.1 }, () =>
    int(2),
  ),
  ...losses(
    'MarginLoss',
    { upperMargin: 0.9, lowerMargin: 0.1, absentWeight: 0.5, reduction: 'mean' },
    () => int(2),
  ),
  Module: {
    instance: () => networkOn(device),
    methods: {
      loadStateDict: () => [
        named('Map of tensors', networkOn(device).stateDict()),
        { strict: false, assign: false },
      ],
      to: () => [device],
      getModule: () => [alsoTakes('0', 'any string')],
      train: () => [true],
      freeze: () => [alsoTakes('0', 'function', 'any string')],
      unfreeze: () => [alsoTakes('0', 'function', 'any string')],
      onForward: () => [() => undefined],
      namedModules: () => [alsoTakes('', 'any string')],
    },
  },
  Sequential: layer(
    () => [named('layer', alsoTakes([new ReLU()], 'object'))],
    () => t(2),
  ),
  ModuleList: layer(() => [named('layer', [new ReLU()])]),
  Parameter: layer(() => [[2], constant(0), meta]),
  Buffer: layer(() => [[2], constant(0), { dtype: 'float32', optional: true, ...weights }]),
  batchNormLayer: () => [
    2,
    named('numFeatures', 3),
    { ...affine, momentum: alsoTakes(0.1, 'null'), trackRunningStats: true },
  ],
  batchNormWith: () => [{ epsilon: 1e-3, momentum: alsoTakes(0.1, 'null') }],
  compile: () => [named('model', networkOn(device)), inputShape(), { limit: 1, fuse: true }],
  CompiledModel: {
    instance: () => layers.compile(networkOn(device), [1, 2, 4, 4]),
    methods: { forward: () => [zeros([1, 2, 4, 4], { device })] },
  },
  countFlops: () => [named('model', network()), inputShape()],
  summary: () => [named('model', network()), inputShape(), { dtype: 'float32' }],
  outputShape: () => [named('model', network()), inputShape(), alsoTakes('x', 'any string')],
  features: () => [named('model', network()), ['0']],
  inEvaluation: () => [named('model', network()), () => undefined],
  initWeights: () => [named('model', network()), () => ({}), meta],
  ownRules: () => [],
  headPaths: () => [named('model', network())],
  replaceHead: () => [named('model', network()), 2],
  constant: () => [alsoTakes(0, 'NaN')],
  fanOf: () => [[2, 3]],
  ...Object.fromEntries(['normal', 'uniform'].map((name) => [name, () => [0, 1, generator()]])),
  ...Object.fromEntries(
    ['xavierNormal', 'xavierUniform', 'inverseRootUniform'].map((name) => [
      name,
      () => [1, generator()],
    ]),
  ),
  ...Object.fromEntries(
    ['kaimingNormal', 'kaimingUniform'].map((name) => [
      name,
      () => [{ mode: 'in', gain: 1, generator: generator() }],
    ]),
  ),
  orthogonal: () => [{ gain: 1, generator: generator() }],
  truncatedNormal: () => [{ mean: 0, std: 1, low: -2, high: 2, generator: generator() }],
  pipe: () => [t(2), named('layer', alsoTakes(new ReLU(), 'null'))],
  makeDivisible: () => [named('channels', 10), 8, 8],
};

describe('public calls of layers', () => {
  describePublicCalls({
    exports: layers,
    samples,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
