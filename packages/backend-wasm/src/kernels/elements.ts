import {
  bytesOf,
  elementCount,
  type DType,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';
import { addressIn, bufferOf, copyIn, isRows, layoutsAgree, newBuffer } from '../layout.ts';
import type { Layout, Machine } from '../machine.ts';

/** Element types as `convert.rs` numbers them. */
export const typeNumber: Readonly<Record<DType, number>> = {
  float32: 0,
  int32: 1,
  uint8: 2,
  bool: 3,
  float64: -1,
};

/** A value as the bits of one element. */
function bitsOf(value: number, dtype: DType): number {
  if (dtype !== 'float32') return value;
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}

/** Fills `count` elements at `address`. */
export function fillAt(
  machine: Machine,
  address: number,
  count: number,
  value: number,
  dtype: DType,
): void {
  const bits = bitsOf(value, dtype);
  if (bytesOf[dtype] === 4) machine.exports.fill_words(address, count, bits);
  else machine.exports.fill_bytes(address, count, bits);
}

/** The layout that both operands can be read in where they stand, or that of the first. */
function targetLayout(target: Operand): Layout {
  return layoutsAgree(target.shape) ? 'rows' : bufferOf(target).layout;
}

export function elementKernels(
  machine: Machine,
): Pick<Kernels, 'fill' | 'reshape' | 'cast' | 'blend'> {
  const { exports } = machine;
  return {
    fill(out, value) {
      const buffer = newBuffer(machine, out, 'rows');
      fillAt(machine, buffer.address, elementCount(out.shape), value, out.dtype);
      machine.finish();
      return buffer;
    },

    reshape(x) {
      if (isRows(x)) return machine.alias(bufferOf(x), 'rows');
      const buffer = copyIn(machine, x, 'rows');
      machine.finish();
      return buffer;
    },

    cast(x, out) {
      const source = bufferOf(x);
      const buffer = newBuffer(machine, out, source.layout);
      const count = elementCount(out.shape);
      exports.cast(
        source.address,
        typeNumber[x.dtype],
        buffer.address,
        typeNumber[out.dtype],
        count,
      );
      machine.finish();
      return buffer;
    },

    blend(target, source, alpha, beta) {
      machine.written(bufferOf(target));
      const to = bufferOf(target).address;
      const from = addressIn(machine, source, targetLayout(target));
      const count = elementCount(target.shape);
      if (target.dtype === 'float32') {
        exports.blend(to, from, count, alpha, beta);
      } else {
        exports.blend_integers(to, from, count, bytesOf[target.dtype], alpha, beta);
      }
      machine.finish();
    },
  };
}
