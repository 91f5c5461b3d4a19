import { elementCount, type Kernels } from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader } from '../shader.ts';
import { allocate, repeatingStrides } from './kernel-support.ts';

/**
 * Parameters: count, M, N, K, whether there is a bias, row and column strides of both factors, then the
 * number of batch axes, their extents, and the strides of both factors along them.
 */
const shader = elementShader(
  'matmul',
  [
    { name: 'left', type: 'f32' },
    { name: 'right', type: 'f32' },
    { name: 'bias', type: 'f32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `  let column = i % p[2];
  let row = (i / p[2]) % p[1];
  var rest = i / (p[1] * p[2]);
  var l = row * p[5];
  var r = column * p[8];
  let axes = p[9];
  for (var axis = axes - 1; axis >= 0; axis--) {
    let place = rest % p[10 + axis];
    rest /= p[10 + axis];
    l += place * p[10 + axes + axis];
    r += place * p[10 + 2 * axes + axis];
  }
  var sum = 0.0;
  for (var k = 0; k < p[3]; k++) { sum += left[l + k * p[6]] * right[r + k * p[7]]; }
  if (p[4] != 0) { sum += bias[column]; }
  y[i] = sum;`,
);

export function matmulKernels(sink: CommandSink): Pick<Kernels, 'matmul'> {
  return {
    matmul(a, b, bias, transpose, out) {
      const result = allocate(sink, out);
      const rank = out.shape.length;
      const strides = (shape: readonly number[], transposed: boolean): [number, number] =>
        transposed ? [1, shape[rank - 1]!] : [shape[rank - 1]!, 1];
      const [leftRow, leftColumn] = strides(a.shape, transpose.a);
      const [rightRow, rightColumn] = strides(b.shape, transpose.b);
      const inner = a.shape[rank - (transpose.a ? 2 : 1)]!;
      const batch = out.shape.slice(0, -2);
      const count = elementCount(out.shape);
      sink.dispatch(
        shader,
        [
          count,
          out.shape[rank - 2]!,
          out.shape[rank - 1]!,
          inner,
          bias === null ? 0 : 1,
          leftRow,
          leftColumn,
          rightRow,
          rightColumn,
          batch.length,
          ...batch,
          ...repeatingStrides(a.shape).slice(0, -2),
          ...repeatingStrides(b.shape).slice(0, -2),
        ],
        [memoryOf(a), memoryOf(b), memoryOf(bias ?? a), result.memory],
        count,
      );
      return result;
    },
  };
}
