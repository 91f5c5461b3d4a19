import {
  bytesOf,
  DTypeError,
  programSlots,
  type Kernels,
  type PointwiseProgram,
} from '@convnet/tensor-core';
import { addressIn, newBuffer } from '../layout.ts';
import { chainOperands, chainRows, chainSlots, mostAxes } from '../layout/constants.generated.ts';
import * as at from '../layout/pointwise-chain.generated.ts';
import type { Machine } from '../machine.ts';
import { agreedLayout, layoutOver, walkedAxes } from './walked-axes.ts';

/** A program in the numbers of the kernel: for each row its operation, the places that it reads, and the one that it writes. */
interface Lowered {
  readonly operations: readonly number[];
  readonly from: readonly (readonly number[])[];
  readonly to: readonly number[];
}

/** All binaries that this host takes give operations the same numbers. */
const lowered = new WeakMap<PointwiseProgram, Lowered>();

/** @throws DTypeError for a row that there is not. */
function lower(machine: Machine, program: PointwiseProgram): Lowered {
  let made = lowered.get(program);
  if (made !== undefined) return made;
  const { inputs, rows, results } = program;
  const { slots } = programSlots(program, true);
  const to = rows.map((_, row) => {
    const result = results.indexOf(row);
    return result === -1 ? chainOperands + slots[row]! : chainOperands + chainSlots + result;
  });
  made = {
    operations: rows.map(({ name }) => {
      const number = machine.operations.get(name);
      if (number === undefined) throw new DTypeError(`pointwiseChain: no operation '${name}'`);
      return number;
    }),
    from: rows.map(({ operands }) =>
      operands.map((operand) => (operand < inputs ? operand : to[operand - inputs]!)),
    ),
    to,
  };
  lowered.set(program, made);
  return made;
}

export function pointwiseChainKernels(machine: Machine): Pick<Kernels, 'pointwiseChain'> {
  return {
    pointwiseChain(program, inputs, scalars, out) {
      const { operations, from, to } = lower(machine, program);
      const { rows, results } = program;
      const layout = agreedLayout(inputs, out) ?? layoutOver(inputs, out);
      const addresses = inputs.map((input) => addressIn(machine, input, layout));
      // The last row writes when all has been read: its result may stand where an operand does.
      const last = newBuffer(machine, out, layout);
      const made = results.map((_, i) =>
        i === results.length - 1 ? last : newBuffer(machine, out, layout),
      );
      const { extents, strides } = walkedAxes(inputs, out, layout);
      const { words, doubles, argumentWord: base } = machine;
      let next = 0;
      for (let row = 0; row < chainRows; row++) {
        words[base + at.ops + row] = operations[row] ?? 0;
        if (row >= rows.length) continue;
        for (let k = 0; k < 3; k++) words[base + at.from + row * 3 + k] = from[row]![k] ?? 0;
        words[base + at.to + row] = to[row]!;
        const count = rows[row]!.scalars;
        for (let k = 0; k < 2; k++) {
          doubles[(base + at.scalars) / 2 + row * 2 + k] = k < count ? scalars[next + k]! : 0;
        }
        next += count;
      }
      words[base + at.rows] = rows.length;
      words[base + at.inputs] = inputs.length;
      const axes = extents.length;
      words[base + at.axes] = axes;
      for (let k = 0; k < axes; k++) words[base + at.extents + k] = extents[axes - 1 - k]!;
      for (let i = 0; i < inputs.length; i++) {
        words[base + at.operands + i] = addresses[i]!;
        words[base + at.operandBytes + i] = bytesOf[inputs[i]!.dtype];
        for (let k = 0; k < axes; k++) {
          words[base + at.strides + i * mostAxes + k] = strides[i]![axes - 1 - k]!;
        }
      }
      for (let i = 0; i < made.length; i++) words[base + at.results + i] = made[i]!.address;
      machine.call('pointwise_chain');
      machine.finish();
      return made;
    },
  };
}
