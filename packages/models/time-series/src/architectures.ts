import type { Architectures } from '@convnet/layers';

import { publishedLine, ucrRecords } from './ucr.ts';

const baseline =
  'Wang, Yan and Oates, "Time Series Classification from Scratch with Deep Neural Networks: A Strong Baseline", IJCNN 2017';
const inception =
  'Ismail Fawaz et al., "InceptionTime: Finding AlexNet for Time Series Classification", Data Mining and Knowledge Discovery 34, 2020';

const rocket =
  'Dempster, Schmidt and Webb, "MiniRocket: A Very Fast (Almost) Deterministic Transform for Time Series Classification", KDD 2021';

/** Of a series of GunPoint: 150 samples of one channel, in 2 classes. */
const inputShape = [1, 1, 150];

/** The facts about the builders, for one channel and two classes. */
export const architectures: Architectures<
  'fcn_wang' | 'resnet_wang' | 'inception_time' | 'mini_rocket'
> = {
  fcn_wang: {
    reference: baseline,
    parameters: 264_450,
    macs: 39_475_456,
    inputShape,
    source: 'computed',
    published: publishedLine(ucrRecords.fcn_wang),
  },
  resnet_wang: {
    reference: baseline,
    parameters: 503_106,
    macs: 75_043_456,
    inputShape,
    source: 'computed',
    published: publishedLine(ucrRecords.resnet_wang),
  },
  inception_time: {
    reference: inception,
    parameters: 420_450,
    macs: 62_721_856,
    inputShape,
    source: 'computed',
    published: publishedLine(ucrRecords.inception_time),
  },
  mini_rocket: {
    reference: rocket,
    parameters: 19_994,
    macs: 1_408_008,
    inputShape,
    source: 'computed',
    published: publishedLine(ucrRecords.mini_rocket),
  },
};
