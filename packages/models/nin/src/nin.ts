import {
  AdaptiveAvgPool,
  AvgPool,
  constant,
  Conv,
  Dropout,
  initWeights,
  kaimingNormal,
  MaxPool,
  Module,
  overOwn,
  pipe,
  ReLU,
  resolveOptions,
  Sequential,
  type Layer,
  type ModelOptions,
} from '@convnet/layers';
import { flatten, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface NinOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the dropouts. Default 0.5. */
  readonly dropout?: number;
}

/** One mlpconv layer of a network, and what follows it. */
interface MlpConv {
  /** Output channels of the convolution and of the 1x1 convolutions after it; the last one ends in the classes. */
  readonly widths: readonly number[];
  readonly kernelSize: number;
  readonly stride?: number;
  readonly padding?: number;
  /** Pooling of 3 by 2. */
  readonly pool?: typeof MaxPool | typeof AvgPool;
  readonly dropout?: boolean;
}

/** The model of the authors for ImageNet, which the paper does not have. */
const imagenet: readonly MlpConv[] = [
  { widths: [96, 96, 96], kernelSize: 11, stride: 4, pool: MaxPool },
  { widths: [256, 256, 256], kernelSize: 5, padding: 2, pool: MaxPool },
  { widths: [384, 384, 384], kernelSize: 3, padding: 1, pool: MaxPool, dropout: true },
  { widths: [1024, 1024], kernelSize: 3, padding: 1 },
];

/** The model of the paper for CIFAR-10, with the widths of the authors' published definition. */
const cifar10: readonly MlpConv[] = [
  { widths: [192, 160, 96], kernelSize: 5, padding: 2, pool: MaxPool, dropout: true },
  { widths: [192, 192, 192], kernelSize: 5, padding: 2, pool: AvgPool, dropout: true },
  { widths: [192, 192], kernelSize: 3, padding: 1 },
];

/**
 * Convolutions whose filters are small networks, and the mean of each class's map in place of a classifier:
 * [N, inChannels, …] -> [N, numClasses]. Lin, Chen and Yan, "Network In Network", ICLR 2014.
 */
export class NetworkInNetwork extends Module {
  features: Sequential;
  avgpool: AdaptiveAvgPool;

  constructor(architecture: string, table: readonly MlpConv[], options: NinOptions) {
    super();
    this.architecture = architecture;
    const resolved = resolveOptions(architecture, options, { dropout: 0.5 }, ranks);
    const { dims, inChannels, numClasses, device } = resolved;
    const layers: Layer[] = [];
    let channels = inChannels;
    for (const [
      i,
      { widths, kernelSize, stride = 1, padding = 0, pool, dropout },
    ] of table.entries()) {
      const isLast = i === table.length - 1;
      for (const [j, width] of [...widths, ...(isLast ? [numClasses] : [])].entries()) {
        const conv =
          j === 0
            ? new Conv(dims, channels, width, kernelSize, { stride, padding })
            : new Conv(dims, channels, width, 1);
        layers.push(conv, new ReLU());
        channels = width;
      }
      if (pool !== undefined) layers.push(new pool(dims, 3, { stride: 2, ceilMode: true }));
      if (dropout === true) layers.push(new Dropout(resolved.dropout));
    }
    this.features = new Sequential(layers);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    // The authors drew from fixed normal distributions; this one lets all depths start at the same scale.
    initWeights(
      this,
      (layer) => (layer instanceof Conv ? { weight: kaimingNormal(), bias: constant(0) } : {}),
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    return flatten(pipe(x, this.features, this.avgpool), 1);
  }
}

/** For images of about 224, 7.6 M parameters. */
export function nin(options: NinOptions = {}): NetworkInNetwork {
  return new NetworkInNetwork('nin', imagenet, options);
}

/** For images of about 32 and 10 classes, 966,986 parameters. */
export function nin_cifar10(options: NinOptions = {}): NetworkInNetwork {
  return new NetworkInNetwork('nin_cifar10', cifar10, overOwn({ numClasses: 10 }, options));
}
