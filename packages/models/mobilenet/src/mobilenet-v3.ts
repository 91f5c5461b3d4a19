import {
  AdaptiveAvgPool,
  batchNormWith,
  ConvNormActivation,
  Dropout,
  Hardsigmoid,
  Hardswish,
  initWeights,
  InvertedResidual,
  Linear,
  makeDivisible,
  Module,
  ReLU,
  resolveOptions,
  Sequential,
  SqueezeExcitation,
  stemReduces,
  type Layer,
  type ModelOptions,
  type NormLayer,
  type Stem,
} from '@convnet/layers';
import { flatten, type Tensor } from '@convnet/tensor-core';

import { mobileWeights } from './mobile-weights.ts';
import { ranks } from './ranks.ts';

/**
 * One row of tables 1 and 2: kernel, expansion size, output channels, squeeze-and-excitation or not,
 * nonlinearity (ReLU or hard swish), stride.
 */
type Row = readonly [
  kernel: number,
  expansion: number,
  out: number,
  squeezes: 'SE' | '-',
  nonlinearity: 'RE' | 'HS',
  stride: 1 | 2,
];

/** The inverted residuals, and the width of the layer before the classifier. */
interface Specification {
  readonly rows: readonly Row[];
  readonly lastChannels: number;
}

/** Table 1. */
const large: Specification = {
  rows: [
    [3, 16, 16, '-', 'RE', 1],
    [3, 64, 24, '-', 'RE', 2],
    [3, 72, 24, '-', 'RE', 1],
    [5, 72, 40, 'SE', 'RE', 2],
    [5, 120, 40, 'SE', 'RE', 1],
    [5, 120, 40, 'SE', 'RE', 1],
    [3, 240, 80, '-', 'HS', 2],
    [3, 200, 80, '-', 'HS', 1],
    [3, 184, 80, '-', 'HS', 1],
    [3, 184, 80, '-', 'HS', 1],
    [3, 480, 112, 'SE', 'HS', 1],
    [3, 672, 112, 'SE', 'HS', 1],
    [5, 672, 160, 'SE', 'HS', 2],
    [5, 960, 160, 'SE', 'HS', 1],
    [5, 960, 160, 'SE', 'HS', 1],
  ],
  lastChannels: 1280,
};

/** Table 2. */
const small: Specification = {
  rows: [
    [3, 16, 16, 'SE', 'RE', 2],
    [3, 72, 24, '-', 'RE', 2],
    [3, 88, 24, '-', 'RE', 1],
    [5, 96, 40, 'SE', 'HS', 2],
    [5, 240, 40, 'SE', 'HS', 1],
    [5, 240, 40, 'SE', 'HS', 1],
    [5, 120, 48, 'SE', 'HS', 1],
    [5, 144, 48, 'SE', 'HS', 1],
    [5, 288, 96, 'SE', 'HS', 2],
    [5, 576, 96, 'SE', 'HS', 1],
    [5, 576, 96, 'SE', 'HS', 1],
  ],
  lastChannels: 1024,
};

/** The last three blocks, of least extent: the tail that `reducedTail` and `dilated` change. */
const tailBlocks = 3;

export interface MobileNetV3Options extends ModelOptions<(typeof ranks)[number]> {
  /** Factor of all widths. Default 1. */
  readonly widthMult?: number;
  /** Halves the widths of the last blocks, as segmentation does (section 6.4). Default false. */
  readonly reducedTail?: boolean;
  /** The last blocks keep the extent and are dilated by 2 instead. Default false. */
  readonly dilated?: boolean;
  /** Probability of the dropout before the classifier. Default 0.2. */
  readonly dropout?: number;
  /** Default: batch norm with momentum 0.01 and epsilon 0.001. */
  readonly norm?: NormLayer;
  /** Pads as TensorFlow's `SAME` does, as its weights want it: what is odd stands at the end. Default false. */
  readonly samePadding?: boolean;
  /** 'cifar': the first convolution has stride 1, for inputs of about 32. Default 'imagenet'. */
  readonly stem?: Stem;
}

/**
 * A convolution, inverted residuals with squeeze-and-excitation, a pointwise convolution, a classifier of
 * two layers: [N, inChannels, …] -> [N, numClasses]. Howard et al., "Searching for MobileNetV3", ICCV 2019.
 */
export class MobileNetV3 extends Module {
  features: Sequential;
  avgpool: AdaptiveAvgPool;
  classifier: Sequential;

  constructor(
    architecture: string,
    { rows, lastChannels }: Specification,
    options: MobileNetV3Options = {},
  ) {
    super();
    this.architecture = architecture;
    const {
      dims,
      inChannels,
      numClasses,
      device,
      widthMult,
      reducedTail,
      dilated,
      dropout,
      norm,
      samePadding,
      stem,
    } = resolveOptions(
      architecture,
      options,
      {
        widthMult: 1,
        reducedTail: false,
        dilated: false,
        dropout: 0.2,
        norm: batchNormWith({ epsilon: 1e-3, momentum: 0.01 }),
        samePadding: false,
        stem: 'imagenet',
      },
      ranks,
    );
    const width = (channels: number): number => makeDivisible(channels * widthMult);
    const tail = (channels: number): number => (reducedTail ? channels / 2 : channels);
    const hardswish = { norm, activation: () => new Hardswish() };
    const squeeze = (expanded: number): Layer =>
      new SqueezeExcitation(dims, expanded, makeDivisible(expanded / 4), {
        scaleActivation: () => new Hardsigmoid(),
      });

    let channels = width(16);
    const stride = stemReduces(architecture, stem) ? 2 : 1;
    const features: Layer[] = [
      new ConvNormActivation(dims, inChannels, channels, 3, { ...hardswish, stride, samePadding }),
    ];
    for (const [i, [kernel, expansion, out, squeezes, nonlinearity, stride]] of rows.entries()) {
      const inTail = i >= rows.length - tailBlocks;
      const afterTailBegan = i > rows.length - tailBlocks;
      const outChannels = width(inTail ? tail(out) : out);
      const block = new InvertedResidual(dims, channels, outChannels, {
        expandedChannels: width(afterTailBegan ? tail(expansion) : expansion),
        kernelSize: kernel,
        ...(inTail && dilated ? { dilation: 2 } : { stride }),
        attention: squeezes === 'SE' ? squeeze : null,
        activation: nonlinearity === 'HS' ? () => new Hardswish() : () => new ReLU(),
        norm,
        samePadding,
      });
      features.push(block);
      channels = outChannels;
    }
    features.push(new ConvNormActivation(dims, channels, 6 * channels, 1, hardswish));

    this.features = new Sequential(features);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.classifier = new Sequential([
      new Linear(6 * channels, width(tail(lastChannels))),
      new Hardswish(),
      new Dropout(dropout),
      new Linear(width(tail(lastChannels)), numClasses),
    ]);
    initWeights(this, mobileWeights, device);
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x)), 1));
  }
}

/** MobileNet v3 large: 5,483,032 parameters, 217 M multiply-accumulates for 3x224x224. */
export function mobilenet_v3_large(options: MobileNetV3Options = {}): MobileNetV3 {
  return new MobileNetV3('mobilenet_v3_large', large, options);
}

/** MobileNet v3 small: 2,542,856 parameters, 57 M multiply-accumulates for 3x224x224. */
export function mobilenet_v3_small(options: MobileNetV3Options = {}): MobileNetV3 {
  return new MobileNetV3('mobilenet_v3_small', small, options);
}
