import {
  AdaptiveAvgPool,
  batchNormLayer,
  batchNormWith,
  constant,
  Conv,
  ConvNormActivation,
  Dropout,
  initWeights,
  InvertedResidual,
  kaimingNormal,
  Linear,
  makeDivisible,
  Module,
  resolveOptions,
  Sequential,
  SiLU,
  SqueezeExcitation,
  stemReduces,
  StochasticDepth,
  uniform,
  type Layer,
  type ModelOptions,
  type NormLayer,
  type Stem,
} from '@convnet/layers';
import {
  add,
  aFiniteNumber,
  anObject,
  checkOptions,
  flatten,
  numberAbove,
  optionKinds,
  requireKind,
  type Tensor,
} from '@convnet/tensor-core';

import type { Scaling } from './compound-scaling.ts';
import { ranks } from './ranks.ts';

/** One stage: blocks of one kind, of which the first has the stride. */
type Stage = readonly [
  block: 'MBConv' | 'Fused',
  expansion: number,
  kernel: number,
  stride: 1 | 2,
  channels: number,
  layers: number,
];

/** A table of the papers. */
export interface Specification {
  readonly stemChannels: number;
  readonly stages: readonly Stage[];
  readonly lastChannels: number;
}

/** EfficientNet-B0: table 1 of the paper of 2019. */
const b0: Specification = {
  stemChannels: 32,
  stages: [
    ['MBConv', 1, 3, 1, 16, 1],
    ['MBConv', 6, 3, 2, 24, 2],
    ['MBConv', 6, 5, 2, 40, 2],
    ['MBConv', 6, 3, 2, 80, 3],
    ['MBConv', 6, 5, 1, 112, 3],
    ['MBConv', 6, 5, 2, 192, 4],
    ['MBConv', 6, 3, 1, 320, 1],
  ],
  lastChannels: 1280,
};

/** EfficientNetV2-S: table 4 of the paper of 2021. */
const v2S: Specification = {
  stemChannels: 24,
  stages: [
    ['Fused', 1, 3, 1, 24, 2],
    ['Fused', 4, 3, 2, 48, 4],
    ['Fused', 4, 3, 2, 64, 4],
    ['MBConv', 4, 3, 2, 128, 6],
    ['MBConv', 6, 3, 1, 160, 9],
    ['MBConv', 6, 3, 2, 256, 15],
  ],
  lastChannels: 1280,
};

/** EfficientNetV2-M, as the authors' code has it. */
const v2M: Specification = {
  stemChannels: 24,
  stages: [
    ['Fused', 1, 3, 1, 24, 3],
    ['Fused', 4, 3, 2, 48, 5],
    ['Fused', 4, 3, 2, 80, 5],
    ['MBConv', 4, 3, 2, 160, 7],
    ['MBConv', 6, 3, 1, 176, 14],
    ['MBConv', 6, 3, 2, 304, 18],
    ['MBConv', 6, 3, 1, 512, 5],
  ],
  lastChannels: 1280,
};

/** EfficientNetV2-L, as the authors' code has it. */
const v2L: Specification = {
  stemChannels: 32,
  stages: [
    ['Fused', 1, 3, 1, 32, 4],
    ['Fused', 4, 3, 2, 64, 7],
    ['Fused', 4, 3, 2, 96, 7],
    ['MBConv', 4, 3, 2, 192, 10],
    ['MBConv', 6, 3, 1, 224, 19],
    ['MBConv', 6, 3, 2, 384, 25],
    ['MBConv', 6, 3, 1, 640, 7],
  ],
  lastChannels: 1280,
};

const scalingKinds = optionKinds<Scaling>({
  // Deeper ones would be built for ever: b7 has 3.1.
  depth: numberAbove(0, 1000),
  width: numberAbove(0),
  resolution: aFiniteNumber,
});

/** `b0` with more layers of greater width. */
function scaled({ depth, width }: Pick<Scaling, 'depth' | 'width'>): Specification {
  const wide = (channels: number): number => makeDivisible(channels * width);
  return {
    stemChannels: wide(b0.stemChannels),
    stages: b0.stages.map(([block, expansion, kernel, stride, channels, layers]) => [
      block,
      expansion,
      kernel,
      stride,
      wide(channels),
      Math.ceil(layers * depth),
    ]),
    lastChannels: 4 * wide(320),
  };
}

export interface EfficientNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the dropout before the classifier. Default: the published one, 0.2 to 0.5. */
  readonly dropout?: number;
  /** Probability that training leaves the last block out; earlier ones have less. Default 0.2. */
  readonly stochasticDepthProb?: number;
  /** Default: batch norm as the published network has it. */
  readonly norm?: NormLayer;
  /** Pads as TensorFlow's `SAME` does, as its weights want it: what is odd stands at the end. Default false. */
  readonly samePadding?: boolean;
  /** 'cifar': the first convolution has stride 1, for inputs of about 32. Default 'imagenet'. */
  readonly stem?: Stem;
}

