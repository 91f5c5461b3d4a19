export { Adagrad, type AdagradOptions } from './adagrad.ts';
export { Adam, AdamW, type AdamOptions } from './adam.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export { ChainedScheduler, SequentialLR } from './composed-schedules.ts';
export { LAMB, type LAMBOptions } from './lamb.ts';
export { Optimizer, PartialStepError } from './optimizer.ts';
export type { OptimizerOptions, ParameterGroup, ParameterSource } from './parameter-groups.ts';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-on-plateau.ts';
export { RMSprop, RMSpropTF, type RMSpropOptions } from './rmsprop.ts';
export {
  CosineAnnealingLR,
  ExponentialLR,
  LinearLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
  type LinearLROptions,
} from './scaling-schedules.ts';
export { LRScheduler, type Schedule } from './schedule.ts';
export {
  CosineAnnealingWarmRestarts,
  OneCycleLR,
  type CosineAnnealingWarmRestartsOptions,
  type OneCycleOptions,
} from './setting-schedules.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export { snapshotOf, type Snapshot } from './snapshot.ts';
export { ExponentialMovingAverage } from './weight-average.ts';
