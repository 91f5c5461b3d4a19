import {
  AdaptiveAvgPool,
  BatchNorm,
  constant,
  Conv,
  Dropout,
  initWeights,
  kaimingNormal,
  Linear,
  MaxPool,
  Module,
  normal,
  ownRules,
  pipe,
  ReLU,
  requireCounts,
  resolveOptions,
  Sequential,
  type AnyModule,
  type Layer,
  type ModelOptions,
  type WeightRules,
} from '@convnet/layers';
import { flatten, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

/** A column of table 1 of the paper. */
type Configuration = 'A' | 'B' | 'D' | 'E';

/** Its stages of 3x3 convolutions, by their output channels. A pooling ends each stage. */
const stages: Readonly<Record<Configuration, readonly (readonly number[])[]>> = {
  A: [[64], [128], [256, 256], [512, 512], [512, 512]],
  B: [
    [64, 64],
    [128, 128],
    [256, 256],
    [512, 512],
    [512, 512],
  ],
  D: [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ],
  E: [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ],
};

export interface VGGOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the two dropouts. Default 0.5. */
  readonly dropout?: number;
  /** Channels of the first stage, which all others follow in proportion. Default 64. */
  readonly width?: number;
  /** Width of the two hidden layers of the classifier. Default 4,096. */
  readonly hidden?: number;
  /** Whether weights begin as torchvision's; otherwise as each layer's own default. Default true. */
  readonly initWeights?: boolean;
}

function torchvisionRules(layer: AnyModule): WeightRules {
  if (layer instanceof Conv) return { weight: kaimingNormal({ mode: 'out' }), bias: constant(0) };
  return layer instanceof Linear ? { weight: normal(0, 0.01), bias: constant(0) } : {};
}

/**
 * Stages of 3x3 convolutions, then three linear layers: [N, inChannels, …] -> [N, numClasses]. Simonyan and
 * Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015.
 */
export class VGG extends Module {
  features: Sequential;
  avgpool: AdaptiveAvgPool;
  classifier: Sequential;

  constructor(
    architecture: string,
    configuration: Configuration,
    batchNorm: boolean,
    options: VGGOptions,
  ) {
    super();
    this.architecture = architecture;
    const resolved = resolveOptions(
      architecture,
      options,
      {
        dropout: 0.5,
        width: 64,
        hidden: 4096,
        initWeights: true,
      },
      ranks,
    );
    const { dims, inChannels, numClasses, dropout, width, hidden, device } = resolved;
    requireCounts(architecture, { width, hidden });

    const layers: Layer[] = [];
    let channels = inChannels;
    for (const stage of stages[configuration]) {
      for (const full of stage) {
        const outChannels = Math.round((full * width) / 64);
        layers.push(new Conv(dims, channels, outChannels, 3, { padding: 1 }));
        if (batchNorm) layers.push(new BatchNorm(dims, outChannels));
        layers.push(new ReLU());
        channels = outChannels;
      }
      layers.push(new MaxPool(dims, 2));
    }
    this.features = new Sequential(layers);
    this.avgpool = new AdaptiveAvgPool(dims, 7);
    this.classifier = new Sequential([
      new Linear(channels * 7 ** dims, hidden),
      new ReLU(),
      new Dropout(dropout),
      new Linear(hidden, hidden),
      new ReLU(),
      new Dropout(dropout),
      new Linear(hidden, numClasses),
    ]);
    initWeights(this, resolved.initWeights ? torchvisionRules : ownRules, device);
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(pipe(x, this.features, this.avgpool), 1));
  }
}

/** A builder: `vgg11({ dims: 1, inChannels: 12 })`. */
export type VGGBuilder = (options?: VGGOptions) => VGG;

/** The builder of one column of the table, with or without batch norm. */
/* @__NO_SIDE_EFFECTS__ */
function builder(name: string, configuration: Configuration, batchNorm: boolean): VGGBuilder {
  return (options = {}) => new VGG(name, configuration, batchNorm, options);
}

/** Configuration A: 11 layers with weights, 132.9 M parameters. */
export const vgg11: VGGBuilder = builder('vgg11', 'A', false);

/** Configuration A: 11 layers with weights, batch norm after each convolution. */
export const vgg11_bn: VGGBuilder = builder('vgg11_bn', 'A', true);

/** Configuration B: 13 layers with weights, 133.0 M parameters. */
export const vgg13: VGGBuilder = builder('vgg13', 'B', false);

/** Configuration B: 13 layers with weights, batch norm after each convolution. */
export const vgg13_bn: VGGBuilder = builder('vgg13_bn', 'B', true);

/** Configuration D: 16 layers with weights, 138.4 M parameters. */
export const vgg16: VGGBuilder = builder('vgg16', 'D', false);

/** Configuration D: 16 layers with weights, batch norm after each convolution. */
export const vgg16_bn: VGGBuilder = builder('vgg16_bn', 'D', true);

/** Configuration E: 19 layers with weights, 143.7 M parameters. */
export const vgg19: VGGBuilder = builder('vgg19', 'E', false);

/** Configuration E: 19 layers with weights, batch norm after each convolution. */
export const vgg19_bn: VGGBuilder = builder('vgg19_bn', 'E', true);
