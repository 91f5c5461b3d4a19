import { describe } from 'vitest';

import { BatchNorm, ReLU, type AnyModule } from '../packages/layers/src/index.ts';
import { hashedValues } from '../packages/models/testing/src/hashed.ts';
import {
  ConvnetError,
  meta,
  tensor,
  zeros,
  type Tensor,
} from '../packages/tensor-core/src/index.ts';
import { reference } from '../packages/tensor-core/src/reference/index.ts';
import {
  alsoTakes,
  describePublicCalls,
  named,
  type Sample,
  type Samples,
} from '../packages/testing/src/index.ts';
import { modelFamilies } from './model-costs.ts';

const device = reference();
const t = (...shape: number[]): Tensor => zeros(shape, { device: meta });

/** One number for all axes, or a list. */
const each = (value: number): unknown => alsoTakes(value, 'list');
const norm = (dims: number, channels: number): BatchNorm => new BatchNorm(dims, channels);

/** The networks of three stages. */
const cifar = /^resnet(?:20|32|44|56|110)$/;

/** A value of each option that some builder has; of those that a builder has not named here, its test fails. */
const options: Readonly<Record<string, (builder: string) => unknown>> = {
  activation: () => () => new ReLU(),
  auxLogits: () => true,
  bnSize: () => 2,
  convChannels: () => 8,
  countIncludePad: () => true,
  depth: () => 3,
  device: () => meta,
  dilated: () => false,
  dropout: () => 0.5,
  dropoutAux: () => 0.5,
  dropRate: () => 0.5,
  groups: (builder) => (builder.startsWith('shufflenet') ? 2 : 1),
  growthRate: () => 4,
  hidden: () => 8,
  inChannels: () => 3,
  initWeights: () => true,
  inputSize: () => each(150),
  invertedResidualSetting: () => [[1, 16, 1, 1]],
  kernelSizes: () => [3, 3, 3],
  memoryEfficient: () => true,
  norm: (builder) => (/^(?:alexnet|zfnet)/.test(builder) ? alsoTakes(norm, 'null') : norm),
  numClasses: () => 2,
  numFeatures: () => 84,
  numInitFeatures: () => 8,
  primaryCapsules: () => 2,
  reconstruction: () => true,
  reducedTail: () => true,
  replaceStrideWithDilation: (builder) =>
    Array.from({ length: cifar.test(builder) ? 2 : 3 }, () => false),
  roundNearest: () => 8,
  routingIterations: () => 2,
  samePadding: () => true,
  shortcut: () => 'B',
  stem: () => 'cifar',
  stochasticDepthProb: () => 0.5,
  transformInput: () => true,
  version: () => 1.5,
  width: () => 8,
  widthMult: () => 1,
  widthPerGroup: () => 64,
  zeroInitResidual: () => true,
};

type Exports = Readonly<Record<string, unknown>>;
type Build = (given?: object) => AnyModule;

const isBuilder = ([name, value]: [string, unknown]): boolean =>
  /^[a-z0-9_]+$/.test(name) && typeof value === 'function';

