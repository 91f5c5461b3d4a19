import type { BatchNormKernels, Bounds, Operand, RunningStatistics } from '../backend.ts';
import { hostArray } from '../dtype.ts';
import { bufferOf, forEachPosition, valuesFor, valuesOf } from './buffer.ts';

/** For each channel, the sum of `term` over all positions of x. */
function perChannel(x: Operand, term: (flat: number, channel: number) => number): Float64Array {
  const totals = new Float64Array(x.shape[1]!);
  forEachPosition(x.shape, (position, flat) => {
    const channel = position[1]!;
    totals[channel]! += term(flat, channel);
  });
  return totals;
}

/** The first value of each channel; 0 for one from which there is no distance. */
function firstOfChannels(x: Operand): Float64Array {
  const source = valuesOf(x);
  const step = x.shape.slice(2).reduce((product, extent) => product * extent, 1);
  return Float64Array.from({ length: x.shape[1]! }, (_, c) => {
    const value = source[c * step]!;
    return Number.isFinite(value) ? value : 0;
  });
}

function rounded(x: Operand, totals: Float64Array): ReturnType<typeof bufferOf> {
  const values = hostArray(x.dtype, totals.length);
  values.set(totals);
  return bufferOf(values);
}

/** running = (1 - momentum) running + momentum * batch, with the unbiased variance; counts the batch. */
function moveRunning(
  running: RunningStatistics,
  mean: Float64Array,
  variance: Float64Array,
  count: number,
): void {
  const { momentum } = running;
  const [means, variances] = [valuesOf(running.mean), valuesOf(running.variance)];
  for (let c = 0; c < mean.length; c++) {
    const unbiased = (variance[c]! * count) / (count - 1);
    means[c] = (1 - momentum) * means[c]! + momentum * mean[c]!;
    variances[c] = (1 - momentum) * variances[c]! + momentum * unbiased;
  }
  if (running.batches !== null) valuesOf(running.batches)[0]!++;
}

/** In place; NaN stays NaN. */
function clamp(y: Operand, { low, high }: Bounds): void {
  const values = valuesOf(y);
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < low) values[i] = low;
    if (values[i]! > high) values[i] = high;
  }
}

/** Whether the gradient of a result `y`, or of what was kept within the bounds, goes on. */
function letsThrough({ low, high, isOneSided }: Bounds, y: number): boolean {
  return isOneSided ? !(y <= low) : y > low && y < high;
}

export const batchNormKernels: Required<BatchNormKernels> = {
  batchNorm(x, weight, bias, epsilon, running, bounds) {
    const source = valuesOf(x);
    const count = source.length / x.shape[1]!;
    // From the first values on: the mean of equal values is that value, and their variance 0.
    const first = firstOfChannels(x);
    const shift = perChannel(x, (flat, c) => (source[flat]! - first[c]!) / count);
    const mean = first.map((value, c) => value + shift[c]!);
    const variance = perChannel(x, (flat, c) => (source[flat]! - mean[c]!) ** 2 / count);
    if (running !== null) moveRunning(running, mean, variance, count);
    const stats = { ...x, shape: [x.shape[1]!] };
    const meanOperand = { ...stats, buffer: rounded(x, mean) };
    const varianceOperand = { ...stats, buffer: rounded(x, variance) };
    const y = this.batchNormInference(x, weight, bias, meanOperand, varianceOperand, epsilon);
    if (bounds !== null) clamp({ ...x, buffer: y }, bounds);
    return [y, meanOperand.buffer, varianceOperand.buffer];
  },

  batchNormGrad(x, dy, weight, bias, mean, variance, epsilon, bounds) {
    const source = valuesOf(x);
    let gradients = valuesOf(dy);
    if (bounds !== null) {
      const y = this.batchNormInference(x, weight, bias, mean, variance, epsilon);
      const unbounded = valuesOf({ ...x, buffer: y });
      gradients = gradients.map((g, i) => (letsThrough(bounds, unbounded[i]!) ? g : 0));
    }
    const means = valuesOf(mean);
    const scales = valuesOf(weight ?? variance);
    const count = source.length / x.shape[1]!;
    const inverse = Array.from(valuesOf(variance), (v) => 1 / Math.sqrt(v + epsilon));
    const normalized = (flat: number, c: number): number =>
      (source[flat]! - means[c]!) * inverse[c]!;
    const dbias = perChannel(x, (flat) => gradients[flat]!);
    const dweight = perChannel(x, (flat, c) => gradients[flat]! * normalized(flat, c));
    const dx = valuesFor(x);
    forEachPosition(x.shape, (position, flat) => {
      const c = position[1]!;
      const centred = gradients[flat]! - (dbias[c]! + normalized(flat, c) * dweight[c]!) / count;
      dx[flat] = (weight ? scales[c]! : 1) * inverse[c]! * centred;
    });
    return [bufferOf(dx), rounded(x, dweight), rounded(x, dbias)];
  },

  batchNormResidual(x, residual, weight, bias, epsilon, running, bounds) {
    const [y, mean, variance] = this.batchNorm(x, weight, bias, epsilon, running, null);
    const sums = valuesOf({ ...x, buffer: y });
    const added = valuesOf(residual);
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + added[i]!;
    if (bounds !== null) clamp({ ...x, buffer: y }, bounds);
    return [y, mean, variance];
  },

  batchNormResidualGrad(x, y, dy, weight, mean, variance, epsilon, bounds) {
    const results = valuesOf(y);
    const gradients = valuesOf(dy);
    for (let i = 0; i < gradients.length; i++) {
      if (!letsThrough(bounds, results[i]!)) gradients[i] = 0;
    }
    return this.batchNormGrad(x, dy, weight, null, mean, variance, epsilon, null);
  },

  batchNormInference(x, weight, bias, mean, variance, epsilon) {
    const source = valuesOf(x);
    const values = valuesFor(x);
    const means = valuesOf(mean);
    const variances = valuesOf(variance);
    const scales = weight && valuesOf(weight);
    const shifts = bias && valuesOf(bias);
    forEachPosition(x.shape, (position, flat) => {
      const c = position[1]!;
      const normalized = (source[flat]! - means[c]!) / Math.sqrt(variances[c]! + epsilon);
      values[flat] = normalized * (scales ? scales[c]! : 1) + (shifts ? shifts[c]! : 0);
    });
    return bufferOf(values);
  },
};
