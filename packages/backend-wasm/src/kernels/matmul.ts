import {
  elementCount,
  type Epilogue,
  type Kernels,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
import { addressIn, newBuffer } from '../layout.ts';
import * as at from '../layout/matmul.generated.ts';
import type { WasmBuffer } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import { writeEpilogue } from './epilogue-arguments.ts';

/** Word where the offsets of a few products stand, behind the arguments. */
const fewAt = at.words;
const few = 256;

/** Elements from one matrix to the next along each leading axis, 0 where the only one repeats. */
function batchStrides(x: Operand, rank: number): number[] {
  const strides: number[] = [];
  let step = x.shape[rank - 2]! * x.shape[rank - 1]!;
  for (let axis = rank - 3; axis >= 0; axis--) {
    const extent = x.shape[axis]!;
    strides[axis] = extent === 1 ? 0 : step;
    step *= extent;
  }
  return strides;
}

export function matmulKernels(machine: Machine): Pick<Kernels, 'matmul' | 'fusedMatmul'> {
  /** Writes where each matrix of a and b begins, in elements, as pairs. */
  function writeOffsets(first: number, a: Operand, b: Operand, leading: readonly number[]): void {
    const { words } = machine;
    if (leading.length === 0) {
      words[first] = 0;
      words[first + 1] = 0;
      return;
    }
    const rank = leading.length + 2;
    const left = batchStrides(a, rank);
    const right = batchStrides(b, rank);
    const position = leading.map(() => 0);
    let offsetA = 0;
    let offsetB = 0;
    const count = leading.reduce((all, extent) => all * extent, 1);
    for (let i = 0; i < count; i++) {
      words[first + 2 * i] = offsetA;
      words[first + 2 * i + 1] = offsetB;
      for (let axis = leading.length - 1; axis >= 0; axis--) {
        position[axis]!++;
        offsetA += left[axis]!;
        offsetB += right[axis]!;
        if (position[axis]! < leading[axis]!) break;
        position[axis] = 0;
        offsetA -= left[axis]! * leading[axis]!;
        offsetB -= right[axis]! * leading[axis]!;
      }
    }
  }

  /** The product and what follows it. */
  function multiply(
    a: Operand,
    b: Operand,
    bias: Operand | null,
    transpose: { readonly a: boolean; readonly b: boolean },
    { residual, activation }: Epilogue,
    out: TensorSpec,
  ): WasmBuffer {
    const buffer = newBuffer(machine, out, 'rows');
    // Of nothing there may be any number, which no table of offsets holds.
    if (elementCount(out.shape) === 0) {
      machine.finish();
      return buffer;
    }
    const rank = out.shape.length;
    const m = out.shape[rank - 2]!;
    const n = out.shape[rank - 1]!;
    const k = a.shape[transpose.a ? rank - 2 : rank - 1]!;
    const leading = out.shape.slice(0, rank - 2);
    const batch = leading.reduce((all, extent) => all * extent, 1);
    const addressA = addressIn(machine, a, 'rows');
    const addressB = addressIn(machine, b, 'rows');
    const addressBias = bias === null ? 0 : addressIn(machine, bias, 'rows');
    const addressResidual = residual === null ? 0 : addressIn(machine, residual, 'rows');
    const base = machine.argumentWord;
    // Behind the arguments of a call there is room for a few, as long as it is not kept.
    const isBehind = batch <= few && machine.scribe === null;
    const offsets = isBehind ? (base + fewAt) * 4 : machine.table(batch * 8);
    writeOffsets(offsets / 4, a, b, leading);
    const { words } = machine;
    words[base + at.a] = addressA;
    words[base + at.b] = addressB;
    words[base + at.bias] = addressBias;
    words[base + at.out] = buffer.address;
    words[base + at.m] = m;
    words[base + at.n] = n;
    words[base + at.k] = k;
    words[base + at.transposeA] = Number(transpose.a);
    words[base + at.transposeB] = Number(transpose.b);
    words[base + at.batch] = batch;
    words[base + at.offsets] = offsets;
    writeEpilogue(machine, 'fusedMatmul', at.epilogue, activation, addressResidual);
    machine.call('matmul');
    machine.finish();
    return buffer;
  }

  return {
    matmul: (a, b, bias, transpose, out) => multiply(a, b, bias, transpose, nothing, out),
    fusedMatmul: multiply,
  };
}

const nothing: Epilogue = { residual: null, activation: null };
