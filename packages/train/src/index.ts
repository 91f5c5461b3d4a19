export {
  EmptySetError,
  NonFiniteLossError,
  NonFiniteWeightsError,
  type DataFindings,
  type NonFiniteLoss,
  type NonFiniteOrigin,
  type NonFiniteWeights,
} from './errors.ts';
export { evaluate, type Batches, type Classifier, type Evaluation } from './evaluate.ts';
export {
  fit,
  type AbortSignalLike,
  type EpochReport,
  type FitOptions,
  type StepReport,
} from './fit.ts';
