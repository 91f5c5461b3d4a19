import { type Architectures } from '@convnet/layers';

import { googlenetWeights, inception_v3Weights } from './weights.ts';

const v1 = 'Szegedy et al., "Going Deeper with Convolutions", CVPR 2015';
const v3 = 'Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016';
const v4 =
  'Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning", AAAI 2017';

/** The facts about the builders. */
export const architectures: Architectures<
  | 'googlenet_2014'
  | 'inception_v4'
  | 'inception_resnet_v1'
  | 'inception_resnet_v2'
  | 'googlenet'
  | 'inception_v3'
> = {
  googlenet_2014: {
    reference: v1,
    parameters: 13_378_280,
    macs: 1_582_671_872,
    inputShape: [1, 3, 224, 224],
    source:
      "computed; without auxiliary classifiers 6,998,552 parameters, as Caffe's bvlc_googlenet",
    published: 'ImageNet top-5 error 10.07 % with one crop (table 3)',
  },
  inception_v4: {
    reference: v4,
    parameters: 42_679_816,
    macs: 12_253_974_624,
    inputShape: [1, 3, 299, 299],
    source: "parameters as timm's inception_v4; multiply-accumulates computed",
    published: 'ImageNet top-1 error 20.0 %, top-5 5.0 % with one crop (table 2)',
  },
  inception_resnet_v1: {
    reference: v4,
    parameters: 22_756_328,
    macs: 6_206_361_696,
    inputShape: [1, 3, 299, 299],
    source: "computed from the paper's figures",
    published: 'ImageNet top-1 error 21.3 %, top-5 5.5 % with one crop (table 2)',
  },
  inception_resnet_v2: {
    reference: v4,
    parameters: 55_843_464,
    macs: 13_155_794_016,
    inputShape: [1, 3, 299, 299],
    source: "parameters as timm's inception_resnet_v2; multiply-accumulates computed",
    published: 'ImageNet top-1 error 19.9 %, top-5 4.9 % with one crop (table 2)',
  },
  googlenet: {
    reference: v1,
    parameters: 13_004_888,
    macs: 1_498_376_192,
    inputShape: [1, 3, 224, 224],
    source: 'torchvision 0.14.1',
    weights: googlenetWeights,
  },
  inception_v3: {
    reference: v3,
    parameters: 27_161_264,
    macs: 5_713_216_096,
    inputShape: [1, 3, 299, 299],
    source: 'torchvision 0.14.1',
    weights: inception_v3Weights,
  },
};
