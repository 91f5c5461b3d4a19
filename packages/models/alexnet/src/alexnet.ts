import {
  AdaptiveAvgPool,
  batchNormLayer,
  constant,
  Conv,
  Dropout,
  initWeights,
  inputShapeOf,
  Linear,
  LocalResponseNorm,
  MaxPool,
  Module,
  normal,
  outputShape,
  overOwn,
  ownRules,
  pipe,
  ReLU,
  requireCounts,
  resolveOptions,
  Sequential,
  type AnyModule,
  type Layer,
  type NormLayer,
  type WeightRules,
  type SizedModelOptions,
} from '@convnet/layers';
import { aFunction, elementCount, flatten, orNull, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface AlexNetOptions extends SizedModelOptions<(typeof ranks)[number]> {
  /** Probability of the two dropouts. Default 0.5. */
  readonly dropout?: number;
  /** Width of the two hidden layers of the classifier. Default 4,096; 2,048 in `alexnet_half`. */
  readonly hidden?: number;
  /** What follows each convolution. Default: nothing; batch norm in `alexnet_bn`. */
  readonly norm?: NormLayer | null;
}

/** What tells the AlexNets apart. */
interface Plan {
  /** Output channels of the five convolutions. */
  readonly channels: readonly [number, number, number, number, number];
  /** The 2012 network: convolutions 2, 4 and 5 in two groups, response normalisation, dropout after layers. */
  readonly asPublished?: boolean;
  /** Averages what the convolutions leave to 6 positions on each axis: `inputSize` does not matter. */
  readonly adaptive?: boolean;
}

/**
 * Five convolutions and three linear layers: [N, inChannels, …] -> [N, numClasses]. Krizhevsky, Sutskever and
 * Hinton, "ImageNet Classification with Deep Convolutional Neural Networks", NIPS 2012.
 */
export class AlexNet extends Module {
  features: Sequential;
  /** null where the classifier takes what the convolutions leave. */
  avgpool: AdaptiveAvgPool | null;
  classifier: Sequential;

  /** @throws InputTooSmallError naming the layer and the least extent; ArgumentError. */
  constructor(architecture: string, plan: Plan, options: AlexNetOptions) {
    super();
    this.architecture = architecture;
    const { asPublished = false, adaptive = false } = plan;
    const { dropout, hidden, norm, inputSize, ...common } = resolveOptions(
      architecture,
      options,
      {
        dropout: 0.5,
        hidden: 4096,
        norm: null,
        inputSize: 224,
      },
      ranks,
      { norm: orNull(aFunction) },
    );
    requireCounts(architecture, { hidden });
    const { dims, inChannels, numClasses, device } = common;
    const [c1, c2, c3, c4, c5] = plan.channels;
    const groups = asPublished ? 2 : 1;

    const convolution = (conv: Conv): readonly Layer[] => [
      conv,
      ...(norm === null ? [] : [norm(dims, conv.outChannels)]),
      new ReLU(),
    ];
    // The paper's sum over 5 channels is not divided by 5, as PyTorch's is: hence 5e-4 for its 1e-4.
    const respond = (): readonly Layer[] =>
      asPublished ? [new LocalResponseNorm(5, { alpha: 5e-4, beta: 0.75, k: 2 })] : [];
    const pool = (): Layer => new MaxPool(dims, 3, { stride: 2 });
    this.features = new Sequential([
      ...convolution(new Conv(dims, inChannels, c1, 11, { stride: 4, padding: 2 })),
      ...respond(),
      pool(),
      ...convolution(new Conv(dims, c1, c2, 5, { padding: 2, groups })),
      ...respond(),
      pool(),
      ...convolution(new Conv(dims, c2, c3, 3, { padding: 1 })),
      ...convolution(new Conv(dims, c3, c4, 3, { padding: 1, groups })),
      ...convolution(new Conv(dims, c4, c5, 3, { padding: 1, groups })),
      pool(),
    ]);
    this.avgpool = adaptive ? new AdaptiveAvgPool(dims, 6) : null;
    const inputShape = inputShapeOf(common, inputSize);
    const left = adaptive
      ? c5 * 6 ** dims
      : elementCount(outputShape(this.features, inputShape, `${architecture}.features`));

    const layer = (inputs: number): readonly Layer[] =>
      asPublished
        ? [new Linear(inputs, hidden), new ReLU(), new Dropout(dropout)]
        : [new Dropout(dropout), new Linear(inputs, hidden), new ReLU()];
    this.classifier = new Sequential([
      ...layer(left),
      ...layer(hidden),
      new Linear(hidden, numClasses),
    ]);
    initWeights(this, asPublished ? this.#asPublished() : ownRules, device);
  }

  /** Section 5 of the paper: ones let the first ReLUs of these layers see positive inputs. */
  #asPublished(): (layer: AnyModule) => WeightRules {
    const layers: readonly AnyModule[] = [...this.features, ...this.classifier];
    const weighted = layers.filter((layer) => layer instanceof Conv || layer instanceof Linear);
    return (layer) => {
      const position = weighted.indexOf(layer as Conv | Linear);
      if (position === -1) return {};
      return {
        weight: normal(0, 0.01),
        bias: constant([1, 3, 4, 5, 6].includes(position) ? 1 : 0),
      };
    };
  }

  override forward(x: Tensor): Tensor {
    const features = pipe(x, this.features, this.avgpool);
    return this.classifier.forward(flatten(features, 1));
  }
}

const oneColumn = { channels: [64, 192, 384, 256, 256], adaptive: true } as const;

/**
 * Torchvision's AlexNet, 61.1 M parameters: one column, no response normalisation. Krizhevsky, "One Weird
 * Trick for Parallelizing Convolutional Neural Networks", 2014.
 */
export function alexnet(options: AlexNetOptions = {}): AlexNet {
  return new AlexNet('alexnet', oneColumn, options);
}

/** `alexnet` with batch norm after each convolution. */
export function alexnet_bn(options: AlexNetOptions = {}): AlexNet {
  return new AlexNet('alexnet_bn', oneColumn, overOwn({ norm: batchNormLayer }, options));
}

/** The network of 2012, 61.0 M parameters: figure 2 of the paper, its two columns as groups. */
export function alexnet_2012(options: AlexNetOptions = {}): AlexNet {
  const plan = { channels: [96, 256, 384, 384, 256], asPublished: true } as const;
  return new AlexNet('alexnet_2012', plan, options);
}

/** One of the two columns of 2012 by itself, with a classifier of 2,048 units: 16.6 M parameters. */
export function alexnet_half(options: AlexNetOptions = {}): AlexNet {
  const plan = { channels: [48, 128, 192, 192, 128] } as const;
  return new AlexNet('alexnet_half', plan, overOwn({ hidden: 2048 }, options));
}
