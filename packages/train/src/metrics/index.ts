export {
  calibration,
  type Calibration,
  type CalibrationBin,
  type CalibrationOptions,
} from './calibration.ts';
export {
  Accuracy,
  CalibrationError,
  F1Score,
  Precision,
  Recall,
  RocAuc,
  TopKAccuracy,
  type AverageOptions,
  type DecisionOptions,
} from './classification-metrics.ts';
export {
  accuracy,
  perClass,
  precisionRecallF1,
  topKAccuracy,
  type Average,
  type ClassFigures,
  type PrecisionRecallF1,
  type PrecisionRecallF1Options,
} from './classification.ts';
export {
  confusionMatrix,
  ConfusionMatrix,
  type ConfusionMatrixOptions,
} from './confusion-matrix.ts';
export { metricOf, type Metric } from './metric.ts';
export { MeanAbsoluteError, R2Score, RootMeanSquaredError } from './regression-metrics.ts';
export {
  meanAbsoluteError,
  meanSquaredError,
  r2Score,
  rootMeanSquaredError,
} from './regression.ts';
export { rocAuc, rocCurve, type RocAucOptions, type RocPoint } from './roc-auc.ts';
export type { Values } from './values.ts';