/** What the stages hand to their blocks. */
interface BlockOptions {
  readonly expansion: number;
  readonly kernel: number;
  readonly stride: 1 | 2;
  readonly norm: NormLayer;
  readonly samePadding: boolean;
  readonly stochasticDepth: number;
}

const silu = (): SiLU => new SiLU();

/** An inverted residual with squeeze-and-excitation to a quarter of the block's input. */
function mbConv(
  dims: number,
  inChannels: number,
  outChannels: number,
  { expansion, kernel, ...options }: BlockOptions,
): InvertedResidual {
  const squeezed = Math.max(1, Math.floor(inChannels / 4));
  return new InvertedResidual(dims, inChannels, outChannels, {
    ...options,
    expandedChannels: makeDivisible(inChannels * expansion),
    kernelSize: kernel,
    attention: (expanded) => new SqueezeExcitation(dims, expanded, squeezed, { activation: silu }),
    activation: silu,
  });
}

/** An MBConv whose expansion and depthwise convolution are one ordinary convolution. V2, figure 2. */
class FusedMBConv extends Module {
  block: Sequential;
  stochastic_depth: StochasticDepth;
  readonly #addsInput: boolean;

  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    { expansion, kernel, stride, norm, samePadding, stochasticDepth }: BlockOptions,
  ) {
    super();
    const expanded = makeDivisible(inChannels * expansion);
    const options = { norm, activation: silu };
    const layer = { ...options, stride, samePadding };
    this.block = new Sequential(
      expanded === inChannels
        ? [new ConvNormActivation(dims, inChannels, outChannels, kernel, layer)]
        : [
            new ConvNormActivation(dims, inChannels, expanded, kernel, layer),
            new ConvNormActivation(dims, expanded, outChannels, 1, {
              ...options,
              activation: null,
            }),
          ],
    );
    this.stochastic_depth = new StochasticDepth(stochasticDepth);
    this.#addsInput = stride === 1 && inChannels === outChannels;
  }

  override forward(x: Tensor): Tensor {
    const y = this.block.forward(x);
    return this.#addsInput ? add(this.stochastic_depth.forward(y), x) : y;
  }
}

/**
 * A convolution, stages of MBConv and fused MBConv blocks, a pointwise convolution, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Tan and Le, "EfficientNet: Rethinking Model Scaling for
 * Convolutional Neural Networks", ICML 2019, and "EfficientNetV2: Smaller Models and Faster Training",
 * ICML 2021.
 */
export class EfficientNet extends Module {
  features: Sequential;
  avgpool: AdaptiveAvgPool;
  classifier: Sequential;

  /** `published`: the options that the published network does not share with the others. */
  constructor(
    architecture: string,
    { stemChannels, stages, lastChannels }: Specification,
    published: Pick<Required<EfficientNetOptions>, 'dropout' | 'norm'>,
    options: EfficientNetOptions = {},
  ) {
    super();
    this.architecture = architecture;
    const {
      dims,
      inChannels,
      numClasses,
      device,
      dropout,
      stochasticDepthProb,
      norm,
      samePadding,
      stem,
    } = resolveOptions(
      architecture,
      options,
      {
        ...published,
        stochasticDepthProb: 0.2,
        samePadding: false,
        stem: 'imagenet',
      },
      ranks,
    );
    const convolution = { norm, activation: silu };
    const stride = stemReduces(architecture, stem) ? 2 : 1;
    const features: Layer[] = [
      new ConvNormActivation(dims, inChannels, stemChannels, 3, {
        ...convolution,
        stride,
        samePadding,
      }),
    ];
    const numBlocks = stages.reduce((total, [, , , , , layers]) => total + layers, 0);
    let blocksBefore = 0;
    let before = stemChannels;
    for (const [block, expansion, kernel, stride, channels, layers] of stages) {
      const stage = Array.from({ length: layers }, (_, i) => {
        const stochasticDepth = (stochasticDepthProb * (blocksBefore + i)) / numBlocks;
        const shared = { expansion, kernel, norm, samePadding, stochasticDepth };
        const from = i === 0 ? before : channels;
        const blockOptions = { ...shared, stride: i === 0 ? stride : 1 } as const;
        return block === 'MBConv'
          ? mbConv(dims, from, channels, blockOptions)
          : new FusedMBConv(dims, from, channels, blockOptions);
      });
      features.push(new Sequential(stage));
      blocksBefore += layers;
      before = channels;
    }
    features.push(new ConvNormActivation(dims, before, lastChannels, 1, convolution));

    this.features = new Sequential(features);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.classifier = new Sequential([new Dropout(dropout), new Linear(lastChannels, numClasses)]);
    const bound = 1 / Math.sqrt(numClasses);
    initWeights(
      this,
      (layer) => {
        if (layer instanceof Conv) {
          return { weight: kaimingNormal({ mode: 'out' }), bias: constant(0) };
        }
        if (layer instanceof Linear) return { weight: uniform(-bound, bound), bias: constant(0) };
        return {};
      },
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x)), 1));
  }
}

