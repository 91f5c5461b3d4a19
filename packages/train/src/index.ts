export {
  EmptySetError,
  NonFiniteLossError,
  NonFiniteWeightsError,
  type DataFindings,
  type NonFiniteLoss,
  type NonFiniteOrigin,
  type NonFiniteWeights,
} from './errors.ts';
export type { Batches } from './batches.ts';
export { evaluate, type Classifier, type Evaluation } from './evaluate.ts';
export { fit } from './fit.ts';
export type { AbortSignalLike, EpochReport, FitOptions, StepReport } from './fit-options.ts';
