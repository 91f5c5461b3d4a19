import { elementCount, type Kernels } from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink } from '../commands/command-sink.ts';
import { elementShader, groupShader } from '../shader.ts';
import { allocate, giveBack, positionsOf } from './kernel-support.ts';

/** Element k of channel i of x [N, C, positions]: parameters are count, N, positions. */
const channelElement = '(k / p[2] * p[0] + i) * p[2] + k % p[2]';

const statistics = groupShader(
  'batchNorm statistics',
  [
    { name: 'x', type: 'f32' },
    { name: 'mean', type: 'f32', writes: true },
    { name: 'variance', type: 'f32', writes: true },
  ],
  `  let count = p[1] * p[2];
  // Distances from a value, then from about the mean: of a great mean they leave what there is of a small
  // deviation, and 0 of equal values.
  var pivot = 0.0;
  if (inside && is_finite(x[i * p[2]])) { pivot = x[i * p[2]]; }
  var rough = new_tally();
  if (inside) {
    for (var k = lane; k < count; k += 64) { count_in(&rough, x[${channelElement}] - pivot); }
  }
  let about = pivot + tallied(rough) / f32(count);
  // From an infinity, and from a sum that has overflowed, there is no distance.
  let near = select(0.0, about, is_finite(about));
  var distances = new_tally();
  var squares = new_tally();
  if (inside) {
    for (var k = lane; k < count; k += 64) {
      let v = x[${channelElement}] - near;
      count_in(&distances, v);
      count_in(&squares, v * v);
    }
  }
  let rest = tallied(distances) / f32(count);
  let own = select(rest * rest, 0.0, is_finite(rest) && !is_finite(rest * rest));
  let spread = tallied(squares) / f32(count) - own;
  if (inside && lane == 0) {
    mean[i] = near + rest;
    variance[i] = greater(spread, 0.0);
  }`,
);

const gradientSums = groupShader(
  'batchNorm gradientSums',
  [
    { name: 'x', type: 'f32' },
    { name: 'dy', type: 'f32' },
    { name: 'mean', type: 'f32' },
    { name: 'variance', type: 'f32' },
    { name: 'dweight', type: 'f32', writes: true },
    { name: 'dbias', type: 'f32', writes: true },
  ],
  `  let count = p[1] * p[2];
  var products = new_tally();
  var sum = new_tally();
  if (inside) {
    for (var k = lane; k < count; k += 64) {
      let g = dy[${channelElement}];
      count_in(&sum, g);
      count_in(&products, g * (x[${channelElement}] - mean[i]));
    }
  }
  let sums = tallied(sum);
  let all_products = tallied(products);
  if (inside && lane == 0) {
    dbias[i] = sums;
    dweight[i] = all_products * (1.0 / sqrt(variance[i] + pf(3)));
  }`,
);

