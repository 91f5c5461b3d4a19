export type { Batches, LabelledBatch } from './batches.ts';
export {
  EmptySetError,
  NonFiniteLossError,
  NonFiniteWeightsError,
  type DataFindings,
  type NonFiniteLoss,
  type NonFiniteOrigin,
  type NonFiniteWeights,
} from './errors.ts';
export {
  evaluate,
  type Classifier,
  type EvaluateOptions,
  type Evaluation,
  type StepOutput,
} from './evaluate.ts';
export * from './checkpoint/index.ts';
export * from './finetune/index.ts';
export { fit } from './fit/fit.ts';
export type {
  AbortSignalLike,
  EarlyStoppingOptions,
  FitOptions,
  SteppedSchedule,
  UpdatedAverage,
} from './fit/options.ts';
export type {
  Callback,
  EndReport,
  EpochReport,
  FitReport,
  StartReport,
  StepReport,
  StopReason,
} from './fit/reports.ts';
export type { Loss, LossFunction } from './loss.ts';
export * from './metrics/index.ts';
export { predict, Predictions, type Prediction, type PredictOptions } from './predict.ts';
export * from './progress/index.ts';