// Those of the weights that torchvision publishes.
const largeNorm = /* @__PURE__ */ batchNormWith({ epsilon: 1e-3, momentum: 0.01 });
const v2Norm = /* @__PURE__ */ batchNormWith({ epsilon: 1e-3 });

/**
 * EfficientNet-B0 of any scaling: `scaledEfficientNet(compoundScaling(1.5), { dims: 1 })`.
 * @throws ArgumentError for factors that are not above 0, and a depth above 1000.
 */
export function scaledEfficientNet(
  scaling: Pick<Scaling, 'depth' | 'width'>,
  options: EfficientNetOptions = {},
): EfficientNet {
  requireKind('scaledEfficientNet', 'scaling', scaling, anObject);
  checkOptions('scaledEfficientNet, scaling', scaling, scalingKinds, ['depth', 'width']);
  const published = { dropout: 0.2, norm: batchNormLayer };
  return new EfficientNet('scaledEfficientNet', scaled(scaling), published, options);
}

/** A builder: `efficientnet_b0({ dims: 1, inChannels: 12 })`. */
export type EfficientNetBuilder = (options?: EfficientNetOptions) => EfficientNet;

/** The builder of a table, with what the published network does not share with the others. */
/* @__NO_SIDE_EFFECTS__ */
function builder(
  architecture: string,
  specification: () => Specification,
  dropout: number,
  norm: NormLayer,
): EfficientNetBuilder {
  return (options) => new EfficientNet(architecture, specification(), { dropout, norm }, options);
}

/** The builder of B0 in another width and depth. */
/* @__NO_SIDE_EFFECTS__ */
function scaledBuilder(
  architecture: string,
  width: number,
  depth: number,
  dropout: number,
  norm: NormLayer = batchNormLayer,
): EfficientNetBuilder {
  return builder(architecture, () => scaled({ width, depth }), dropout, norm);
}

/** Width 1, depth 1: 5,288,548 parameters, 0.39 G multiply-accumulates for 3x224x224. */
export const efficientnet_b0: EfficientNetBuilder = scaledBuilder('efficientnet_b0', 1, 1, 0.2);

/** Width 1, depth 1.1: 7,794,184 parameters, 0.69 G multiply-accumulates for 3x240x240. */
export const efficientnet_b1: EfficientNetBuilder = scaledBuilder('efficientnet_b1', 1, 1.1, 0.2);

/** Width 1.1, depth 1.2: 9,109,994 parameters, 1.09 G multiply-accumulates for 3x288x288. */
export const efficientnet_b2: EfficientNetBuilder = scaledBuilder('efficientnet_b2', 1.1, 1.2, 0.3);

/** Width 1.2, depth 1.4: 12,233,232 parameters, 1.83 G multiply-accumulates for 3x300x300. */
export const efficientnet_b3: EfficientNetBuilder = scaledBuilder('efficientnet_b3', 1.2, 1.4, 0.3);

/** Width 1.4, depth 1.8: 19,341,616 parameters, 4.39 G multiply-accumulates for 3x380x380. */
export const efficientnet_b4: EfficientNetBuilder = scaledBuilder('efficientnet_b4', 1.4, 1.8, 0.4);

/** Width 1.6, depth 2.2: 30,389,784 parameters, 10.27 G multiply-accumulates for 3x456x456. */
export const efficientnet_b5: EfficientNetBuilder = scaledBuilder(
  'efficientnet_b5',
  1.6,
  2.2,
  0.4,
  largeNorm,
);

/** Width 1.8, depth 2.6: 43,040,704 parameters, 19.07 G multiply-accumulates for 3x528x528. */
export const efficientnet_b6: EfficientNetBuilder = scaledBuilder(
  'efficientnet_b6',
  1.8,
  2.6,
  0.5,
  largeNorm,
);

/** Width 2, depth 3.1: 66,347,960 parameters, 37.75 G multiply-accumulates for 3x600x600. */
export const efficientnet_b7: EfficientNetBuilder = scaledBuilder(
  'efficientnet_b7',
  2,
  3.1,
  0.5,
  largeNorm,
);

/** 21,458,488 parameters, 8.37 G multiply-accumulates for 3x384x384. */
export const efficientnet_v2_s: EfficientNetBuilder = builder(
  'efficientnet_v2_s',
  () => v2S,
  0.2,
  v2Norm,
);

/** 54,139,356 parameters, 24.58 G multiply-accumulates for 3x480x480. */
export const efficientnet_v2_m: EfficientNetBuilder = builder(
  'efficientnet_v2_m',
  () => v2M,
  0.3,
  v2Norm,
);

/** 118,515,272 parameters, 56.08 G multiply-accumulates for 3x480x480. */
export const efficientnet_v2_l: EfficientNetBuilder = builder(
  'efficientnet_v2_l',
  () => v2L,
  0.4,
  v2Norm,
);
