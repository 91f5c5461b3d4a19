import {
  elementCount,
  threePoolAxes,
  type Kernels,
  type PoolAxis,
  type TensorSpec,
} from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { elementShader } from '../shader.ts';
import { allocate, giveBack, positionsOf, spatialExtents } from './kernel-support.ts';

/**
 * Windows as parameters: input and output extents, the step of each axis, and from p[10] on the starts, ends
 * and divisors of the first axis, then of the second and the third.
 */
function windowParameters(
  input: readonly number[],
  output: readonly number[],
  axes: readonly PoolAxis[],
): Parameters {
  const three = threePoolAxes('webgpu', axes);
  return [
    ...spatialExtents(input),
    ...spatialExtents(output),
    ...three.map((axis) => axis.step),
    ...three.flatMap((axis) => [...axis.start, ...axis.end, ...Array.from(axis.count, float)]),
  ];
}

const windowNames = `
  let input = vec3i(p[1], p[2], p[3]);
  let output = vec3i(p[4], p[5], p[6]);
  let step = vec3i(p[7], p[8], p[9]);
  let first_axis = 10;
  let second_axis = first_axis + 3 * output.x;
  let third_axis = second_axis + 3 * output.y;`;

const outputPosition = `
  let w = i % output.z;
  let h = (i / output.z) % output.y;
  let d = (i / (output.z * output.y)) % output.x;
  let plane = i / (output.z * output.y * output.x) * input.x * input.y * input.z;`;

const forEachInWindow = (body: string): string => `
  for (var a = p[first_axis + d]; a < p[first_axis + output.x + d]; a += step.x) {
    for (var b = p[second_axis + h]; b < p[second_axis + output.y + h]; b += step.y) {
      for (var c = p[third_axis + w]; c < p[third_axis + output.z + w]; c += step.z) {
        let at = (a * input.y + b) * input.z + c;
        ${body}
      }
    }
  }`;

