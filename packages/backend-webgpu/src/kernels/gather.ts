import {
  contiguousStrides,
  elementCount,
  type Kernels,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';

import { memoryOf, type GpuTensorBuffer } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader, type Shader } from '../shader.ts';
import { isHalf, moveHalves } from './float16.ts';
import { allocate, quietNaN } from './kernel-support.ts';

/**
 * Kernels that find elements by positions along an axis. They see 32 bits, whatever the type. Parameters: count,
 * rank, the axis, its extent in the indexed tensor, a number of the kernel's own, then the extents of the index and
 * the strides of the indexed tensor.
 */
const named = `
fn place_of(i: i32, along: i32) -> i32 {
  let rank = p[1];
  var rest = i;
  var place = along * p[5 + rank + p[2]];
  for (var axis = rank - 1; axis >= 0; axis--) {
    let position = rest % p[5 + axis];
    rest /= p[5 + axis];
    if (axis != p[2]) { place += position * p[5 + rank + axis]; }
  }
  return place;
}
fn exists(along: i32) -> bool { return along >= 0 && along < p[3]; }`;

const pick = elementShader(
  'pick',
  [
    { name: 'x', type: 'i32' },
    { name: 'index', type: 'i32' },
    { name: 'y', type: 'i32', writes: true },
  ],
  // p[4]: what a position outside the axis reads as.
  `  let along = index[i];
  y[i] = p[4];
  if (exists(along)) { y[i] = x[place_of(i, along)]; }`,
  named,
);

const copy = elementShader(
  'copy',
  [
    { name: 'x', type: 'i32' },
    { name: 'y', type: 'i32', writes: true },
  ],
  '  y[i] = x[i];',
);

/**
 * One invocation for each line of the index along the axis, which writes in order: where positions repeat, the
 * result is the same each time. `p[4]` is the line's extent.
 */
function lineShader(
  name: string,
  type: 'f32' | 'i32',
  write: (to: string, from: string) => string,
): Shader {
  return elementShader(
    name,
    [
      { name: 'source', type },
      { name: 'index', type: 'i32' },
      { name: 'y', type, writes: true },
    ],
    `  var step = 1;
  for (var axis = p[2] + 1; axis < p[1]; axis++) { step *= p[5 + axis]; }
  let first = i / step * step * p[4] + i % step;
  for (var k = 0; k < p[4]; k++) {
    let named = first + k * step;
    let along = index[named];
    if (exists(along)) { let place = place_of(named, along); ${write('y[place]', 'source[named]')} }
  }`,
    named,
  );
}

const put = lineShader('scatter', 'i32', (to, from) => `${to} = ${from};`);
const addFloats = lineShader('scatterAdd f32', 'f32', (to, from) => `${to} += ${from};`);
const addIntegers = lineShader('scatterAdd i32', 'i32', (to, from) => `${to} += ${from};`);
const addBytes = lineShader(
  'scatterAdd uint8',
  'i32',
  (to, from) => `${to} = (${to} + ${from}) & 255;`,
);

/** Bits of what a position outside the axis reads as. */
const missing = { float32: quietNaN, int32: 0 } as const;
const missingHalf = 0x7e00;

export function gatherKernels(
  sink: CommandSink,
  fill: Kernels['fill'],
): Pick<Kernels, 'gather' | 'scatter' | 'scatterAdd'> {
  function gather(
    x: Operand,
    axis: number,
    index: Operand,
    out: TensorSpec,
    filler: number,
  ): GpuTensorBuffer {
    const result = allocate(sink, out);
    const count = elementCount(out.shape);
    sink.dispatch(
      pick,
      [
        count,
        x.shape.length,
        axis,
        x.shape[axis]!,
        filler,
        ...index.shape,
        ...contiguousStrides(x.shape),
      ],
      [memoryOf(x), memoryOf(index), result.memory],
      count,
    );
    return result;
  }

  /** Runs a line shader over what `result` holds. */
  function writeLines(
    shader: Shader,
    source: Operand,
    axis: number,
    index: Operand,
    shape: readonly number[],
    result: GpuTensorBuffer,
  ): GpuTensorBuffer {
    const extent = index.shape[axis]!;
    const lines = extent === 0 ? 0 : elementCount(index.shape) / extent;
    sink.dispatch(
      shader,
      [
        lines,
        shape.length,
        axis,
        shape[axis]!,
        extent,
        ...index.shape,
        ...contiguousStrides(shape),
      ],
      [memoryOf(source), memoryOf(index), result.memory],
      lines,
    );
    return result;
  }

  function scatter(
    x: Operand,
    axis: number,
    index: Operand,
    source: Operand,
    out: TensorSpec,
  ): GpuTensorBuffer {
    const result = allocate(sink, out);
    const count = elementCount(out.shape);
    sink.dispatch(copy, [count], [memoryOf(x), result.memory], count);
    return writeLines(put, source, axis, index, out.shape, result);
  }

  return {
    gather(x, axis, index, out) {
      if (isHalf(x)) {
        return moveHalves(sink, [x], out, ([wide], words) =>
          gather(wide!, axis, index, words, missingHalf),
        );
      }
      return gather(x, axis, index, out, missing[x.dtype === 'float32' ? 'float32' : 'int32']);
    },

    scatter(x, axis, index, source, out) {
      if (!isHalf(x)) return scatter(x, axis, index, source, out);
      return moveHalves(sink, [x, source], out, ([wideX, wideSource], words) =>
        scatter(wideX!, axis, index, wideSource!, words),
      );
    },

    scatterAdd(source, axis, index, out) {
      const add =
        out.dtype === 'float32' ? addFloats : out.dtype === 'int32' ? addIntegers : addBytes;
      const zeros = fill(out, 0) as GpuTensorBuffer;
      return writeLines(add, source, axis, index, out.shape, zeros);
    },
  };
}
