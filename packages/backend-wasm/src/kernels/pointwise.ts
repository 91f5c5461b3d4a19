import {
  bytesOf,
  DTypeError,
  type DType,
  type Kernels,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
import { addressIn, bufferOf, newBuffer } from '../layout.ts';
import * as at from '../layout/pointwise.generated.ts';
import { mostAxes } from '../layout/constants.generated.ts';
import type { Layout } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import { agreedLayout, layoutOver, walkedAxes } from './walked-axes.ts';

/** Type that an operation computes in: that of its last input, since only a leading condition may differ. */
function computingType(inputs: readonly Operand[]): DType {
  return inputs[inputs.length - 1]!.dtype;
}

export function pointwiseKernels(machine: Machine): Pick<Kernels, 'pointwise'> {
  /** One axis over all elements. */
  function writeFlat(inputs: readonly Operand[], count: number): void {
    const { words, argumentWord: base } = machine;
    words[base + at.axes] = 1;
    words[base + at.extents] = count;
    for (let i = 0; i < inputs.length; i++) {
      words[base + at.operands + i] = bufferOf(inputs[i]!).address;
      words[base + at.strides + i * mostAxes] = 1;
    }
  }

  function writeBroadcast(inputs: readonly Operand[], out: TensorSpec, layout: Layout): void {
    const addresses = inputs.map((input) => addressIn(machine, input, layout));
    const { extents, strides } = walkedAxes(inputs, out, layout);
    const { words, argumentWord: base } = machine;
    const axes = extents.length;
    words[base + at.axes] = axes;
    for (let k = 0; k < axes; k++) {
      words[base + at.extents + k] = extents[axes - 1 - k]!;
      for (let i = 0; i < inputs.length; i++) {
        words[base + at.strides + i * mostAxes + k] = strides[i]![axes - 1 - k]!;
      }
    }
    for (let i = 0; i < inputs.length; i++) words[base + at.operands + i] = addresses[i]!;
  }

  return {
    pointwise(name, inputs, scalars, out) {
      const number = machine.operations.get(name);
      if (number === undefined) throw new DTypeError(`pointwise: no operation '${name}'`);
      const type = computingType(inputs);
      const agreed = agreedLayout(inputs, out);
      const layout = agreed ?? layoutOver(inputs, out);
      const buffer = newBuffer(machine, out, layout);
      if (agreed !== null) writeFlat(inputs, buffer.byteLength / bytesOf[out.dtype]);
      else writeBroadcast(inputs, out, layout);
      const { words, doubles, argumentWord: base } = machine;
      doubles[(base + at.scalars) / 2] = scalars[0] ?? 0;
      doubles[(base + at.scalars) / 2 + 1] = scalars[1] ?? 0;
      words[base + at.op] = number;
      words[base + at.kind] = type === 'float32' ? 0 : 1;
      words[base + at.out] = buffer.address;
      words[base + at.outBytes] = bytesOf[out.dtype];
      words[base + at.inputs] = inputs.length;
      words[base + at.floatCondition] = inputs[0]!.dtype === 'float32' ? 1 : 0;
      for (let i = 0; i < inputs.length; i++) {
        words[base + at.operandBytes + i] = bytesOf[inputs[i]!.dtype];
      }
      // Floats have every operation, so only integers wait for an answer.
      if (type === 'float32') machine.call('pointwise');
      else {
        const message = `${name}: expected float32 on device 'wasm', got ${type}`;
        machine.ask('pointwise', () => new DTypeError(message));
      }
      machine.finish();
      return buffer;
    },
  };
}
