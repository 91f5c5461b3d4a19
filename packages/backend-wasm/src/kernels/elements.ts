import {
  bytesOf,
  elementCount,
  float16Bits,
  type DType,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';
import {
  addressIn,
  bufferOf,
  copyIn,
  copyToLayout,
  isRows,
  layoutsAgree,
  newBuffer,
} from '../layout.ts';
import * as at from '../layout/blend.generated.ts';
import { elementTypes } from '../layout.generated.ts';
import type { Layout } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import { decodeAt, encodeAt } from './float16.ts';

/** The number of an element type; kernels know neither float16 nor float64. */
export const typeNumber: Readonly<Record<DType, number>> = {
  ...elementTypes,
  float64: -1,
  float16: -1,
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
  if (dtype === 'float16') {
    // Two to a word; blocks end on a whole one.
    const bits = float16Bits(value);
    machine.call('fill_words', [address, Math.ceil(count / 2), bits | (bits << 16)]);
    return;
  }
  const bits = bitsOf(value, dtype);
  if (bytesOf[dtype] === 4) machine.call('fill_words', [address, count, bits]);
  else machine.call('fill_bytes', [address, count, bits]);
}

/** Elements at `from` as another type at `to`; float16 goes by way of float32. */
function convertAt(
  machine: Machine,
  from: number,
  type: DType,
  to: number,
  wanted: DType,
  count: number,
): void {
  if (type === 'float16') {
    const floats = wanted === 'float32' ? to : machine.temporary(4 * count);
    decodeAt(machine, from, floats, count);
    if (wanted !== 'float32') convertAt(machine, floats, 'float32', to, wanted, count);
  } else if (wanted === 'float16') {
    const floats = type === 'float32' ? from : machine.temporary(4 * count);
    if (type !== 'float32') convertAt(machine, from, type, floats, 'float32', count);
    encodeAt(machine, floats, to, count);
  } else {
    machine.call('cast', [from, typeNumber[type], to, typeNumber[wanted], count]);
  }
}

/** The layout that both operands can be read in where they stand, or that of the first. */
function targetLayout(target: Operand): Layout {
  return layoutsAgree(target.shape) ? 'rows' : bufferOf(target).layout;
}

export function elementKernels(
  machine: Machine,
): Pick<Kernels, 'fill' | 'reshape' | 'cast' | 'blend'> {
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
      convertAt(
        machine,
        source.address,
        x.dtype,
        buffer.address,
        out.dtype,
        elementCount(out.shape),
      );
      machine.finish();
      return buffer;
    },

    blend(target, source, alpha, beta) {
      machine.written(bufferOf(target));
      const to = bufferOf(target).address;
      const layout = targetLayout(target);
      if (alpha === 0 && beta === 1 && bufferOf(source).layout !== layout) {
        // A copy needs no memory, so that it cannot fail half-way through a model.
        copyToLayout(machine, source, layout, to);
        machine.finish();
        return;
      }
      const from = addressIn(machine, source, layout);
      const count = elementCount(target.shape);
      if (target.dtype === 'float16') {
        machine.call('copy_bytes', [from, to, count * bytesOf.float16]);
      } else {
        const { words, doubles, argumentWord: base } = machine;
        doubles[(base + at.alpha) / 2] = alpha;
        doubles[(base + at.beta) / 2] = beta;
        words[base + at.target] = to;
        words[base + at.source] = from;
        words[base + at.count] = count;
        words[base + at.bytes] = bytesOf[target.dtype];
        machine.call(target.dtype === 'float32' ? 'blend' : 'blend_integers');
      }
      machine.finish();
    },
  };
}
