import { elementCount, type Kernels, type Operand } from '@convnet/tensor-core';

import { memoryOf, shaderType } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader, shaderCache } from '../shader.ts';
import { allocate } from './kernel-support.ts';

/** Extent of the axis and elements between its neighbours; parameters behind the count. */
function lineOf(x: Operand, axis: number): [extent: number, step: number] {
  return [x.shape[axis]!, elementCount(x.shape.slice(axis + 1))];
}

/** Floats as integers of the same order: both zeros alike, NaN behind all. */
const keys = {
  f32: `
fn key(i: i32) -> i32 {
  let bits = x[i];
  let size = bits & 0x7fffffff;
  if (size > 0x7f800000) { return 0x7fffffff; }
  return select(bits, -size, bits < 0);
}`,
  i32: '\nfn key(i: i32) -> i32 { return x[i]; }',
};

/**
 * One invocation per element, which counts those that come before it. Of equals that is the first, whichever way
 * the order runs. Work grows with the square of the axis, but all of it side by side.
 */
const rankShader = shaderCache((type: 'f32' | 'i32', descending: boolean) =>
  elementShader(
    `argsort ${type}${descending ? ' descending' : ''}`,
    [
      { name: 'x', type: 'i32' },
      { name: 'y', type: 'i32', writes: true },
    ],
    `  let extent = p[1];
  let step = p[2];
  let own = (i / step) % extent;
  let first = i - own * step;
  let value = key(i);
  var rank = 0;
  for (var k = 0; k < extent; k++) {
    let other = key(first + k * step);
    if (other ${descending ? '>' : '<'} value || (other == value && k < own)) { rank++; }
  }
  y[first + rank * step] = own;`,
    keys[type],
  ),
);

/** One invocation per line. */
const sumShader = shaderCache((type: 'f32' | 'i32') =>
  elementShader(
    `cumsum ${type}`,
    [
      { name: 'x', type },
      { name: 'y', type, writes: true },
    ],
    `  let first = i / p[2] * p[2] * p[1] + i % p[2];
  var total = ${type}(0);
  for (var k = 0; k < p[1]; k++) {
    total += x[first + k * p[2]];
    y[first + k * p[2]] = total;
  }`,
  ),
);

export function orderKernels(sink: CommandSink): Pick<Kernels, 'argsort' | 'cumsum'> {
  return {
    argsort(x, axis, descending, out) {
      const result = allocate(sink, out);
      const count = elementCount(x.shape);
      sink.dispatch(
        rankShader(shaderType(x.dtype), descending),
        [count, ...lineOf(x, axis)],
        [memoryOf(x), result.memory],
        count,
      );
      return result;
    },

    cumsum(x, axis, out) {
      const result = allocate(sink, out);
      const [extent, step] = lineOf(x, axis);
      const lines = extent === 0 ? 0 : elementCount(x.shape) / extent;
      sink.dispatch(
        sumShader(shaderType(x.dtype)),
        [lines, extent, step],
        [memoryOf(x), result.memory],
        lines,
      );
      return result;
    },
  };
}
