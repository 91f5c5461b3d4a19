import {
  elementCount,
  forInference,
  type Epilogue,
  type ConvGeometry,
  type Kernels,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
import { passes } from '../layout.generated.ts';
import { addressIn, bufferOf, newBuffer, stridedCopy } from '../layout.ts';
import type { Derived, WasmBuffer } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import { convArguments } from './conv-arguments.ts';
import { fillAt } from './elements.ts';
import { pointwiseKernels } from './pointwise.ts';

function hasNoElements({ shape }: TensorSpec): boolean {
  return shape.includes(0);
}

export function convKernels(machine: Machine): Partial<Kernels> {
  const args = convArguments(machine);
  const { pointwise } = pointwiseKernels(machine);

  function forward(
    x: Operand,
    weight: Operand,
    bias: Operand | null,
    geometry: ConvGeometry,
    epilogue: Epilogue | null,
    out: TensorSpec,
  ): WasmBuffer {
    const buffer = newBuffer(machine, out, 'channelsLast');
    const source = pixels(x);
    const weights = rows(weight);
    const residual = epilogue?.residual ? pixels(epilogue.residual) : 0;
    args.writeSizes(x.shape, weight.shape, out.shape, geometry);
    const address = bias === null ? 0 : bufferOf(bias).address;
    args.writeAddresses(source, weights, address, buffer.address);
    const isKept = bufferOf(weight).shared.reuses > 0;
    const packed = isKept ? packedFor(weight, geometry.groups) : null;
    if (epilogue !== null) args.writeEpilogue(epilogue, residual);
    machine.call('conv_forward');
    if (packed !== null) packed.isReady = true;
    machine.finish();
    return buffer;
  }

  /** Memory for the packed weights of the forward convolution whose sizes are written. */
  function packedFor(weight: Operand, groups: number): Derived | null {
    args.keepWeights();
    const form = `${groups} groups, way ${machine.convolutionWay(passes.forward)}`;
    const packed = machine.derived(bufferOf(weight), form, machine.packedWeightBytes());
    if (packed !== null) args.writePacked(packed.block.address, packed.isReady);
    return packed;
  }

  const pixels = (x: Operand): number => addressIn(machine, x, 'channelsLast');
  const rows = (x: Operand): number => addressIn(machine, x, 'rows');

  /** A gradient of nothing: zeros, or no elements. Null where there is something to sum. */
  function empty(operands: readonly TensorSpec[], out: TensorSpec): WasmBuffer | null {
    if (!hasNoElements(out) && !operands.some(hasNoElements)) return null;
    const buffer = newBuffer(machine, out, 'rows');
    fillAt(machine, buffer.address, elementCount(out.shape), 0, out.dtype);
    machine.finish();
    return buffer;
  }

  /** The bias at every pixel, where there are no products to add to it. */
  function biasOnly(bias: Operand | null, out: TensorSpec): WasmBuffer {
    const buffer = newBuffer(machine, out, 'channelsLast');
    const channels = out.shape[1]!;
    const count = elementCount(out.shape);
    if (bias === null) {
      fillAt(machine, buffer.address, count, 0, out.dtype);
    } else if (count > 0) {
      stridedCopy(machine, bufferOf(bias).address, buffer.address, 4, [
        { extent: count / channels, from: 0, to: channels },
        { extent: channels, from: 1, to: 1 },
      ]);
    }
    machine.finish();
    return buffer;
  }

  /** The epilogue in parts, on a buffer that it takes over. */
  function withEpilogue(y: WasmBuffer, epilogue: Epilogue, out: TensorSpec): WasmBuffer {
    let buffer = y;
    const apply = (name: string, others: readonly Operand[], scalars: readonly number[]): void => {
      const result = bufferOf({
        buffer: pointwise(name, [{ ...out, buffer }, ...others], scalars, out),
      });
      machine.free(buffer);
      buffer = result;
    };
    const { residual, activation } = epilogue;
    if (residual !== null) apply('add', [residual], []);
    if (activation !== null) apply(activation.name, [], activation.scalars);
    return buffer;
  }

  /** None in a build for inference. */
  const gradients: Partial<Pick<Kernels, 'convWeightGrad'>> = forInference
    ? {}
    : {
        convWeightGrad(x, dy, geometry, out) {
          const nothing = empty([x, dy], out);
          if (nothing !== null) return nothing;
          const buffer = newBuffer(machine, out, 'rows');
          const source = pixels(x);
          const gradient = pixels(dy);
          args.writeSizes(x.shape, out.shape, dy.shape, geometry);
          args.writeAddresses(source, gradient, 0, buffer.address);
          machine.call('conv_weight_grad');
          machine.finish();
          return buffer;
        },
      };

  return {
    conv(x, weight, bias, geometry, out) {
      if (hasNoElements(x) || hasNoElements(weight) || hasNoElements(out)) {
        return biasOnly(bias, out);
      }
      return forward(x, weight, bias, geometry, null, out);
    },

    fusedConv(x, weight, bias, geometry, epilogue, out) {
      if (hasNoElements(x) || hasNoElements(weight) || hasNoElements(out)) {
        return withEpilogue(biasOnly(bias, out), epilogue, out);
      }
      return forward(x, weight, bias, geometry, epilogue, out);
    },

    willReuse(x) {
      bufferOf(x).shared.reuses++;
    },

    endReuse(x) {
      const buffer = bufferOf(x);
      buffer.shared.reuses--;
      if (buffer.shared.reuses === 0) machine.written(buffer);
    },

    convInputGrad(dy, weight, geometry, out) {
      const nothing = empty([dy, weight], out);
      if (nothing !== null) return nothing;
      const buffer = newBuffer(machine, out, 'channelsLast');
      const source = pixels(dy);
      const weights = rows(weight);
      args.writeSizes(out.shape, weight.shape, dy.shape, geometry);
      args.writeAddresses(source, weights, 0, buffer.address);
      machine.call('conv_input_grad');
      machine.finish();
      return buffer;
    },
    ...gradients,
  };
}
