import { elementCount, type CrossEntropyKernelOptions, type Kernels } from '@convnet/tensor-core';

import { memoryIn, memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { elementShader, groupShader, workgroupSize } from '../shader.ts';
import { allocate, giveBack, quietNaN } from './kernel-support.ts';

/** Element k of line i along an axis: parameters are lines, extent, inner. */
const lineStart = '  let first = i / p[2] * p[1] * p[2] + i % p[2];';

const softmax = elementShader(
  'softmax',
  [
    { name: 'x', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `${lineStart}
  var greatest = x[first];
  for (var k = 1; k < p[1]; k++) { greatest = greater(greatest, x[first + k * p[2]]); }
  var sum = 0.0;
  for (var k = 0; k < p[1]; k++) { sum += exp(x[first + k * p[2]] - greatest); }
  // Infinity less itself, and any sum with NaN: a shader's exp and log may lose them.
  let broken = is_nan(greatest) || is_infinite(greatest);
  let log_sum = log(sum);
  for (var k = 0; k < p[1]; k++) {
    let shifted = x[first + k * p[2]] - greatest;
    let value = select(exp(shifted) / sum, shifted - log_sum, p[3] != 0);
    y[first + k * p[2]] = select(value, bitcast<f32>(p[4]), broken);
  }`,
);

const softmaxGrad = elementShader(
  'softmaxGrad',
  [
    { name: 'y', type: 'f32' },
    { name: 'dy', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `${lineStart}
  var sum = 0.0;
  for (var k = 0; k < p[1]; k++) {
    let at = first + k * p[2];
    sum += select(dy[at] * y[at], dy[at], p[3] != 0);
  }
  for (var k = 0; k < p[1]; k++) {
    let at = first + k * p[2];
    dx[at] = select(y[at] * (dy[at] - sum), dy[at] - exp_(y[at]) * sum, p[3] != 0);
  }`,
);

/** Share of class k in the smoothed target of label t, times its weight; smoothing in pf(3). */
const share = `
fn share(k: i32, t: i32) -> f32 {
  let part = select(0.0, 1.0 - pf(3), k == t) + pf(3) / f32(p[1]);
  if (p[5] != 0) { return part * weight[k]; }
  return part;
}
`;

/** Parameters: targets, classes, inner, smoothing, ignored label, whether there are weights, bits of NaN. */
const crossEntropy = elementShader(
  'crossEntropy',
  [
    { name: 'logs', type: 'f32' },
    { name: 'labels', type: 'i32' },
    { name: 'weight', type: 'f32' },
    { name: 'loss', type: 'f32', writes: true },
    { name: 'counted', type: 'f32', writes: true },
  ],
  `${lineStart}
  let t = labels[i];
  counted[i] = 0.0;
  if (t == p[4]) { loss[i] = 0.0; return; }
  if (t < 0 || t >= p[1]) { loss[i] = bitcast<f32>(p[6]); return; }
  var sum = 0.0;
  for (var k = 0; k < p[1]; k++) {
    let part = share(k, t);
    if (part != 0.0) { sum -= part * logs[first + k * p[2]]; }
  }
  loss[i] = sum;
  counted[i] = 1.0;
  if (p[5] != 0) { counted[i] = weight[t]; }`,
  share,
);

/** Parameters: 1, targets, whether the mean is wanted, bits of NaN. */
const reduceLosses = groupShader(
  'reduceLosses',
  [
    { name: 'losses', type: 'f32' },
    { name: 'weights', type: 'f32' },
    { name: 'loss', type: 'f32', writes: true },
    { name: 'counted', type: 'f32', writes: true },
  ],
  `  var some_losses = 0.0;
  var some_weights = 0.0;
  if (inside) {
    for (var k = lane; k < p[1]; k += ${workgroupSize}) {
      some_losses += losses[k];
      some_weights += weights[k];
    }
  }
  let all_losses = total(some_losses);
  let all_weights = total(some_weights);
  if (inside && lane == 0) {
    counted[i] = all_weights;
    loss[i] = all_losses;
    if (p[2] != 0) { loss[i] = select(all_losses / all_weights, bitcast<f32>(p[3]), all_weights == 0.0); }
  }`,
);

/** Parameters: targets, classes, inner, smoothing, ignored label, whether there are weights, reduction. */
const crossEntropyGrad = elementShader(
  'crossEntropyGrad',
  [
    { name: 'logs', type: 'f32' },
    { name: 'labels', type: 'i32' },
    { name: 'weight', type: 'f32' },
    { name: 'counted', type: 'f32' },
    { name: 'dloss', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `${lineStart}
  let t = labels[i];
  var gradient = dloss[select(0, i, p[6] == 0)];
  if (p[6] == 2) { gradient /= counted[0]; }
  var all_shares = 0.0;
  for (var k = 0; k < p[1]; k++) { all_shares += share(k, t); }
  for (var k = 0; k < p[1]; k++) {
    let at = first + k * p[2];
    dx[at] = select(gradient * (all_shares * exp_(logs[at]) - share(k, t)), 0.0, t == p[4]);
  }`,
  share,
);

const reductions: Readonly<Record<CrossEntropyKernelOptions['reduction'], number>> = {
  none: 0,
  sum: 1,
  mean: 2,
};

function lineParameters(shape: readonly number[], axis: number): [number, number, number] {
  const extent = shape[axis]!;
  return [elementCount(shape) / Math.max(extent, 1), extent, elementCount(shape.slice(axis + 1))];
}

export function softmaxKernels(
  sink: CommandSink,
): Pick<Kernels, 'softmax' | 'softmaxGrad' | 'crossEntropy' | 'crossEntropyGrad'> {
  return {
    softmax(x, axis, log) {
      const y = allocate(sink, x);
      const parameters = lineParameters(x.shape, axis);
      const buffers = [memoryOf(x), y.memory];
      sink.dispatch(softmax, [...parameters, log ? 1 : 0, quietNaN], buffers, parameters[0]);
      return y;
    },

    softmaxGrad(y, dy, axis, log) {
      const dx = allocate(sink, y);
      const parameters = lineParameters(y.shape, axis);
      const buffers = [memoryOf(y), memoryOf(dy), dx.memory];
      sink.dispatch(softmaxGrad, [...parameters, log ? 1 : 0], buffers, parameters[0]);
      return dx;
    },

    crossEntropy(logits, target, weight, options) {
      const logs = this.softmax(logits, 1, true);
      const { dtype } = logits;
      const losses = allocate(sink, { shape: target.shape, dtype });
      const weightsOfTargets = allocate(sink, { shape: target.shape, dtype });
      const lines = lineParameters(logits.shape, 1);
      const parameters: Parameters = [
        ...lines,
        float(options.labelSmoothing),
        options.ignoreIndex,
        weight ? 1 : 0,
        quietNaN,
      ];
      const labels = memoryOf(target);
      const weights = memoryOf(weight ?? logits);
      const results = [losses.memory, weightsOfTargets.memory];
      const buffers = [memoryIn(logs), labels, weights, ...results];
      sink.dispatch(crossEntropy, parameters, buffers, lines[0]);
      const counted = allocate(sink, { shape: [], dtype });
      if (options.reduction === 'none') {
        giveBack(sink, weightsOfTargets);
        return [losses, logs, counted];
      }
      const loss = allocate(sink, { shape: [], dtype });
      sink.dispatchGroups(
        reduceLosses,
        [1, lines[0], options.reduction === 'mean' ? 1 : 0, quietNaN],
        [...results, loss.memory, counted.memory],
        1,
      );
      giveBack(sink, losses);
      giveBack(sink, weightsOfTargets);
      return [loss, logs, counted];
    },

    crossEntropyGrad(logProbabilities, target, weight, countedWeight, dloss, options) {
      const dx = allocate(sink, logProbabilities);
      const lines = lineParameters(logProbabilities.shape, 1);
      sink.dispatch(
        crossEntropyGrad,
        [
          ...lines,
          float(options.labelSmoothing),
          options.ignoreIndex,
          weight ? 1 : 0,
          reductions[options.reduction],
        ],
        [
          memoryOf(logProbabilities),
          memoryOf(target),
          memoryOf(weight ?? logProbabilities),
          memoryOf(countedWeight),
          memoryOf(dloss),
          dx.memory,
        ],
        lines[0],
      );
      return dx;
    },
  };
}
