import {
  AvgPool,
  BatchNorm,
  Conv,
  Linear,
  MaxPool,
  Module,
  outputShape,
  ReLU,
  Sequential,
  Tanh,
  type Layer,
  type LayerOptions,
} from '@convnet/layers';
import { elementCount, flatten, type PerAxis, type Tensor } from '@convnet/tensor-core';

/** What every LeNet is built from. */
export interface LeNetOptions extends LayerOptions {
  /** Spatial axes: 1 for signals [N, C, L], 2 for images [N, C, H, W]. Default 2. */
  readonly dims?: 1 | 2;
  /** Default 1. */
  readonly inChannels?: number;
  /** Default 10. */
  readonly numClasses?: number;
  /** Extent of the input: one number for all axes, or one for each. Default 28. */
  readonly inputSize?: PerAxis;
}

/** Convolutions and pooling, then a classifier: [N, inChannels, …] -> [N, numClasses]. */
export class LeNet extends Module {
  features: Sequential;
  classifier: Sequential;

  /**
   * `classifier` is given the number of features that the convolutions leave of the input.
   * @throws InputTooSmallError naming the layer and the least extent.
   */
  constructor(
    architecture: string,
    features: readonly Layer[],
    inputShape: readonly number[],
    classifier: (numFeatures: number) => readonly Layer[],
  ) {
    super();
    this.architecture = architecture;
    this.features = new Sequential(features);
    const left = outputShape(this.features, inputShape, `${architecture}.features`);
    this.classifier = new Sequential(classifier(elementCount(left)));
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.features.forward(x), 1));
  }
}

function resolve(options: LeNetOptions): {
  readonly dims: 1 | 2;
  readonly inChannels: number;
  readonly numClasses: number;
  readonly inputShape: readonly number[];
} {
  const { dims = 2, inChannels = 1, numClasses = 10, inputSize = 28 } = options;
  const extents =
    typeof inputSize === 'number' ? Array.from({ length: dims }, () => inputSize) : inputSize;
  return { dims, inChannels, numClasses, inputShape: [1, inChannels, ...extents] };
}

/**
 * The three convolutions and the classifier of LeNet-5. The input is padded by 2, as the 28x28 digits were
 * to 32x32; C5 is a convolution that covers all that is left of such an input.
 */
function lenetFive(
  architecture: string,
  options: LeNetOptions,
  activation: () => Layer,
  pool: (dims: number) => Layer,
): LeNet {
  const { dims, inChannels, numClasses, inputShape } = resolve(options);
  return new LeNet(
    architecture,
    [
      new Conv(dims, inChannels, 6, 5, { ...options, padding: 2 }), // C1
      activation(),
      pool(dims), // S2
      new Conv(dims, 6, 16, 5, options), // C3
      activation(),
      pool(dims), // S4
      new Conv(dims, 16, 120, 5, options), // C5
      activation(),
    ],
    inputShape,
    (numFeatures) => [
      new Linear(numFeatures, 84, options), // F6
      activation(),
      new Linear(84, numClasses, options),
    ],
  );
}

/**
 * LeNet-5 with tanh and average pooling; 61,706 parameters for 1x28x28. LeCun et al., "Gradient-Based
 * Learning Applied to Document Recognition", Proceedings of the IEEE 1998, fig. 2 (pooling without learned
 * coefficients, C3 fully connected to S2, a linear output layer).
 */
export function lenet5(options: LeNetOptions = {}): LeNet {
  return lenetFive(
    'lenet5',
    options,
    () => new Tanh(),
    (dims) => new AvgPool(dims, 2),
  );
}

/** LeNet-5 with ReLU and max pooling: the same 61,706 parameters for 1x28x28, quicker to train. */
export function lenet5_relu(options: LeNetOptions = {}): LeNet {
  return lenetFive(
    'lenet5_relu',
    options,
    () => new ReLU(),
    (dims) => new MaxPool(dims, 2),
  );
}

/**
 * Two convolutions of 20 and 50 channels, each with batch norm and max pooling, and a classifier of 512
 * units. The widths are those of Caffe's LeNet (BVLC, examples/mnist), which also has no activation between
 * convolution and pooling.
 */
export function lenet_bn(options: LeNetOptions = {}): LeNet {
  const { dims, inChannels, numClasses, inputShape } = resolve(options);
  return new LeNet(
    'lenet_bn',
    [
      new Conv(dims, inChannels, 20, 5, options),
      new BatchNorm(dims, 20, options),
      new MaxPool(dims, 2),
      new Conv(dims, 20, 50, 5, options),
      new BatchNorm(dims, 50, options),
      new MaxPool(dims, 2),
    ],
    inputShape,
    (numFeatures) => [
      new Linear(numFeatures, 512, options),
      new ReLU(),
      new Linear(512, numClasses, options),
    ],
  );
}
