import {
  AvgPool,
  BatchNorm,
  Conv,
  initWeights,
  inputShapeOf,
  Linear,
  MaxPool,
  Module,
  outputShape,
  ownRules,
  ReLU,
  resolveOptions,
  Sequential,
  Tanh,
  type Layer,
  type Rank,
  type SizedModelOptions,
} from '@convnet/layers';
import { elementCount, flatten, type Device, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

/** `inChannels` is 1 by default, `numClasses` 10, `inputSize` 28. */
export type LeNetOptions = SizedModelOptions<(typeof ranks)[number]>;

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
    device: Device,
    classifier: (numFeatures: number) => readonly Layer[],
  ) {
    super();
    this.architecture = architecture;
    this.features = new Sequential(features);
    const left = outputShape(this.features, inputShape, `${architecture}.features`);
    this.classifier = new Sequential(classifier(elementCount(left)));
    initWeights(this, ownRules, device);
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(this.features.forward(x), 1));
  }
}

interface Resolved {
  readonly dims: Rank;
  readonly inChannels: number;
  readonly numClasses: number;
  readonly device: Device;
  readonly inputShape: readonly number[];
}

function resolve(architecture: string, options: LeNetOptions): Resolved {
  const { inputSize, ...resolved } = resolveOptions(
    architecture,
    options,
    {
      inChannels: 1,
      numClasses: 10,
      inputSize: 28,
    },
    ranks,
  );
  return { ...resolved, inputShape: inputShapeOf(resolved, inputSize) };
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
  const { dims, inChannels, numClasses, device, inputShape } = resolve(architecture, options);
  return new LeNet(
    architecture,
    [
      new Conv(dims, inChannels, 6, 5, { padding: 2 }), // C1
      activation(),
      pool(dims), // S2
      new Conv(dims, 6, 16, 5), // C3
      activation(),
      pool(dims), // S4
      new Conv(dims, 16, 120, 5), // C5
      activation(),
    ],
    inputShape,
    device,
    (numFeatures) => [
      new Linear(numFeatures, 84), // F6
      activation(),
      new Linear(84, numClasses),
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
  const { dims, inChannels, numClasses, device, inputShape } = resolve('lenet_bn', options);
  return new LeNet(
    'lenet_bn',
    [
      new Conv(dims, inChannels, 20, 5),
      new BatchNorm(dims, 20),
      new MaxPool(dims, 2),
      new Conv(dims, 20, 50, 5),
      new BatchNorm(dims, 50),
      new MaxPool(dims, 2),
    ],
    inputShape,
    device,
    (numFeatures) => [new Linear(numFeatures, 512), new ReLU(), new Linear(512, numClasses)],
  );
}
