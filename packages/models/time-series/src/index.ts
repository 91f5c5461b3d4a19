export { architectures } from './architectures.ts';
export { Ensemble } from './ensemble.ts';
export { Fcn, fcn_wang, type FcnOptions } from './fcn.ts';
export { InceptionTime, inception_time, type InceptionTimeOptions } from './inception-time.ts';
export { MiniRocketFeatures } from './mini-rocket/features.ts';
export {
  MiniRocket,
  mini_rocket,
  type MiniRocketFitOptions,
  type MiniRocketOptions,
} from './mini-rocket/mini-rocket.ts';
export { ridgeClassifier, type LinearClassifier } from './mini-rocket/ridge.ts';
export type { TimeSeriesOptions } from './options.ts';
export { ranks } from './ranks.ts';
export { resnet_wang, TimeResNet, type TimeResNetOptions } from './resnet.ts';
export { ensembleRecords, ucrRecords, type UcrAccuracies, type UcrRecord } from './ucr.ts';
