import {
  ArgumentError,
  bytesOf,
  elementCount,
  IndexRangeError,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';
import { addressIn, copyIn, newBuffer, stridesOf } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { fillAt } from './elements.ts';

const axesLimit = 8;

export function gatherKernels(
  machine: Machine,
): Pick<Kernels, 'gather' | 'scatter' | 'scatterAdd'> {
  const base = machine.argumentAddress / 4;

  /**
   * Runs a kernel of `gather.rs`. `indexed` is the shape that positions count in.
   * @throws IndexRangeError for the first position that does not exist.
   */
  function run(
    op: 'gather' | 'scatter' | 'scatterAdd',
    source: Operand,
    index: Operand,
    out: number,
    axis: number,
    indexed: readonly number[],
  ): void {
    const rank = index.shape.length;
    if (rank > axesLimit) {
      throw new ArgumentError(`${op}: expected at most ${axesLimit} axes, got ${rank}`);
    }
    const sourceAddress = addressIn(machine, source, 'rows');
    const indexAddress = addressIn(machine, index, 'rows');
    const strides = stridesOf(indexed, 'rows');
    const { words, exports } = machine;
    words[base] = sourceAddress;
    words[base + 1] = indexAddress;
    words[base + 2] = out;
    words[base + 3] = bytesOf[source.dtype];
    words[base + 4] = Number(source.dtype !== 'float32');
    words[base + 5] = rank;
    words[base + 6] = axis;
    words[base + 7] = indexed[axis]!;
    for (let i = 0; i < rank; i++) {
      words[base + 8 + i] = index.shape[i]!;
      words[base + 8 + axesLimit + i] = strides[i]!;
    }
    const kernel = op === 'scatterAdd' ? exports.scatter_add : exports[op];
    const stopped = kernel();
    const position = stopped === 0 ? 0 : words[indexAddress / 4 + stopped - 1]!;
    machine.finish();
    if (stopped !== 0) throw new IndexRangeError(op, position, axis, indexed[axis]!);
  }

  return {
    gather(x, axis, index, out) {
      const buffer = newBuffer(machine, out, 'rows');
      if (elementCount(out.shape) === 0) return buffer;
      run('gather', x, index, buffer.address, axis, x.shape);
      return buffer;
    },

    scatter(x, axis, index, source, out) {
      const buffer = copyIn(machine, x, 'rows');
      if (elementCount(source.shape) === 0) return buffer;
      run('scatter', source, index, buffer.address, axis, out.shape);
      return buffer;
    },

    scatterAdd(source, axis, index, out) {
      const buffer = newBuffer(machine, out, 'rows');
      fillAt(machine, buffer.address, elementCount(out.shape), 0, out.dtype);
      if (elementCount(source.shape) === 0) return buffer;
      run('scatterAdd', source, index, buffer.address, axis, out.shape);
      return buffer;
    },
  };
}
