export { evaluate, type Batches, type Classifier, type Evaluation } from './evaluate.ts';
export {
  fit,
  NonFiniteLossError,
  type AbortSignalLike,
  type EpochReport,
  type FitOptions,
  type StepReport,
} from './fit.ts';
