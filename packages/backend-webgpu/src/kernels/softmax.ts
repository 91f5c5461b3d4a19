import { elementCount, type CrossEntropyKernelOptions, type Kernels } from '@convnet/tensor-core';

import { memoryIn, memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import {
  elementShader,
  groupShader,
  head,
  layoutOf,
  overWorkgroup,
  workgroupSize,
  type Shader,
} from '../shader.ts';
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

/** Classes from which a workgroup shares a line, where they stand one behind the other. */
const manyClasses = 128;

/** The same with a workgroup for each line. */
const softmaxOfMany = groupShader(
  'softmax of many',
  [
    { name: 'x', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `  let first = i * p[1];
  let end = select(0, p[1], inside);
  var own = bitcast<f32>(p[5]);
  for (var k = lane; k < end; k += ${workgroupSize}) { own = greater(own, x[first + k]); }
  let greatest = greatest_of(own);
  var some = 0.0;
  for (var k = lane; k < end; k += ${workgroupSize}) { some += exp(x[first + k] - greatest); }
  let sum = total(some);
  let broken = is_nan(greatest) || is_infinite(greatest);
  let log_sum = log(sum);
  for (var k = lane; k < end; k += ${workgroupSize}) {
    let shifted = x[first + k] - greatest;
    let value = select(exp(shifted) / sum, shifted - log_sum, p[3] != 0);
    y[first + k] = select(value, bitcast<f32>(p[4]), broken);
  }`,
  { helpers: overWorkgroup('greatest_of', 'greater') },
);

/**
 * The same with a subgroup for each line, where a device has them: no barriers, which cost a workgroup more than the sums
 * do. How many invocations a subgroup has is known to the shader alone; the host counts on the most there may be.
 */
const softmaxBySubgroups: Shader = ((): Shader => {
  const bindings = [
    { name: 'x', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ] as const;
  const code = `enable subgroups;
${head(bindings)}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(subgroup_size) size: u32, @builtin(subgroup_invocation_id) own_place: u32) {
  let width = min(i32(size), ${workgroupSize});
  let lane = i32(own_place);
  let line = i32(id.y * groups.x + id.x) * (${workgroupSize} / width) + i32(index) / width;
  let first = line * p[1];
  let end = select(0, p[1], line < p[0]);
  let least = bitcast<f32>(p[5]);
  var own = least;
  var has_nan = false;
  for (var k = lane; k < end; k += width) {
    let v = x[first + k];
    has_nan = has_nan || is_nan(v);
    own = select(own, v, v > own);
  }
  let greatest = subgroupMax(own);
  let broken = subgroupAny(has_nan) || is_infinite(greatest);
  var some = 0.0;
  for (var k = lane; k < end; k += width) { some += exp(x[first + k] - greatest); }
  let sum = subgroupAdd(some);
  let log_sum = log(sum);
  for (var k = lane; k < end; k += width) {
    let shifted = x[first + k] - greatest;
    let value = select(exp(shifted) / sum, shifted - log_sum, p[3] != 0);
    y[first + k] = select(value, bitcast<f32>(p[4]), broken);
  }
}
`;
  return { name: 'softmax of many, by subgroups', code, layout: layoutOf(bindings) };
})();

/** Bits of minus infinity. */
const leastFloat = 0xff800000 | 0;

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

/**
 * One invocation for each logit. Parameters: logits, classes, inner, smoothing, ignored label, whether there are weights,
 * reduction.
 */
const crossEntropyGrad = elementShader(
  'crossEntropy gradient',
  [
    { name: 'logs', type: 'f32' },
    { name: 'labels', type: 'i32' },
    { name: 'weight', type: 'f32' },
    { name: 'counted', type: 'f32' },
    { name: 'dloss', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `  let k = i / p[2] % p[1];
  let line = i / (p[1] * p[2]) * p[2] + i % p[2];
  let t = labels[line];
  var gradient = dloss[select(0, line, p[6] == 0)];
  if (p[6] == 2) { gradient /= counted[0]; }
  // Without weights all shares make 1, without smoothing there is one.
  var all_shares = 1.0;
  if (t < 0 || t >= p[1]) { all_shares = pf(3); }
  if (p[5] != 0) {
    all_shares = 0.0;
    if (pf(3) != 0.0) {
      for (var j = 0; j < p[1]; j++) { all_shares += share(j, t); }
    } else if (t >= 0 && t < p[1]) {
      all_shares = weight[t];
    }
  }
  dx[i] = select(gradient * (all_shares * exp_(logs[i]) - share(k, t)), 0.0, t == p[4]);`,
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
      const [lines, classes, inner] = parameters;
      if (inner === 1 && classes >= manyClasses) {
        const numbers = [...parameters, log ? 1 : 0, quietNaN, leastFloat];
        const { subgroupSize } = sink.limits;
        if (subgroupSize === null) sink.dispatchGroups(softmaxOfMany, numbers, buffers, lines);
        else {
          const linesOfGroup = Math.max(Math.floor(workgroupSize / subgroupSize), 1);
          const groups = Math.ceil(lines / linesOfGroup);
          sink.dispatchGroups(softmaxBySubgroups, numbers, buffers, groups);
        }
        return y;
      }
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
      const count = elementCount(logProbabilities.shape);
      sink.dispatch(
        crossEntropyGrad,
        [
          count,
          ...lines.slice(1),
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
        count,
      );
      return dx;
    },
  };
}
