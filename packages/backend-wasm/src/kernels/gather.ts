import {
  ArgumentError,
  bytesOf,
  elementCount,
  IndexRangeError,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';
import { addressIn, copyIn, newBuffer, stridesOf } from '../layout.ts';
import * as at from '../layout/gather.generated.ts';
import { mostAxes } from '../layout/constants.generated.ts';
import type { WasmBuffer } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import { fillAt } from './elements.ts';
import { narrowAt, widened } from './float16.ts';

export function gatherKernels(
  machine: Machine,
): Pick<Kernels, 'gather' | 'scatter' | 'scatterAdd'> {
  /**
   * Runs a kernel of `gather.rs`. `indexed` is the shape that positions count in.
   * @throws IndexRangeError for the first position that does not exist.
   */
  function run(
    op: 'gather' | 'scatter' | 'scatterAdd',
    source: Operand,
    index: Operand,
    out: WasmBuffer,
    axis: number,
    indexed: readonly number[],
  ): WasmBuffer {
    const rank = index.shape.length;
    if (rank > mostAxes) {
      throw new ArgumentError(`${op}: expected at most ${mostAxes} axes, got ${rank}`);
    }
    if (elementCount(index.shape) === 0) {
      machine.finish();
      return out;
    }
    const isHalf = source.dtype === 'float16';
    const stored = addressIn(machine, source, 'rows');
    const sourceAddress = isHalf ? widened(machine, stored, elementCount(source.shape)) : stored;
    const outCount = out.byteLength / bytesOf[source.dtype];
    const outAddress = isHalf ? widened(machine, out.address, outCount) : out.address;
    const indexAddress = addressIn(machine, index, 'rows');
    const strides = stridesOf(indexed, 'rows');
    const { words, argumentWord: base } = machine;
    words[base + at.source] = sourceAddress;
    words[base + at.index] = indexAddress;
    words[base + at.out] = outAddress;
    words[base + at.bytes] = isHalf ? 4 : bytesOf[source.dtype];
    words[base + at.integer] = Number(source.dtype !== 'float32');
    words[base + at.axes] = rank;
    words[base + at.axis] = axis;
    words[base + at.limit] = indexed[axis]!;
    for (let i = 0; i < rank; i++) {
      words[base + at.extents + i] = index.shape[i]!;
      words[base + at.strides + i] = strides[i]!;
    }
    machine.ask(op === 'scatterAdd' ? 'scatter_add' : op, (stopped) => {
      const position = machine.words[(indexAddress >>> 2) + stopped - 1]!;
      return new IndexRangeError(op, position, axis, indexed[axis]!);
    });
    if (isHalf) narrowAt(machine, outAddress, out.address, outCount);
    machine.finish();
    return out;
  }

  return {
    gather(x, axis, index, out) {
      const buffer = newBuffer(machine, out, 'rows');
      return run('gather', x, index, buffer, axis, x.shape);
    },

    scatter(x, axis, index, source, out) {
      const buffer = copyIn(machine, x, 'rows');
      return run('scatter', source, index, buffer, axis, out.shape);
    },

    scatterAdd(source, axis, index, out) {
      const buffer = newBuffer(machine, out, 'rows');
      fillAt(machine, buffer.address, elementCount(out.shape), 0, out.dtype);
      return run('scatterAdd', source, index, buffer, axis, out.shape);
    },
  };
}