/** Parameters: count, C, positions, epsilon, whether there is a weight, a bias, and values per channel. */
const normalize = elementShader(
  'batchNorm normalize',
  [
    { name: 'x', type: 'f32' },
    { name: 'weight', type: 'f32' },
    { name: 'bias', type: 'f32' },
    { name: 'mean', type: 'f32' },
    { name: 'variance', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `  let c = (i / p[2]) % p[1];
  var value = (x[i] - mean[c]) * (1.0 / sqrt(variance[c] + pf(3)));
  if (p[4] != 0) { value *= weight[c]; }
  if (p[5] != 0) { value += bias[c]; }
  y[i] = value;`,
);

/**
 * For each channel the numbers that make dx from dy and x: factor, slope, mean and shift. Parameters: count,
 * values per channel, whether there is a weight, epsilon.
 */
const gradientLine = elementShader(
  'batchNorm gradientLine',
  [
    { name: 'weight', type: 'f32' },
    { name: 'mean', type: 'f32' },
    { name: 'variance', type: 'f32' },
    { name: 'dweight', type: 'f32' },
    { name: 'dbias', type: 'f32' },
    { name: 'line', type: 'f32', writes: true },
  ],
  `  let inverse = (1.0 / sqrt(variance[i] + pf(3)));
  var factor = inverse;
  if (p[2] != 0) { factor *= weight[i]; }
  line[4 * i] = factor;
  line[4 * i + 1] = inverse * dweight[i] / f32(p[1]);
  line[4 * i + 2] = mean[i];
  line[4 * i + 3] = dbias[i] / f32(p[1]);`,
);

const inputGradient = elementShader(
  'batchNorm inputGradient',
  [
    { name: 'x', type: 'f32' },
    { name: 'dy', type: 'f32' },
    { name: 'line', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `  let c = 4 * ((i / p[2]) % p[1]);
  dx[i] = line[c] * (dy[i] - line[c + 3] - (x[i] - line[c + 2]) * line[c + 1]);`,
);

const runningBindings = [
  { name: 'mean', type: 'f32', writes: true },
  { name: 'variance', type: 'f32', writes: true },
  { name: 'batchMean', type: 'f32' },
  { name: 'batchVariance', type: 'f32' },
] as const;
const moveRunning = `  mean[i] = pf(1) * mean[i] + pf(2) * batchMean[i];
  variance[i] = pf(1) * variance[i] + pf(3) * batchVariance[i];`;
/** Moves the running statistics of a channel. */
const running = elementShader('batchNorm running', [...runningBindings], moveRunning);
/** The same, and the first channel counts the batch. */
const runningCounted = elementShader(
  'batchNorm runningCounted',
  [...runningBindings, { name: 'batches', type: 'i32', writes: true }],
  `${moveRunning}
  if (i == 0) { batches[0] += 1; }`,
);

export function batchNormKernels(
  sink: CommandSink,
  pointwise: Kernels['pointwise'],
): Pick<Kernels, 'batchNorm' | 'batchNormGrad' | 'batchNormInference'> {
  return {
    batchNorm(x, weight, bias, epsilon, kept, bounds) {
      const channels = { shape: [x.shape[1]!], dtype: x.dtype };
      const mean = allocate(sink, channels);
      const variance = allocate(sink, channels);
      sink.dispatchGroups(
        statistics,
        [x.shape[1]!, x.shape[0]!, positionsOf(x.shape)],
        [memoryOf(x), mean.memory, variance.memory],
        x.shape[1]!,
      );
      if (kept !== null) {
        const { momentum, batches } = kept;
        const count = elementCount(x.shape) / x.shape[1]!;
        const share = (momentum * count) / (count - 1);
        sink.dispatch(
          batches === null ? running : runningCounted,
          [x.shape[1]!, float(1 - momentum), float(momentum), float(share)],
          [
            memoryOf(kept.mean),
            memoryOf(kept.variance),
            mean.memory,
            variance.memory,
            ...(batches === null ? [] : [memoryOf(batches)]),
          ],
          x.shape[1]!,
        );
      }
      const y = this.batchNormInference(
        x,
        weight,
        bias,
        { ...channels, buffer: mean },
        { ...channels, buffer: variance },
        epsilon,
      );
      if (bounds === null) return [y, mean, variance];
      const bounded = pointwise('hardtanh', [{ ...x, buffer: y }], [bounds.low, bounds.high], x);
      giveBack(sink, y);
      return [bounded, mean, variance];
    },

    batchNormGrad(x, dy, weight, bias, mean, variance, epsilon, bounds) {
      if (bounds !== null) {
        const y = this.batchNormInference(x, weight, bias, mean, variance, epsilon);
        const operands = [dy, { ...x, buffer: y }];
        const passed = pointwise('hardtanhGrad', operands, [bounds.low, bounds.high], x);
        giveBack(sink, y);
        const source = { ...x, buffer: passed };
        const gradients = this.batchNormGrad(
          x,
          source,
          weight,
          bias,
          mean,
          variance,
          epsilon,
          null,
        );
        giveBack(sink, passed);
        return gradients;
      }
      const channels = { shape: [x.shape[1]!], dtype: x.dtype };
      const dweight = allocate(sink, channels);
      const dbias = allocate(sink, channels);
      const dx = allocate(sink, x);
      const positions = positionsOf(x.shape);
      const [source, gradient] = [memoryOf(x), memoryOf(dy)];
      const statisticsBuffers = [memoryOf(mean), memoryOf(variance)];
      const sums = [dweight.memory, dbias.memory];
      sink.dispatchGroups(
        gradientSums,
        [x.shape[1]!, x.shape[0]!, positions, float(epsilon)],
        [source, gradient, ...statisticsBuffers, ...sums],
        x.shape[1]!,
      );
      const line = allocate(sink, { shape: [4 * x.shape[1]!], dtype: x.dtype });
      sink.dispatch(
        gradientLine,
        [x.shape[1]!, x.shape[0]! * positions, weight ? 1 : 0, float(epsilon)],
        [memoryOf(weight ?? mean), ...statisticsBuffers, ...sums, line.memory],
        x.shape[1]!,
      );
      const count = elementCount(x.shape);
      sink.dispatch(
        inputGradient,
        [count, x.shape[1]!, positions],
        [source, gradient, line.memory, dx.memory],
        count,
      );
      giveBack(sink, line);
      return [dx, dweight, dbias];
    },

    batchNormInference(x, weight, bias, mean, variance, epsilon) {
      const y = allocate(sink, x);
      const count = elementCount(x.shape);
      sink.dispatch(
        normalize,
        [count, x.shape[1]!, positionsOf(x.shape), float(epsilon), weight ? 1 : 0, bias ? 1 : 0],
        [
          memoryOf(x),
          memoryOf(weight ?? mean),
          memoryOf(bias ?? mean),
          memoryOf(mean),
          memoryOf(variance),
          y.memory,
        ],
        count,
      );
      return y;
    },
  };
}
