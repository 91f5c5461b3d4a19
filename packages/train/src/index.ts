export { evaluate, type Batches, type Classifier, type Evaluation } from './evaluate.ts';
export {
  fit,
  NonFiniteLossError,
  type EpochReport,
  type FitOptions,
  type StepReport,
} from './fit.ts';
