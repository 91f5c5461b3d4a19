import type { DeviceBuffer, Operand } from './operand.ts';

/** What results are kept within, such as those of ReLU: low < high, which may be infinite. NaN stays NaN. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
  /**
   * Which gradients they let through. One-sided, as ReLU's: of results that are not at or below `low`, NaN and infinity
   * among them. Else, as hardtanh's: of results strictly between.
   */
  readonly isOneSided: boolean;
}

/** What a batch normalisation keeps for evaluation, changed in place. */
export interface RunningStatistics {
  /** Of shape `[C]`; moves towards the mean of the batch. */
  readonly mean: Operand;
  /** Of shape `[C]`; moves towards the unbiased variance of the batch. */
  readonly variance: Operand;
  /** int32 []: goes up by one; null where nobody counts. */
  readonly batches: Operand | null;
  /** Share of the batch in the new statistics. */
  readonly momentum: number;
}

/** The kernels of batch normalisation. */
export interface BatchNormKernels {
  /**
   * Batch norm with the statistics of `x` over all axes but 1: returns y, the mean [C] and the biased
   * variance [C]. weight and bias are [C] or absent. Moves the running statistics, where there are some, and
   * keeps y within the bounds, where there are some.
   */
  batchNorm(
    x: Operand,
    weight: Operand | null,
    bias: Operand | null,
    epsilon: number,
    running: RunningStatistics | null,
    bounds: Bounds | null,
  ): [y: DeviceBuffer, mean: DeviceBuffer, variance: DeviceBuffer];
  /** Gradients of `batchNorm` by x, weight and bias, the last of which is read where there are bounds. */
  batchNormGrad(
    x: Operand,
    dy: Operand,
    weight: Operand | null,
    bias: Operand | null,
    mean: Operand,
    variance: Operand,
    epsilon: number,
    bounds: Bounds | null,
  ): [dx: DeviceBuffer, dweight: DeviceBuffer, dbias: DeviceBuffer];
  /**
   * `batchNorm` whose result is added to `residual`, of the shape of x, before it is kept within the bounds. A backend
   * without it runs the parts.
   */
  batchNormResidual?(
    x: Operand,
    residual: Operand,
    weight: Operand | null,
    bias: Operand | null,
    epsilon: number,
    running: RunningStatistics | null,
    bounds: Bounds | null,
  ): [y: DeviceBuffer, mean: DeviceBuffer, variance: DeviceBuffer];
  /**
   * Gradients of `batchNormResidual` with bounds by x, weight and bias. In place, `dy` becomes what the bounds let
   * through at `y`, which is the gradient of the residual. Goes with `batchNormResidual`.
   */
  batchNormResidualGrad?(
    x: Operand,
    y: Operand,
    dy: Operand,
    weight: Operand | null,
    mean: Operand,
    variance: Operand,
    epsilon: number,
    bounds: Bounds,
  ): [dx: DeviceBuffer, dweight: DeviceBuffer, dbias: DeviceBuffer];
  /** y = (x - mean) / sqrt(variance + epsilon) * weight + bias with given statistics [C]. */
  batchNormInference(
    x: Operand,
    weight: Operand | null,
    bias: Operand | null,
    mean: Operand,
    variance: Operand,
    epsilon: number,
  ): DeviceBuffer;
}
