import { alexnet_half } from '@convnet/alexnet';
import { capsnet } from '@convnet/capsnet';
import { densenet121 } from '@convnet/densenet';
import { efficientnet_b0, scaledEfficientNet } from '@convnet/efficientnet';
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
import type { Profile } from '../profile.ts';

/** A network of an architecture. */
export interface Variant {
  /** The builder, and in brackets how the network differs from the published one. */
  readonly label: string;
  readonly build: ModelBuilder;
}

/** An architecture that is compared with others. */
export interface Architecture {
  /** What the full profile trains: as it was published, where the machine has room for it. */
  readonly published: Variant;
  /** What the quick profile trains: the published network where this is not given. */
  readonly quick?: Variant;
  /** The quick profile trains it only where it is asked for by name: it trains few, and those well. */
  readonly fullOnly?: true;
  /** Where it is not cross-entropy: the loss of the paper. */
  readonly loss?: (outputs: Tensor, labels: Tensor) => Tensor;
  /** Its learning rate over that of the set, where that is too great for it. Default 1. */
  readonly rateFactor?: number;
}

/** What a profile trains of an architecture. */
export function variantOf({ published, quick }: Architecture, profile: Profile): Variant {
  return profile === 'quick' ? (quick ?? published) : published;
}

type Builder = (options: Omit<ModelOptions, 'inputSize'>) => Classifier;

/** Leaves out the extents, which networks that end in global pooling do not take. */
function anySize(build: Builder): ModelBuilder {
  return (given) => {
    const { inputSize: _, ...options } = given;
    return build(options);
  };
}

/** The same network in all profiles. */
const always = (label: string, build: ModelBuilder): Architecture => ({
  published: { label, build },
});

/** A smaller network in the quick profile; `difference` says how it differs. */
const smaller = (
  name: string,
  difference: string,
  quick: ModelBuilder,
  published: ModelBuilder,
): Architecture => ({
  published: { label: name, build: published },
  quick: { label: `${name} (${difference})`, build: quick },
});

/** Lets running statistics follow in a short training: the published momentum asks for 10,000 steps. */
function quickStatistics(model: Classifier): Classifier {
  for (const [, layer] of model.namedModules()) {
    if (layer instanceof BatchNorm) Object.assign(layer, { momentum: 0.1 });
  }
  return model;
}

/** CapsNet with few channels and without its decoder. */
const narrowCapsnet =
  (convChannels: number, primaryCapsules: number): ModelBuilder =>
  (options) =>
    capsnet({ ...options, convChannels, primaryCapsules, reconstruction: false });

const noDropout = { dropout: 0 } as const;

/**
 * What is compared, in one and two dimensions, by the name that --models calls it. The quick variants have no
 * dropout, which does not pay in a training that ends long before overfitting.
 */
export const networks: Readonly<Record<string, Architecture>> = {
  lenet5: { ...always('lenet5', lenet5), fullOnly: true },
  lenet5_relu: always('lenet5_relu', lenet5_relu),
  lenet_bn: { ...always('lenet_bn', lenet_bn), fullOnly: true },
  alexnet_half: {
    fullOnly: true,
    ...smaller(
      'alexnet_half',
      'hidden 256',
      (options) => alexnet_half({ ...options, ...noDropout, hidden: 256 }),
      alexnet_half,
    ),
    rateFactor: 1 / 4,
  },
  vgg11: {
    ...smaller(
      'vgg11',
      'width 8',
      anySize((options) => vgg11({ ...options, ...noDropout, width: 8, hidden: 128 })),
      anySize(vgg11),
    ),
    rateFactor: 1 / 4,
  },
  resnet18: smaller(
    'resnet18',
    'width 16',
    anySize((options) => resnet18({ ...options, width: 16 })),
    anySize(resnet18),
  ),
  zfnet: { ...always('zfnet', zfnet), fullOnly: true, rateFactor: 1 / 4 },
  nin: { ...always('nin', anySize(nin)), fullOnly: true, rateFactor: 1 / 20 },
  googlenet: {
    ...always(
      'googlenet',
      anySize((options) => googlenet({ ...options, auxLogits: false })),
    ),
    fullOnly: true,
  },
  squeezenet1_1: {
    fullOnly: true,
    ...always('squeezenet1_1', anySize(squeezenet1_1)),
    quick: {
      label: 'squeezenet1_1',
      build: anySize((options) => squeezenet1_1({ ...options, ...noDropout })),
    },
    rateFactor: 1 / 20,
  },
  densenet121: smaller(
    'densenet121',
    'growth 4',
    anySize((options) => densenet121({ ...options, growthRate: 4, numInitFeatures: 8 })),
    anySize(densenet121),
  ),
  capsnet: {
    fullOnly: true,
    quick: { label: 'capsnet (8 channels)', build: narrowCapsnet(8, 2) },
    // The published 256 and 32 would need gigabytes for the routing among 100 classes.
    published: { label: 'capsnet (32 channels)', build: narrowCapsnet(32, 4) },
    loss: marginLoss,
  },
  mobilenet_v1: {
    ...smaller(
      'mobilenet_v1',
      'width 0.25',
      anySize((options) => mobilenet_v1({ ...options, ...noDropout, widthMult: 0.25 })),
      anySize(mobilenet_v1),
    ),
    fullOnly: true,
  },
  mobilenet_v2: smaller(
    'mobilenet_v2',
    'width 0.25, stem cifar',
    anySize((options) =>
      mobilenet_v2({ ...options, ...noDropout, widthMult: 0.25, stem: 'cifar' }),
    ),
    anySize(mobilenet_v2),
  ),
  shufflenet_v2_x0_5: {
    ...always('shufflenet_v2_x0_5', anySize(shufflenet_v2_x0_5)),
    fullOnly: true,
  },
  mnasnet0_5: {
    ...smaller(
      'mnasnet0_5',
      'momentum 0.1',
      anySize((options) => quickStatistics(mnasnet0_5({ ...options, ...noDropout }))),
      anySize(mnasnet0_5),
    ),
    fullOnly: true,
  },
  efficientnet_b0: {
    ...smaller(
      'efficientnet_b0',
      'width 0.25, depth 0.5',
      anySize((options) =>
        scaledEfficientNet(
          { width: 0.25, depth: 0.5 },
          { ...options, ...noDropout, stochasticDepthProb: 0 },
        ),
      ),
      anySize(efficientnet_b0),
    ),
    fullOnly: true,
  },
};

export const networkNames: readonly string[] = Object.keys(networks);
