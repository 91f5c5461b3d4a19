import {
  batchNormLayer,
  Conv,
  ConvNormActivation,
  Dropout,
  initWeights,
  Linear,
  makeDivisible,
  Module,
  ReLU6,
  requireCounts,
  resolveOptions,
  Sequential,
  stemReduces,
  type Layer,
  type ModelOptions,
  type NormLayer,
  type Stem,
} from '@convnet/layers';
import { adaptiveAvgPool, add, flatten, type Tensor } from '@convnet/tensor-core';

import { mobileWeights } from './mobile-weights.ts';
import { ranks } from './ranks.ts';

/** One row of table 2: expansion t, output channels c, number of blocks n, stride s of the first. */
export type InvertedResidualRow = readonly [t: number, c: number, n: number, s: 1 | 2];

/** Table 2 of the paper, without the first convolution and the last. */
const table: readonly InvertedResidualRow[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

export interface MobileNetV2Options extends ModelOptions<(typeof ranks)[number]> {
  /** Factor of all widths; the last convolution never has fewer than 1,280. Default 1. */
  readonly widthMult?: number;
  /** The blocks, row by row. Default: table 2. */
  readonly invertedResidualSetting?: readonly InvertedResidualRow[];
  /** Widths are multiples of this. Default 8. */
  readonly roundNearest?: number;
  /** Probability of the dropout before the classifier. Default 0.2. */
  readonly dropout?: number;
  /** Default: batch norm. */
  readonly norm?: NormLayer;
  /** Pads as TensorFlow's `SAME` does, as its weights want it: what is odd stands at the end. Default false. */
  readonly samePadding?: boolean;
  /** 'cifar': the first convolution has stride 1, for inputs of about 32. Default 'imagenet'. */
  readonly stem?: Stem;
}

/**
 * Expand by a pointwise convolution, filter each channel, project linearly; the input is added where
 * shapes agree. Section 3.3 and figure 3.
 */
class InvertedResidual extends Module {
  conv: Sequential;
  readonly #addsInput: boolean;

  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    options: {
      readonly stride: 1 | 2;
      readonly expandRatio: number;
      readonly norm: NormLayer;
      readonly samePadding: boolean;
    },
  ) {
    super();
    const { stride, expandRatio, norm, samePadding } = options;
    const relu6 = { norm, activation: () => new ReLU6() };
    const hidden = Math.round(inChannels * expandRatio);
    this.conv = new Sequential([
      ...(expandRatio === 1 ? [] : [new ConvNormActivation(dims, inChannels, hidden, 1, relu6)]),
      new ConvNormActivation(dims, hidden, hidden, 3, {
        ...relu6,
        stride,
        groups: hidden,
        samePadding,
      }),
      new Conv(dims, hidden, outChannels, 1, { bias: false }),
      norm(dims, outChannels),
    ]);
    this.#addsInput = stride === 1 && inChannels === outChannels;
  }

  override forward(x: Tensor): Tensor {
    const y = this.conv.forward(x);
    return this.#addsInput ? add(x, y) : y;
  }
}

/**
 * A convolution, seventeen inverted residuals, a pointwise convolution, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Sandler et al., "MobileNetV2: Inverted Residuals and Linear
 * Bottlenecks", CVPR 2018.
 */
export class MobileNetV2 extends Module {
  features: Sequential;
  classifier: Sequential;

  constructor(architecture: string, options: MobileNetV2Options = {}) {
    super();
    this.architecture = architecture;
    const {
      dims,
      inChannels,
      numClasses,
      device,
      widthMult,
      invertedResidualSetting,
      roundNearest,
      dropout,
      norm,
      samePadding,
      stem,
    } = resolveOptions(
      architecture,
      options,
      {
        widthMult: 1,
        invertedResidualSetting: table,
        roundNearest: 8,
        dropout: 0.2,
        norm: batchNormLayer,
        samePadding: false,
        stem: 'imagenet',
      },
      ranks,
    );
    requireCounts(architecture, { roundNearest });
    const width = (channels: number, factor = widthMult): number =>
      makeDivisible(channels * factor, roundNearest);
    const relu6 = { norm, activation: () => new ReLU6() };

    let channels = width(32);
    const stride = stemReduces(architecture, stem) ? 2 : 1;
    const features: Layer[] = [
      new ConvNormActivation(dims, inChannels, channels, 3, { ...relu6, stride, samePadding }),
    ];
    for (const [expandRatio, c, n, s] of invertedResidualSetting) {
      for (let i = 0; i < n; i++) {
        const block = { expandRatio, stride: i === 0 ? s : 1, norm, samePadding } as const;
        features.push(new InvertedResidual(dims, channels, width(c), block));
        channels = width(c);
      }
    }
    const lastChannels = width(1280, Math.max(1, widthMult));
    features.push(new ConvNormActivation(dims, channels, lastChannels, 1, relu6));

    this.features = new Sequential(features);
    this.classifier = new Sequential([new Dropout(dropout), new Linear(lastChannels, numClasses)]);
    initWeights(this, mobileWeights, device);
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(adaptiveAvgPool(this.features.forward(x), 1), 1));
  }
}

/** MobileNet v2: 3,504,872 parameters, 301 M multiply-accumulates for 3x224x224. */
export function mobilenet_v2(options: MobileNetV2Options = {}): MobileNetV2 {
  return new MobileNetV2('mobilenet_v2', options);
}
