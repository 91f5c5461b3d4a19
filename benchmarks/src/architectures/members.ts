import { alexnet_bn, alexnet_half } from '@convnet/alexnet';
import { capsnet } from '@convnet/capsnet';
import { densenet121 } from '@convnet/densenet';
import { efficientnet_b0, scaledEfficientNet } from '@convnet/efficientnet';
import { googlenet } from '@convnet/inception';
import { BatchNorm, type Stem } from '@convnet/layers';
import { lenet5, lenet5_relu, lenet_bn } from '@convnet/lenet';
import { mnasnet0_5, mnasnet1_0 } from '@convnet/mnasnet';
import {
  mobilenet_v1,
  mobilenet_v2,
  mobilenet_v3_large,
  mobilenet_v3_small,
} from '@convnet/mobilenet';
import { nin, nin_cifar10 } from '@convnet/nin';
import { resnet18, resnet20, resnet32, resnet34, resnet50 } from '@convnet/resnet';
import { shufflenet_v1, shufflenet_v2_x0_5, shufflenet_v2_x1_0 } from '@convnet/shufflenet';
import { squeezenet1_0, squeezenet1_1 } from '@convnet/squeezenet';
import { marginLoss, type Tensor } from '@convnet/tensor-core';
import type { Classifier } from '@convnet/train';
import { vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn } from '@convnet/vgg';
import { zfnet, zfnet_bn } from '@convnet/zfnet';

import type { ModelOptions } from '../model-table.ts';

/** What a member is built for. */
export interface MemberOptions extends ModelOptions {
  /** Of the builders that offer the choice: 'cifar' for images of about 32, which a stem for ImageNet shrinks at once. */
  readonly stem: Stem;
}

/** A network of a family. */
export interface Member {
  /** What `--models` calls it. */
  readonly name: string;
  /** The builder, and in brackets how the network differs from the published one. */
  readonly label: string;
  /** The package of its builder. */
  readonly family: string;
  readonly build: (options: MemberOptions) => Classifier;
  /** Where it is not cross-entropy: the loss of the paper. */
  readonly loss?: (outputs: Tensor, labels: Tensor) => Tensor;
}

/** A recipe of some thousand steps is over before statistics with a smaller share of news have followed. */
const leastMomentum = 0.1;

/** The recipe's part in the network itself: the running statistics follow a short training. */
function forShortTraining(model: Classifier): Classifier {
  for (const [, layer] of model.namedModules()) {
    if (layer instanceof BatchNorm && layer.momentum !== null && layer.momentum < leastMomentum) {
      Object.assign(layer, { momentum: leastMomentum });
    }
  }
  return model;
}

type Plain = Omit<MemberOptions, 'inputSize' | 'stem'>;
type WithStem = Omit<MemberOptions, 'inputSize'>;
type Sized = Omit<MemberOptions, 'stem'>;

/** A network that ends in global pooling and has one stem. */
const anySize =
  (build: (options: Plain) => Classifier): Member['build'] =>
  (given) => {
    const { inputSize: _, stem: __, ...options } = given;
    return build(options);
  };

/** A network that ends in global pooling and lets its stem be chosen. */
const withStem =
  (build: (options: WithStem) => Classifier): Member['build'] =>
  (given) => {
    const { inputSize: _, ...options } = given;
    return build(options);
  };

/** A network whose classifier has as many inputs as the convolutions leave. */
const sized =
  (build: (options: Sized) => Classifier): Member['build'] =>
  (given) => {
    const { stem: _, ...options } = given;
    return build(options);
  };

const member = (
  family: string,
  label: string,
  build: Member['build'],
  loss?: Member['loss'],
): Member => ({
  name: label
    .replace(/[()]/g, '')
    .replaceAll(/[ ,]+/g, '_')
    .replaceAll(/(width|hidden|growth|depth|channels)_/g, (word) => word[0]!),
  label,
  family,
  build: (options) => forShortTraining(build(options)),
  ...(loss === undefined ? {} : { loss }),
});

