import { elementCount, type Kernels, type PoolAxis, type TensorSpec } from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { elementShader } from '../shader.ts';
import { allocate, positionsOf, spatialExtents } from './kernel-support.ts';

/**
 * Windows as parameters: input and output extents, the step of each axis, and from p[10] on the starts, ends
 * and divisors of the first axis, then of the second and the third.
 */
function windowParameters(
  input: readonly number[],
  output: readonly number[],
  axes: readonly PoolAxis[],
): Parameters {
  const whole: PoolAxis = {
    start: Int32Array.of(0),
    end: Int32Array.of(1),
    step: 1,
    count: Float32Array.of(1),
  };
  const three = [...Array.from({ length: 3 - axes.length }, () => whole), ...axes];
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

/** One invocation for each plane: windows may overlap, and WGSL has no atomic sum of floats. */
const scatter = elementShader(
  'pool scatter',
  [
    { name: 'dy', type: 'f32' },
    { name: 'indices', type: 'i32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `  let source = i * p[1];
  let target_at = i * p[2];
  for (var k = 0; k < p[2]; k++) { dx[target_at + k] = 0.0; }
  for (var k = 0; k < p[1]; k++) { dx[target_at + indices[source + k]] += dy[source + k]; }`,
);

const spread = elementShader(
  'pool spread',
  [
    { name: 'dy', type: 'f32' },
    { name: 'dx', type: 'f32', writes: true },
  ],
  `${windowNames}
  let plane = i * input.x * input.y * input.z;
  let source = i * output.x * output.y * output.z;
  for (var k = 0; k < input.x * input.y * input.z; k++) { dx[plane + k] = 0.0; }
  for (var o = 0; o < output.x * output.y * output.z; o++) {
    let w = o % output.z;
    let h = (o / output.z) % output.y;
    let d = o / (output.z * output.y);
    let g = dy[source + o] / (pf(first_axis + 2 * output.x + d) * pf(second_axis + 2 * output.y + h) * pf(third_axis + 2 * output.z + w));
${forEachInWindow('dx[plane + at] += g;')}
  }`,
);

export function poolKernels(
  sink: CommandSink,
): Pick<Kernels, 'maxPool' | 'maxPoolGrad' | 'avgPool' | 'avgPoolGrad'> {
  const planesOf = ({ shape }: TensorSpec): number => shape[0]! * shape[1]!;
  return {
    maxPool(x, axes, out) {
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
      return [values, indices];
    },

    maxPoolGrad(dy, indices, out) {
      const result = allocate(sink, out);
      const planes = planesOf(out);
      const buffers = [memoryOf(dy), memoryOf(indices), result.memory];
      const parameters = [planes, positionsOf(dy.shape), positionsOf(out.shape)];
      sink.dispatch(scatter, parameters, buffers, planes);
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
      const planes = planesOf(out);
      const parameters = [planes, ...windowParameters(out.shape, dy.shape, axes)];
      sink.dispatch(spread, parameters, [memoryOf(dy), result.memory], planes);
      return result;
    },
  };
}