/** A value of each option that `build` has, as its own message lists them. */
function optionsOf(name: string, build: Build, dims: number): Record<string, unknown> {
  let message = '';
  try {
    build({ notAnOption: 1 });
  } catch (error) {
    message = (error as Error).message;
  }
  const known = /the options are (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  return Object.fromEntries(
    known.map((option) => [option, option === 'dims' ? dims : options[option]?.(name)]),
  );
}

/** A signal, image or video. */
const input = (dims: number, channels = 3): Tensor =>
  t(2, channels, ...(dims === 3 ? [16, 32, 32] : Array.from({ length: dims }, () => 150)));

const series = (): Tensor => tensor(hashedValues('series', 2 * 3 * 20), [2, 3, 20], { device });
const labels = (): Tensor => tensor([0, 1], [2], { device, dtype: 'int32' });

const smallRocket = (build: Build): AnyModule =>
  build({ inChannels: 3, numFeatures: 84, inputSize: 20, device });

/** What is exported beside builders and networks, and what networks do beside forward. */
const special: Readonly<Record<string, (exports: Exports) => Sample>> = {
  compoundScaling: () => () => [named('phi', 1)],
  scaledEfficientNet: ({ scaledEfficientNet }) => {
    const build = scaledEfficientNet as (scaling: object, given?: object) => AnyModule;
    const scaling = { depth: 1, width: 1, resolution: 224 };
    return () => [scaling, optionsOf('scaledEfficientNet', (given) => build(scaling, given), 2)];
  },
  CapsNet: ({ capsnet }) => ({
    instance: () => (capsnet as Build)({ inChannels: 1, numClasses: 2, inputSize: 28 }),
    methods: {
      forward: () => [named('input', t(2, 1, 28, 28))],
      reconstruct: () => [t(2, 2, 16), zeros([2], { device: meta, dtype: 'int32' })],
    },
  }),
  LeNet: ({ lenet5 }) => ({
    instance: () => (lenet5 as Build)(),
    methods: { forward: () => [named('input', t(2, 1, 28, 28))] },
  }),
  InceptionV3: ({ inception_v3 }) => ({
    instance: () => (inception_v3 as Build)(),
    methods: { forward: () => [named('input', t(2, 3, 299, 299))] },
  }),
  ZFNet: ({ zfnet }) => ({
    instance: () => (zfnet as Build)(),
    methods: { forward: () => [named('input', t(2, 3, 224, 224))] },
  }),
  Ensemble: ({ fcn_wang }) => ({
    make: () => [named('members', [(fcn_wang as Build)(), (fcn_wang as Build)()])],
    methods: { forward: () => [named('input', t(2, 1, 150))], replaceHead: () => [3] },
  }),
  MiniRocketFeatures: ({ mini_rocket }) => ({
    make: () => [3, 20, 84],
    instance: () => smallRocket(mini_rocket as Build).getModule('backbone'),
    methods: {
      forward: () => [named('input', series())],
      fit: () => [named('input', series())],
    },
  }),
  MiniRocket: ({ mini_rocket }) => ({
    instance: () => smallRocket(mini_rocket as Build),
    methods: {
      forward: () => [named('input', series())],
      fit: () => [named('series', series()), labels(), { alphas: [1], batchSize: 2 }],
    },
  }),
  ridgeClassifier: () => () => [
    new Float32Array([1, 2, 3, 5]),
    alsoTakes([0, 1], 'instance'),
    2,
    [1],
  ],
};

/** A sample of each builder, and of the forward of each class that some network is, or is made of. */
function samplesOf(exports: Exports, dims: number): Samples {
  const builders = Object.entries(exports).filter(isBuilder) as [string, Build][];
  const networks = builders.map(([, build]) => build({ dims }));
  const parts = networks.flatMap((network) => [...network.namedModules()].map(([, part]) => part));
  const rest = Object.entries(exports).filter(
    ([name, value]) => typeof value === 'function' && !builders.some(([own]) => own === name),
  );
  return Object.fromEntries([
    ...builders.map(([name, build]) => [name, () => [optionsOf(name, build, dims)]] as const),
    ...rest.map(([name, value]): [string, Sample] => {
      const own = special[name];
      if (own !== undefined) return [name, own(exports)];
      const part = parts.find((one) => one.constructor === value)!;
      const channels = part.parameters()[0]!.shape[1];
      return [
        name,
        {
          instance: () => part,
          methods: { forward: () => [named('input', input(dims, channels))] },
        },
      ];
    }),
  ]);
}

describe.each([...(await modelFamilies())])('public calls of %s', async (_, { folder, ranks }) => {
  const exports = (await import(`${folder}index.ts`)) as Exports;
  const samples = samplesOf(exports, ranks.includes(2) ? 2 : ranks[0]!);
  describePublicCalls({ exports, samples, errorClass: ConvnetError, folder });
});
