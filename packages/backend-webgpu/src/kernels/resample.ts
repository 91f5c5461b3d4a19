import { elementCount, type Kernels, type ResampleAxis } from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { elementShader } from '../shader.ts';
import { allocate, spatialExtents } from './kernel-support.ts';

/** Where in the parameters the rows of the three axes start. */
const rowsAt = 10;

/**
 * One invocation per output element. Parameters: count, input extents, output extents, where the rows of each axis
 * are; for each axis the starts of its rows, then the positions, then the weights.
 */
const weightedSum = elementShader(
  'weightedSum',
  [
    { name: 'x', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `  let input = vec3i(p[1], p[2], p[3]);
  let output = vec3i(p[4], p[5], p[6]);
  let rows = vec3i(p[7], p[8], p[9]);
  let at = vec3i((i / (output.z * output.y)) % output.x, (i / output.z) % output.y, i % output.z);
  let plane = i / (output.z * output.y * output.x) * input.x * input.y * input.z;
  let starts = rows + at;
  let positions = rows + output + 1;
  let weights = positions + vec3i(p[rows.x + output.x], p[rows.y + output.y], p[rows.z + output.z]);
  var total = 0.0;
  for (var a = p[starts.x]; a < p[starts.x + 1]; a++) {
    for (var b = p[starts.y]; b < p[starts.y + 1]; b++) {
      let line = plane + (p[positions.x + a] * input.y + p[positions.y + b]) * input.z;
      let outer = pf(weights.x + a) * pf(weights.y + b);
      for (var c = p[starts.z]; c < p[starts.z + 1]; c++) {
        total += outer * pf(weights.z + c) * x[line + p[positions.z + c]];
      }
    }
  }
  y[i] = total;`,
);

function rowsOf({ first, index, weight }: ResampleAxis): Parameters {
  return [...first, ...index, ...Array.from(weight, float)];
}

export function resampleKernels(sink: CommandSink): Pick<Kernels, 'resample'> {
  const still: ResampleAxis = {
    first: Int32Array.of(0, 1),
    index: Int32Array.of(0),
    weight: Float32Array.of(1),
  };
  return {
    resample(x, axes, out) {
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      const three = [...Array.from({ length: 3 - axes.length }, () => still), ...axes].map(rowsOf);
      let next = rowsAt;
      const starts = three.map(({ length }) => (next += length) - length);
      sink.dispatch(
        weightedSum,
        [
          count,
          ...spatialExtents(x.shape),
          ...spatialExtents(out.shape),
          ...starts,
          ...three.flat(),
        ],
        [memoryOf(x), result.memory],
        count,
      );
      return result;
    },
  };
}