const greatest = elementShader(
  'pool greatest',
  [
    { name: 'x', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
    { name: 'indices', type: 'i32', writes: true },
  ],
  `${windowNames}${outputPosition}
  var found = (p[first_axis + d] * input.y + p[second_axis + h]) * input.z + p[third_axis + w];
  var best = x[plane + found];
${forEachInWindow('let v = x[plane + at]; if (v > best || is_nan(v)) { best = v; found = at; }')}
  y[i] = best;
  indices[i] = found;`,
);

const mean = elementShader(
  'pool mean',
  [
    { name: 'x', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `${windowNames}${outputPosition}
  var sum = 0.0;
${forEachInWindow('sum += x[plane + at];')}
  y[i] = sum / (pf(first_axis + 2 * output.x + d) * pf(second_axis + 2 * output.y + h) * pf(third_axis + 2 * output.z + w));`,
);

/** Outputs whose range of positions is kept, and input positions that one invocation adds up. */
const run = 32;

/** The least and the greatest position among each run of outputs of a plane. Parameters: runs, outputs of a plane, runs of one. */
const ranges = elementShader(
  'pool ranges',
  [
    { name: 'indices', type: 'i32' },
    { name: 'range', type: 'i32', writes: true },
  ],
  `  let plane = i / p[2] * p[1];
  let begin = i % p[2] * ${run};
  var least = 2147483647;
  var most = -1;
  for (var k = begin; k < min(begin + ${run}, p[1]); k++) {
    least = min(least, indices[plane + k]);
    most = max(most, indices[plane + k]);
  }
  range[2 * i] = least;
  range[2 * i + 1] = most;`,
);

/**
 * An invocation for each run of input positions: it looks through those outputs whose range meets it, in order, since
 * windows may overlap and WGSL has no atomic sum of floats. Parameters: runs of positions, outputs of a plane, runs of
 * these, positions of a plane, runs of these.
 */
const scatter = elementShader(
  'pool scatter',
  [
    { name: 'dy', type: 'f32' },
    { name: 'indices', type: 'i32' },
    { name: 'range', type: 'i32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `  let plane = i / p[4];
  let begin = i % p[4] * ${run};
  let end = min(begin + ${run}, p[3]);
  let source = plane * p[1];
  let target_at = plane * p[3];
  for (var k = begin; k < end; k++) { dx[target_at + k] = 0.0; }
  for (var r = 0; r < p[2]; r++) {
    let of_run = 2 * (plane * p[2] + r);
    if (range[of_run] >= end || range[of_run + 1] < begin) { continue; }
    for (var k = r * ${run}; k < min(r * ${run} + ${run}, p[1]); k++) {
      let at = indices[source + k];
      if (at >= begin && at < end) { dx[target_at + at] += dy[source + k]; }
    }
  }`,
);

/** For each position along an axis the first and behind the last of the windows that may cover it. */
function coverParameters(extent: number, { start, end }: PoolAxis): number[] {
  const firsts = new Int32Array(extent).fill(start.length);
  const ends = new Int32Array(extent);
  for (let o = 0; o < start.length; o++) {
    for (let a = start[o]!; a < end[o]!; a++) {
      firsts[a] = Math.min(firsts[a]!, o);
      ends[a] = o + 1;
    }
  }
  return [...firsts, ...ends];
}

/** One invocation per input position, which adds up what the windows over it give. Behind the windows: who covers what. */
const spread = elementShader(
  'pool spread',
  [
    { name: 'dy', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `${windowNames}
  let cover = vec3i(third_axis + 3 * output.z, third_axis + 3 * output.z + 2 * input.x, third_axis + 3 * output.z + 2 * (input.x + input.y));
  let at = vec3i((i / (input.z * input.y)) % input.x, (i / input.z) % input.y, i % input.z);
  let source = i / (input.z * input.y * input.x) * output.x * output.y * output.z;
  var sum = 0.0;
  for (var d = p[cover.x + at.x]; d < p[cover.x + input.x + at.x]; d++) {
    if (!covers(at.x, p[first_axis + d], p[first_axis + output.x + d], step.x)) { continue; }
    for (var h = p[cover.y + at.y]; h < p[cover.y + input.y + at.y]; h++) {
      if (!covers(at.y, p[second_axis + h], p[second_axis + output.y + h], step.y)) { continue; }
      for (var w = p[cover.z + at.z]; w < p[cover.z + input.z + at.z]; w++) {
        if (!covers(at.z, p[third_axis + w], p[third_axis + output.z + w], step.z)) { continue; }
        sum += dy[source + (d * output.y + h) * output.z + w]
          / (pf(first_axis + 2 * output.x + d) * pf(second_axis + 2 * output.y + h) * pf(third_axis + 2 * output.z + w));
      }
    }
  }
  dx[i] = sum;`,
  'fn covers(a: i32, start: i32, end: i32, step: i32) -> bool { return a >= start && a < end && (a - start) % step == 0; }',
);

export function poolKernels(
  sink: CommandSink,
): Pick<Kernels, 'maxPool' | 'maxPoolGrad' | 'avgPool' | 'avgPoolGrad'> {
  const planesOf = ({ shape }: TensorSpec): number => shape[0]! * shape[1]!;
  return {
    maxPool(x, axes, out, returnIndices) {
      const values = allocate(sink, out);
      const indices = allocate(sink, { ...out, dtype: 'int32' });
      const count = elementCount(out.shape);
      const buffers = [memoryOf(x), values.memory, indices.memory];
      sink.dispatch(
        greatest,
        [count, ...windowParameters(x.shape, out.shape, axes)],
        buffers,
        count,
      );
      if (returnIndices) return [values, indices];
      giveBack(sink, indices);
      return [values];
    },

    maxPoolGrad(dy, indices, _, out) {
      const result = allocate(sink, out);
      const planes = planesOf(out);
      const [outputs, positions] = [positionsOf(dy.shape), positionsOf(out.shape)];
      const [outputRuns, positionRuns] = [Math.ceil(outputs / run), Math.ceil(positions / run)];
      const range = allocate(sink, { shape: [2 * planes * outputRuns], dtype: 'int32' });
      sink.dispatch(
        ranges,
        [planes * outputRuns, outputs, outputRuns],
        [memoryOf(indices), range.memory],
        planes * outputRuns,
      );
      sink.dispatch(
        scatter,
        [planes * positionRuns, outputs, outputRuns, positions, positionRuns],
        [memoryOf(dy), memoryOf(indices), range.memory, result.memory],
        planes * positionRuns,
      );
      giveBack(sink, range);
      return result;
    },

    avgPool(x, axes, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      const parameters = [count, ...windowParameters(x.shape, out.shape, axes)];
      sink.dispatch(mean, parameters, [memoryOf(x), result.memory], count);
      return result;
    },

    avgPoolGrad(dy, axes, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      const three = threePoolAxes('webgpu', axes);
      const extents = spatialExtents(out.shape);
      const parameters = [
        count,
        ...windowParameters(out.shape, dy.shape, axes),
        ...three.flatMap((axis, i) => coverParameters(extents[i]!, axis)),
      ];
      sink.dispatch(spread, parameters, [memoryOf(dy), result.memory], count);
      return result;
    },
  };
}
