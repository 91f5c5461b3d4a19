import { elementCount, type Kernels, type Operand } from '@convnet/tensor-core';

import type { CommandSink } from '../commands/command-sink.ts';
import { memoryOf, shaderType, type Memory } from '../gpu-buffer.ts';
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

/** Elements that are sorted by counting for each how many come before it; longer lines are merged of such. */
const block = 256;

const position = `  let extent = p[1];
  let step = p[2];
  let place = (i / step) % extent;
  let first = i - place * step;`;

/** One invocation per element, which counts those of its block that come before it: of equals the first. */
const blockShader = shaderCache((type: 'f32' | 'i32', descending: boolean) =>
  elementShader(
    `argsort ${type}${descending ? ' descending' : ''}`,
    [
      { name: 'x', type: 'i32' },
      { name: 'y', type: 'i32', writes: true },
    ],
    `${position}
  let value = key(i);
  let begin = place / ${block} * ${block};
  var rank = begin;
  for (var k = begin; k < min(begin + ${block}, extent); k++) {
    let other = key(first + k * step);
    if (other ${descending ? '>' : '<'} value || (other == value && k < place)) { rank++; }
  }
  y[first + rank * step] = place;`,
    keys[type],
  ),
);

/**
 * One invocation per element of sorted runs of p[3] elements, two of which become one: it goes as far on as its own run
 * has it, and the elements of the other run before it, found by halving. Of equals those of the first run come first.
 */
const mergeShader = shaderCache((type: 'f32' | 'i32', descending: boolean) =>
  elementShader(
    `argsort merge ${type}${descending ? ' descending' : ''}`,
    [
      { name: 'x', type: 'i32' },
      { name: 'sorted', type: 'i32' },
      { name: 'y', type: 'i32', writes: true },
    ],
    `${position}
  let width = p[3];
  let run = place / width;
  let isFirst = (run & 1) == 0;
  let other = select(run - 1, run + 1, isFirst) * width;
  let source = sorted[i];
  let value = key(first + source * step);
  var low = min(other, extent);
  var high = min(other + width, extent);
  while (low < high) {
    let middle = (low + high) / 2;
    let next = key(first + sorted[first + middle * step] * step);
    if (next ${descending ? '>' : '<'} value || (next == value && !isFirst)) { low = middle + 1; } else { high = middle; }
  }
  let rank = run / 2 * 2 * width + place - run * width + low - min(other, extent);
  y[first + rank * step] = source;`,
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
      const line = lineOf(x, axis);
      const type = shaderType(x.dtype);
      const widths: number[] = [];
      for (let width = block; width < line[0]; width *= 2) widths.push(width);
      const spare = widths.length === 0 ? null : allocate(sink, out);
      // They take turns, so that the last one writes the result.
      const targetOf = (left: number): Memory => (left % 2 === 0 ? result : spare!).memory;
      sink.dispatch(
        blockShader(type, descending),
        [count, ...line],
        [memoryOf(x), targetOf(widths.length)],
        count,
      );
      widths.forEach((width, i) => {
        const left = widths.length - i;
        sink.dispatch(
          mergeShader(type, descending),
          [count, ...line, width],
          [memoryOf(x), targetOf(left), targetOf(left - 1)],
          count,
        );
      });
      if (spare !== null) sink.giveBack(spare.memory);
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
