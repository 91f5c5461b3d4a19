import { elementCount, type Kernels } from '@convnet/tensor-core';

import { gpuBufferOf } from '../gpu-buffer.ts';
import { float, type Parameters, type Recorder } from '../recorder.ts';
import { elementShader } from '../shader.ts';
import { allocate, gpuOf, quietNaN } from './kernel-support.ts';

/** Element k of line i along an axis: parameters are lines, extent, inner. */
const lineStart = '  let first = i / p[2] * p[1] * p[2] + i % p[2];';

const softmax = elementShader(
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
    dx[at] = select(y[at] * (dy[at] - sum), dy[at] - exp(y[at]) * sum, p[3] != 0);
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
  [
    { name: 'logs', type: 'f32' },
    { name: 'labels', type: 'i32' },
    { name: 'weight', type: 'f32' },
    { name: 'loss', type: 'f32', writes: true },
  ],
  `${lineStart}
  let t = labels[i];
  if (t == p[4]) { loss[i] = 0.0; return; }
  if (t < 0 || t >= p[1]) { loss[i] = bitcast<f32>(p[6]); return; }
  var sum = 0.0;
  for (var k = 0; k < p[1]; k++) {
    let part = share(k, t);
    if (part != 0.0) { sum -= part * logs[first + k * p[2]]; }
  }
  loss[i] = sum;`,
  share,
);

const crossEntropyGrad = elementShader(
  [
    { name: 'logs', type: 'f32' },
    { name: 'labels', type: 'i32' },
    { name: 'weight', type: 'f32' },
    { name: 'dloss', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `${lineStart}
  let t = labels[i];
  var all_shares = 0.0;
  for (var k = 0; k < p[1]; k++) { all_shares += share(k, t); }
  for (var k = 0; k < p[1]; k++) {
    let at = first + k * p[2];
    dx[at] = select(dloss[i] * (all_shares * exp(logs[at]) - share(k, t)), 0.0, t == p[4]);
  }`,
  share,
);

function lineParameters(shape: readonly number[], axis: number): [number, number, number] {
  const extent = shape[axis]!;
  return [elementCount(shape) / Math.max(extent, 1), extent, elementCount(shape.slice(axis + 1))];
}

export function softmaxKernels(
  recorder: Recorder,
): Pick<Kernels, 'softmax' | 'softmaxGrad' | 'crossEntropy' | 'crossEntropyGrad'> {
  return {
    softmax(x, axis, log) {
      const y = allocate(recorder, x);
      const parameters = lineParameters(x.shape, axis);
      const buffers = [gpuBufferOf(x), gpuOf(y)];
      recorder.dispatch(softmax, [...parameters, log ? 1 : 0, quietNaN], buffers, parameters[0]);
      return y;
    },

    softmaxGrad(y, dy, axis, log) {
      const dx = allocate(recorder, y);
      const parameters = lineParameters(y.shape, axis);
      const buffers = [gpuBufferOf(y), gpuBufferOf(dy), gpuOf(dx)];
      recorder.dispatch(softmaxGrad, [...parameters, log ? 1 : 0], buffers, parameters[0]);
      return dx;
    },

    crossEntropy(logits, target, weight, options) {
      const logs = this.softmax(logits, 1, true);
      const loss = allocate(recorder, { shape: target.shape, dtype: logits.dtype });
      const lines = lineParameters(logits.shape, 1);
      const parameters: Parameters = [
        ...lines,
        float(options.labelSmoothing),
        options.ignoreIndex,
        weight ? 1 : 0,
        quietNaN,
      ];
      const labels = gpuBufferOf(target);
      const weights = gpuBufferOf(weight ?? logits);
      const buffers = [gpuOf(logs), labels, weights, gpuOf(loss)];
      recorder.dispatch(crossEntropy, parameters, buffers, lines[0]);
      return [loss, logs];
    },

    crossEntropyGrad(logProbabilities, target, weight, dloss, options) {
      const dx = allocate(recorder, logProbabilities);
      const lines = lineParameters(logProbabilities.shape, 1);
      recorder.dispatch(
        crossEntropyGrad,
        [...lines, float(options.labelSmoothing), options.ignoreIndex, weight ? 1 : 0],
        [
          gpuBufferOf(logProbabilities),
          gpuBufferOf(target),
          gpuBufferOf(weight ?? logProbabilities),
          gpuBufferOf(dloss),
          gpuOf(dx),
        ],
        lines[0],
      );
      return dx;
    },
  };
}