// The recipe trains without dropout: some thousand steps end long before overfitting.
const noDropout = { dropout: 0 } as const;
const narrowHead = { ...noDropout, hidden: 512 } as const;
const vggOf = (width: number) => ({ ...noDropout, width, hidden: 8 * width });
const densenetOf = (growthRate: number): Member['build'] =>
  withStem((o) => densenet121({ ...o, growthRate, numInitFeatures: 2 * growthRate }));
const efficientnetOf = (width: number, depth: number): Member['build'] =>
  withStem((o) =>
    scaledEfficientNet({ width, depth }, { ...o, ...noDropout, stochasticDepthProb: 0 }),
  );

/** What the run compares, family by family. Which one of a family is the smallest follows from the MACs on a set. */
export const members: readonly Member[] = [
  member('lenet', 'lenet5', sized(lenet5)),
  member('lenet', 'lenet5_relu', sized(lenet5_relu)),
  member('lenet', 'lenet_bn', sized(lenet_bn)),

  member(
    'alexnet',
    'alexnet_half (hidden 512)',
    sized((o) => alexnet_half({ ...o, ...narrowHead })),
  ),
  member(
    'alexnet',
    'alexnet_half',
    sized((o) => alexnet_half({ ...o, ...noDropout })),
  ),
  member(
    'alexnet',
    'alexnet_bn (hidden 512)',
    sized((o) => alexnet_bn({ ...o, ...narrowHead })),
  ),

  member(
    'zfnet',
    'zfnet (hidden 512)',
    sized((o) => zfnet({ ...o, ...narrowHead })),
  ),
  member(
    'zfnet',
    'zfnet_bn (hidden 512)',
    sized((o) => zfnet_bn({ ...o, ...narrowHead })),
  ),

  member(
    'vgg',
    'vgg11 (width 16)',
    anySize((o) => vgg11({ ...o, ...vggOf(16) })),
  ),
  member(
    'vgg',
    'vgg11_bn (width 16)',
    anySize((o) => vgg11_bn({ ...o, ...vggOf(16) })),
  ),
  member(
    'vgg',
    'vgg13 (width 16)',
    anySize((o) => vgg13({ ...o, ...vggOf(16) })),
  ),
  member(
    'vgg',
    'vgg13_bn (width 16)',
    anySize((o) => vgg13_bn({ ...o, ...vggOf(16) })),
  ),
  member(
    'vgg',
    'vgg16 (width 16)',
    anySize((o) => vgg16({ ...o, ...vggOf(16) })),
  ),
  member(
    'vgg',
    'vgg16_bn (width 16)',
    anySize((o) => vgg16_bn({ ...o, ...vggOf(16) })),
  ),
  member(
    'vgg',
    'vgg11_bn (width 32)',
    anySize((o) => vgg11_bn({ ...o, ...vggOf(32) })),
  ),

  member(
    'nin',
    'nin',
    anySize((o) => nin({ ...o, ...noDropout })),
  ),
  member(
    'nin',
    'nin_cifar10',
    anySize((o) => nin_cifar10({ ...o, ...noDropout })),
  ),

  member(
    'inception',
    'googlenet',
    anySize((o) => googlenet({ ...o, ...noDropout, auxLogits: false })),
  ),

  member(
    'squeezenet',
    'squeezenet1_1',
    anySize((o) => squeezenet1_1({ ...o, ...noDropout })),
  ),
  member(
    'squeezenet',
    'squeezenet1_0',
    anySize((o) => squeezenet1_0({ ...o, ...noDropout })),
  ),

  member(
    'resnet',
    'resnet18 (width 16)',
    withStem((o) => resnet18({ ...o, width: 16 })),
  ),
  member('resnet', 'resnet20', anySize(resnet20)),
  member('resnet', 'resnet32', anySize(resnet32)),
  member(
    'resnet',
    'resnet34 (width 16)',
    withStem((o) => resnet34({ ...o, width: 16 })),
  ),
  member(
    'resnet',
    'resnet50 (width 16)',
    withStem((o) => resnet50({ ...o, width: 16 })),
  ),

  member('densenet', 'densenet121 (growth 4)', densenetOf(4)),
  member('densenet', 'densenet121 (growth 8)', densenetOf(8)),
  member('densenet', 'densenet121 (growth 12)', densenetOf(12)),

  member(
    'mobilenet',
    'mobilenet_v1 (width 0.25)',
    withStem((o) => mobilenet_v1({ ...o, ...noDropout, widthMult: 0.25 })),
  ),
  member(
    'mobilenet',
    'mobilenet_v1 (width 0.5)',
    withStem((o) => mobilenet_v1({ ...o, ...noDropout, widthMult: 0.5 })),
  ),
  member(
    'mobilenet',
    'mobilenet_v1',
    withStem((o) => mobilenet_v1({ ...o, ...noDropout })),
  ),
  member(
    'mobilenet',
    'mobilenet_v2 (width 0.25)',
    withStem((o) => mobilenet_v2({ ...o, ...noDropout, widthMult: 0.25 })),
  ),
  member(
    'mobilenet',
    'mobilenet_v2 (width 0.5)',
    withStem((o) => mobilenet_v2({ ...o, ...noDropout, widthMult: 0.5 })),
  ),
  member(
    'mobilenet',
    'mobilenet_v2',
    withStem((o) => mobilenet_v2({ ...o, ...noDropout })),
  ),
  member(
    'mobilenet',
    'mobilenet_v3_small',
    withStem((o) => mobilenet_v3_small({ ...o, ...noDropout })),
  ),
  member(
    'mobilenet',
    'mobilenet_v3_large (width 0.5)',
    withStem((o) => mobilenet_v3_large({ ...o, ...noDropout, widthMult: 0.5 })),
  ),
  member(
    'mobilenet',
    'mobilenet_v3_large',
    withStem((o) => mobilenet_v3_large({ ...o, ...noDropout })),
  ),

  member(
    'mnasnet',
    'mnasnet0_5',
    withStem((o) => mnasnet0_5({ ...o, ...noDropout })),
  ),
  member(
    'mnasnet',
    'mnasnet1_0',
    withStem((o) => mnasnet1_0({ ...o, ...noDropout })),
  ),

  member(
    'shufflenet',
    'shufflenet_v1 (width 0.25)',
    withStem((o) => shufflenet_v1({ ...o, widthMult: 0.25 })),
  ),
  member(
    'shufflenet',
    'shufflenet_v1 (width 0.5)',
    withStem((o) => shufflenet_v1({ ...o, widthMult: 0.5 })),
  ),
  member('shufflenet', 'shufflenet_v2_x0_5', withStem(shufflenet_v2_x0_5)),
  member('shufflenet', 'shufflenet_v2_x1_0', withStem(shufflenet_v2_x1_0)),

  member('efficientnet', 'efficientnet (width 0.25, depth 0.5)', efficientnetOf(0.25, 0.5)),
  member('efficientnet', 'efficientnet (width 0.5, depth 0.5)', efficientnetOf(0.5, 0.5)),
  member(
    'efficientnet',
    'efficientnet_b0',
    withStem((o) => efficientnet_b0({ ...o, ...noDropout, stochasticDepthProb: 0 })),
  ),

  member(
    'capsnet',
    'capsnet (channels 8)',
    sized((o) => capsnet({ ...o, convChannels: 8, primaryCapsules: 2, reconstruction: false })),
    marginLoss,
  ),
];

export const memberNames: readonly string[] = members.map(({ name }) => name);

export const families: readonly string[] = [...new Set(members.map(({ family }) => family))];
