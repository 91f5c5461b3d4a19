import {
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
  ReLU,
  requireCounts,
  resolveOptions,
  Sequential,
  type Layer,
  type NormLayer,
  type SizedModelOptions,
} from '@convnet/layers';
import { aFunction, elementCount, flatten, orNull, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface ZFNetOptions extends SizedModelOptions<(typeof ranks)[number]> {
  /** Probability of the two dropouts. Default 0.5. */
  readonly dropout?: number;
  /** Width of the two hidden layers of the classifier. Default 4,096. */
  readonly hidden?: number;
  /**
   * What follows each convolution, in place of the response normalisation after the first two. Default:
   * nothing; batch norm in `zfnet_bn`.
   */
  readonly norm?: NormLayer | null;
}

/**
 * AlexNet seen through: a smaller, denser first layer, all convolutions whole.
 * [N, inChannels, …] -> [N, numClasses]. Zeiler and Fergus, "Visualizing and Understanding Convolutional
 * Networks", ECCV 2014, fig. 3.
 */
export class ZFNet extends Module {
  features: Sequential;
  classifier: Sequential;

  /** @throws InputTooSmallError naming the layer and the least extent; ArgumentError. */
  constructor(architecture: string, options: ZFNetOptions) {
    super();
    this.architecture = architecture;
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

    const convolution = (conv: Conv): readonly Layer[] => [
      conv,
      ...(norm === null ? [] : [norm(dims, conv.outChannels)]),
      new ReLU(),
    ];
    // "Contrast normalised across feature maps": AlexNet's normalisation, whose sum over 5 channels is not
    // divided by 5 as PyTorch's is, hence 5e-4 for its 1e-4.
    const contrast = (): readonly Layer[] =>
      norm === null ? [new LocalResponseNorm(5, { alpha: 5e-4, beta: 0.75, k: 2 })] : [];
    this.features = new Sequential([
      ...convolution(new Conv(dims, inChannels, 96, 7, { stride: 2, padding: 1 })),
      new MaxPool(dims, 3, { stride: 2, padding: 1 }),
      ...contrast(),
      ...convolution(new Conv(dims, 96, 256, 5, { stride: 2 })),
      new MaxPool(dims, 3, { stride: 2, padding: 1 }),
      ...contrast(),
      ...convolution(new Conv(dims, 256, 384, 3, { padding: 1 })),
      ...convolution(new Conv(dims, 384, 384, 3, { padding: 1 })),
      ...convolution(new Conv(dims, 384, 256, 3, { padding: 1 })),
      new MaxPool(dims, 3, { stride: 2 }),
    ]);
    const inputShape = inputShapeOf(common, inputSize);
    const left = outputShape(this.features, inputShape, `${architecture}.features`);
    this.classifier = new Sequential([
      new Linear(elementCount(left), hidden),
      new ReLU(),
      new Dropout(dropout),
      new Linear(hidden, hidden),
      new ReLU(),
      new Dropout(dropout),
      new Linear(hidden, numClasses),
    ]);
    initWeights(
      this,
      (layer) =>
        layer instanceof Conv || layer instanceof Linear
          ? { weight: normal(0, 0.01), bias: constant(0) }
          : {},
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.features.forward(x), 1));
  }
}

/** As published, 62.4 M parameters. */
export function zfnet(options: ZFNetOptions = {}): ZFNet {
  return new ZFNet('zfnet', options);
}

/** With batch norm after each convolution. */
export function zfnet_bn(options: ZFNetOptions = {}): ZFNet {
  return new ZFNet('zfnet_bn', overOwn({ norm: batchNormLayer }, options));
}
