import {
  AdaptiveAvgPool,
  batchNormLayer,
  ConvNormActivation,
  Dropout,
  initWeights,
  Linear,
  makeDivisible,
  Module,
  ReLU,
  resolveOptions,
  Sequential,
  stemReduces,
  type ActivationLayer,
  type ModelOptions,
  type NormLayer,
  type Stem,
} from '@convnet/layers';
import { flatten, type Tensor } from '@convnet/tensor-core';

import { mobileWeights } from './mobile-weights.ts';
import { ranks } from './ranks.ts';

/** Channels and stride of each depthwise separable convolution: table 1 of the paper. */
const table: readonly (readonly [channels: number, stride: 1 | 2])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
];

export interface MobileNetV1Options extends ModelOptions<(typeof ranks)[number]> {
  /** The width multiplier α of the paper, which gives 1, 0.75, 0.5 and 0.25. Default 1. */
  readonly widthMult?: number;
  /** Probability of the dropout before the classifier. Default 0.001, as the authors' code has it. */
  readonly dropout?: number;
  /** Default: batch norm. */
  readonly norm?: NormLayer;
  /** Behind each norm. Default ReLU; Keras has ReLU6. */
  readonly activation?: ActivationLayer;
  /** Pads as TensorFlow's `SAME` does, as its weights want it: what is odd stands at the end. Default false. */
  readonly samePadding?: boolean;
  /** 'cifar': the first convolution has stride 1, for inputs of about 32. Default 'imagenet'. */
  readonly stem?: Stem;
}

/** What all convolutions of a network share. */
type SharedOptions = Required<Pick<MobileNetV1Options, 'norm' | 'activation' | 'samePadding'>>;

/** A filter for each channel, then a pointwise convolution; norm and ReLU after both. Figure 3. */
class DepthwiseSeparable extends Sequential {
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    options: SharedOptions & { readonly stride: 1 | 2 },
  ) {
    super({
      depthwise: new ConvNormActivation(dims, inChannels, inChannels, 3, {
        ...options,
        groups: inChannels,
      }),
      pointwise: new ConvNormActivation(dims, inChannels, outChannels, 1, {
        ...options,
        stride: 1,
      }),
    });
  }
}

/**
 * A convolution, thirteen depthwise separable ones, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Howard et al., "MobileNets: Efficient Convolutional Neural
 * Networks for Mobile Vision Applications", 2017.
 */
export class MobileNetV1 extends Module {
  features: Sequential;
  avgpool: AdaptiveAvgPool;
  classifier: Sequential;

  constructor(architecture: string, options: MobileNetV1Options = {}) {
    super();
    this.architecture = architecture;
    const { dims, inChannels, numClasses, device, widthMult, dropout, stem, ...convolution } =
      resolveOptions(
        architecture,
        options,
        {
          widthMult: 1,
          dropout: 0.001,
          norm: batchNormLayer,
          activation: () => new ReLU(),
          samePadding: false,
          stem: 'imagenet',
        },
        ranks,
      );
    const { norm, activation, samePadding } = convolution;
    const shared = { norm, activation, samePadding };
    const width = (channels: number): number => makeDivisible(channels * widthMult);
    const blocks = table.map(([channels, stride], i) => {
      const before = i === 0 ? 32 : table[i - 1]![0];
      return new DepthwiseSeparable(dims, width(before), width(channels), {
        ...shared,
        stride,
      });
    });
    this.features = new Sequential([
      new ConvNormActivation(dims, inChannels, width(32), 3, {
        ...shared,
        stride: stemReduces(architecture, stem) ? 2 : 1,
      }),
      ...blocks,
    ]);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.classifier = new Sequential([new Dropout(dropout), new Linear(width(1024), numClasses)]);
    initWeights(this, mobileWeights, device);
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(x)), 1));
  }
}

/** MobileNet v1: 4,231,976 parameters, 569 M multiply-accumulates for 3x224x224 (table 4). */
export function mobilenet_v1(options: MobileNetV1Options = {}): MobileNetV1 {
  return new MobileNetV1('mobilenet_v1', options);
}
