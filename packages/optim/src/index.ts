export { Adagrad, type AdagradOptions } from './adagrad.ts';
export { Adam, AdamW, type AdamOptions } from './adam.ts';
export { clipGradNorm, clipGradValue } from './clip.ts';
export { LAMB, type LAMBOptions } from './lamb.ts';
export {
  Optimizer,
  type OptimizerOptions,
  type ParameterGroup,
  type ParameterSource,
} from './optimizer.ts';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-on-plateau.ts';
export { RMSprop, RMSpropTF, type RMSpropOptions } from './rmsprop.ts';
export * from './schedule.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export { ExponentialMovingAverage } from './weight-average.ts';
