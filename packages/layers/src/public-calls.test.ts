import { ConvnetError, meta, zeros } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';

import * as layers from './index.ts';
import {
  BatchNorm2d,
  compile,
  Conv2d,
  features,
  Linear,
  ReLU,
  Sequential,
  summary,
} from './index.ts';

type Loose = (...given: unknown[]) => unknown;

function thrown(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

/** Arguments before the options of each exported layer that takes options. */
const layersWithOptions: Readonly<Record<string, readonly unknown[]>> = {
  BatchNorm: [2, 3],
  BCELoss: [],
  BCEWithLogitsLoss: [],
  ChannelDropout: [2, 0.5],
  Conv: [2, 3, 4, 3],
  ConvNormActivation: [2, 3, 4, 3],
  ConvTranspose: [2, 3, 4, 3],
  CrossEntropyLoss: [],
  Dropout: [0.5],
  GroupNorm: [1, 3],
  HuberLoss: [],
  InstanceNorm: [2, 3],
  InvertedResidual: [2, 3, 4],
  KLDivLoss: [],
  L1Loss: [],
  LayerNorm: [3],
  Linear: [3, 4],
  LocalResponseNorm: [3],
  LPPool: [2, 2, 2],
  MarginLoss: [],
  MaxPool: [2, 2],
  MaxPoolWithIndices: [2, 2],
  MaxUnpool: [2, 2],
  MSELoss: [],
  NLLLoss: [],
  AvgPool: [2, 2],
  PReLU: [1],
  RMSNorm: [3],
  SigmoidFocalLoss: [],
  SmoothL1Loss: [],
  SqueezeExcitation: [2, 4, 2],
  StochasticDepth: [0.5, 'row'],
  Upsample: [],
  Buffer: [[1], () => zeros([1], { device: meta })],
};

/** Classes of one rank take what those of any rank take, without the number of spatial axes. */
function argumentsOf(name: string): readonly unknown[] | undefined {
  const own = layersWithOptions[name];
  if (own !== undefined) return own;
  const general = layersWithOptions[name.replace(/[123]d$/, '')];
  return name.startsWith('Dropout') ? general : general?.slice(1);
}

const classes = Object.entries(layers).filter(([, value]) => /^class\b/.test(String(value)));
const takesOptions = (value: unknown): boolean => /constructor\([^{]*options/.test(String(value));
const withOptions = classes.filter(
  ([name, value]) =>
    takesOptions(value) ||
    // Of one rank: what it takes stands in the class of any rank.
    (/[123]d$/.test(name) && Object.hasOwn(layersWithOptions, name.replace(/[123]d$/, ''))),
);

describe('options of layers', () => {
  it.each(withOptions)('%s refuses one that it does not have', (name, layer) => {
    const before = argumentsOf(name);
    expect(before).toBeDefined();
    const make = (): unknown =>
      Reflect.construct(layer as unknown as new (...given: unknown[]) => object, [
        ...before!,
        { notAnOption: 1 },
      ]);
    expect(String(thrown(make))).toContain("there is no option 'notAnOption'");
  });

  it.each([layers.kaimingNormal, layers.kaimingUniform, layers.truncatedNormal, layers.orthogonal])(
    '%o refuses one that it does not have',
    (initializer) => {
      expect(() => (initializer as Loose)({ notAnOption: 1 })).toThrow("no option 'notAnOption'");
    },
  );

  it('names the nearest of what a user of PyTorch writes', () => {
    const loose = Conv2d as unknown as new (...given: unknown[]) => object;
    expect(() => new loose(3, 4, 3, { strides: 2 })).toThrow("did you mean 'stride'?");
    expect(() => new loose(3, 4, 3, { padding_mode: 'zeros' })).toThrow("mean 'paddingMode'?");
  });
});

const noValues = [undefined, null, 1, 'x', {}, []];

describe('what is no tensor, model or state', () => {
  const model = new Sequential([new Conv2d(3, 4, 3), new BatchNorm2d(4), new ReLU()]);

  it.each([
    ['forward', (given: unknown) => (model.forward as Loose)(given)],
    ['forward of Linear', (given: unknown) => (new Linear(2, 3).forward as Loose)(given)],
    ['forward of BatchNorm2d', (given: unknown) => (new BatchNorm2d(3).forward as Loose)(given)],
    ['forward of ReLU', (given: unknown) => (new ReLU().forward as Loose)(given)],
    ['compile', (given: unknown) => (compile as Loose)(given, [1, 3, 8, 8])],
    ['compile with a shape', (given: unknown) => (compile as Loose)(model, given)],
    ['summary', (given: unknown) => (summary as Loose)(given, [1, 3, 8, 8])],
    ['features', (given: unknown) => (features as Loose)(given, ['0'])],
  ])('is refused by %s', (_, call) => {
    for (const given of noValues) expect(thrown(() => call(given))).toBeInstanceOf(ConvnetError);
  });

  it.each(noValues.map((value) => [value]))('is refused by loadStateDict: %o', async (given) => {
    await expect((model.loadStateDict.bind(model) as Loose)(given)).rejects.toThrow(ConvnetError);
  });
});
