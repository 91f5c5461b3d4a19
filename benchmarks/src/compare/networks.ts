import { alexnet_half } from '@convnet/alexnet';
import { capsnet } from '@convnet/capsnet';
import { densenet121 } from '@convnet/densenet';
import { scaledEfficientNet } from '@convnet/efficientnet';
import { googlenet } from '@convnet/inception';
import { BatchNorm } from '@convnet/layers';
import { lenet5, lenet5_relu, lenet_bn } from '@convnet/lenet';
import { mnasnet0_5 } from '@convnet/mnasnet';
import { mobilenet_v1, mobilenet_v2 } from '@convnet/mobilenet';
import { nin } from '@convnet/nin';
import { resnet18 } from '@convnet/resnet';
import { shufflenet_v2_x0_5 } from '@convnet/shufflenet';
import { squeezenet1_1 } from '@convnet/squeezenet';
import { marginLoss, type Tensor } from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';
import { vgg11 } from '@convnet/vgg';
import { zfnet } from '@convnet/zfnet';

import type { ModelBuilder, ModelOptions } from '../model-table.ts';

/** A network that is compared with others. */
export interface Architecture {
  /** The builder, and in brackets how the network differs from the published one. */
  readonly label: string;
  readonly build: ModelBuilder;
  /** Trains only where it is asked for by name: the run trains few, and those well. */
  readonly onRequest?: true;
  /** Where it is not cross-entropy: the loss of the paper. */
  readonly loss?: (outputs: Tensor, labels: Tensor) => Tensor;
  /** Its learning rate over that of the set, where that is too great for it. Default 1. */
  readonly rateFactor?: number;
}

type Builder = (options: Omit<ModelOptions, 'inputSize'>) => Classifier;

/** Leaves out the extents, which networks that end in global pooling do not take. */
function anySize(build: Builder): ModelBuilder {
  return (given) => {
    const { inputSize: _, ...options } = given;
    return build(options);
  };
}

/** Lets running statistics follow in a short training: the published momentum asks for 10,000 steps. */
function quickStatistics(model: Classifier): Classifier {
  for (const [, layer] of model.namedModules()) {
    if (layer instanceof BatchNorm) Object.assign(layer, { momentum: 0.1 });
  }
  return model;
}

const noDropout = { dropout: 0 } as const;

/**
 * What is compared, in one and two dimensions, by the name that --models calls it: narrow variants, so that a few minutes are
 * enough, without dropout, which does not pay in a training that ends long before overfitting.
 */
export const networks: Readonly<Record<string, Architecture>> = {
  lenet5: { label: 'lenet5', build: lenet5, onRequest: true },
  lenet5_relu: { label: 'lenet5_relu', build: lenet5_relu },
  lenet_bn: { label: 'lenet_bn', build: lenet_bn, onRequest: true },
  alexnet_half: {
    label: 'alexnet_half (hidden 256)',
    build: (options) => alexnet_half({ ...options, ...noDropout, hidden: 256 }),
    onRequest: true,
    rateFactor: 1 / 4,
  },
  vgg11: {
    label: 'vgg11 (width 8)',
    build: anySize((options) => vgg11({ ...options, ...noDropout, width: 8, hidden: 128 })),
    rateFactor: 1 / 4,
  },
  resnet18: {
    label: 'resnet18 (width 16)',
    build: anySize((options) => resnet18({ ...options, width: 16 })),
  },
  zfnet: { label: 'zfnet', build: zfnet, onRequest: true, rateFactor: 1 / 4 },
  nin: { label: 'nin', build: anySize(nin), onRequest: true, rateFactor: 1 / 20 },
  googlenet: {
    label: 'googlenet',
    build: anySize((options) => googlenet({ ...options, auxLogits: false })),
    onRequest: true,
  },
  squeezenet1_1: {
    label: 'squeezenet1_1',
    build: anySize((options) => squeezenet1_1({ ...options, ...noDropout })),
    onRequest: true,
    rateFactor: 1 / 20,
  },
  densenet121: {
    label: 'densenet121 (growth 4)',
    build: anySize((options) => densenet121({ ...options, growthRate: 4, numInitFeatures: 8 })),
  },
  capsnet: {
    label: 'capsnet (8 channels)',
    build: (options) =>
      capsnet({ ...options, convChannels: 8, primaryCapsules: 2, reconstruction: false }),
    onRequest: true,
    loss: marginLoss,
  },
  mobilenet_v1: {
    label: 'mobilenet_v1 (width 0.25)',
    build: anySize((options) => mobilenet_v1({ ...options, ...noDropout, widthMult: 0.25 })),
    onRequest: true,
  },
  mobilenet_v2: {
    label: 'mobilenet_v2 (width 0.25, stem cifar)',
    build: anySize((options) =>
      mobilenet_v2({ ...options, ...noDropout, widthMult: 0.25, stem: 'cifar' }),
    ),
  },
  shufflenet_v2_x0_5: {
    label: 'shufflenet_v2_x0_5',
    build: anySize(shufflenet_v2_x0_5),
    onRequest: true,
  },
  mnasnet0_5: {
    label: 'mnasnet0_5 (momentum 0.1)',
    build: anySize((options) => quickStatistics(mnasnet0_5({ ...options, ...noDropout }))),
    onRequest: true,
  },
  efficientnet_b0: {
    label: 'efficientnet_b0 (width 0.25, depth 0.5)',
    build: anySize((options) =>
      scaledEfficientNet(
        { width: 0.25, depth: 0.5 },
        { ...options, ...noDropout, stochasticDepthProb: 0 },
      ),
    ),
    onRequest: true,
  },
};

export const networkNames: readonly string[] = Object.keys(networks);
