import { elementCount, type Kernels, type Operand } from '@convnet/tensor-core';
import { addressIn, newBuffer } from '../layout.ts';
import type { Machine } from '../machine.ts';
import { typeNumber } from './elements.ts';

/** Extents in front of, along and behind an axis of a tensor in row-major order. */
function lines(x: Operand, axis: number): readonly [outer: number, extent: number, inner: number] {
  return [
    elementCount(x.shape.slice(0, axis)),
    x.shape[axis]!,
    elementCount(x.shape.slice(axis + 1)),
  ];
}

export function orderKernels(machine: Machine): Pick<Kernels, 'argsort' | 'cumsum'> {
  return {
    argsort(x, axis, descending, out) {
      const buffer = newBuffer(machine, out, 'rows');
      const address = addressIn(machine, x, 'rows');
      const kind = typeNumber[x.dtype];
      const sizes = lines(x, axis);
      machine.call('argsort', [address, buffer.address, ...sizes, kind, Number(descending)]);
      machine.finish();
      return buffer;
    },

    cumsum(x, axis, out) {
      const buffer = newBuffer(machine, out, 'rows');
      const address = addressIn(machine, x, 'rows');
      const kernel = x.dtype === 'float32' ? 'cumsum_floats' : 'cumsum_integers';
      machine.call(kernel, [address, buffer.address, ...lines(x, axis), typeNumber[x.dtype], 0]);
      machine.finish();
      return buffer;
    },
  };
}
