import {
  ArgumentError,
  elementCount,
  type Epilogue,
  type ConvGeometry,
  type Kernels,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
import type { KernelName } from '../exports.ts';
import { addressIn, bufferOf, newBuffer, stridedCopy } from '../layout.ts';
import type { Derived, Machine, WasmBuffer } from '../machine.ts';
import { fillAt } from './elements.ts';
import { pointwiseKernels } from './pointwise.ts';
import { winogradBytes, winogradTile, type WinogradTile } from './winograd.ts';

/** Word offsets of the arguments in `conv/arguments.rs`. */
const at = {
  source: 0,
  weight: 1,
  bias: 2,
  out: 3,
  batch: 4,
  groups: 5,
  inputs: 6,
  outputs: 7,
  input: 8,
  output: 11,
  taps: 14,
  stride: 17,
  dilation: 20,
  pad: 23,
  packed: 26,
  isPacked: 27,
  scalars: 28,
  residual: 32,
  hasOperation: 33,
  operation: 34,
  tile: 36,
};

/** The kernels of one pass. */
interface Pass {
  readonly direct: KernelName;
  readonly depthwise: KernelName;
  readonly winograd: KernelName;
}

const passes = {
  forward: {
    direct: 'conv_forward',
    depthwise: 'depthwise_forward',
    winograd: 'winograd_forward',
  },
  inputGrad: {
    direct: 'conv_input_grad',
    depthwise: 'depthwise_input_grad',
    winograd: 'winograd_input_grad',
  },
  weightGrad: {
    direct: 'conv_weight_grad',
    depthwise: 'depthwise_weight_grad',
    winograd: 'winograd_weight_grad',
  },
} as const satisfies Record<string, Pass>;

function hasNoElements({ shape }: TensorSpec): boolean {
  return shape.includes(0);
}

export function convKernels(
  machine: Machine,
): Pick<
  Kernels,
  'conv' | 'convInputGrad' | 'convWeightGrad' | 'fusedConv' | 'willReuse' | 'endReuse'
> {
  const operations = machine.operations();
  const { pointwise } = pointwiseKernels(machine);

  /** Three entries from up to three, missing ones in front. */
  function writeAxes(word: number, values: readonly number[], skip: number, missing: number): void {
    const { words, argumentWord: base } = machine;
    const count = values.length - skip;
    for (let i = 0; i < 3; i++) {
      const from = i - 3 + count;
      words[base + word + i] = from < 0 ? missing : values[skip + from]!;
    }
  }

  /** Writes the sizes; returns whether the convolution is depthwise with one output per channel. */
  function writeSizes(
    input: readonly number[],
    weight: readonly number[],
    output: readonly number[],
    geometry: ConvGeometry,
  ): boolean {
    if (input.length > 5) {
      throw new ArgumentError(
        `conv: expected 1 to 3 spatial axes on device 'wasm', got ${input.length - 2}`,
      );
    }
    const { words, argumentWord: base } = machine;
    const outputs = weight[0]! / geometry.groups;
    words[base + at.batch] = input[0]!;
    words[base + at.groups] = geometry.groups;
    words[base + at.inputs] = weight[1]!;
    words[base + at.outputs] = outputs;
    writeAxes(at.input, input, 2, 1);
    writeAxes(at.output, output, 2, 1);
    writeAxes(at.taps, weight, 2, 1);
    writeAxes(at.stride, geometry.stride, 0, 1);
    writeAxes(at.dilation, geometry.dilation, 0, 1);
    writeAxes(at.pad, geometry.padBegin, 0, 0);
    return geometry.groups > 1 && weight[1] === 1 && outputs === 1;
  }

  /** Writes what is read and written; no epilogue, and packed weights that are not kept. */
  function writeAddresses(source: number, weight: number, bias: number, out: number): void {
    const { words, argumentWord: base } = machine;
    words[base + at.source] = source;
    words[base + at.weight] = weight;
    words[base + at.bias] = bias;
    words[base + at.out] = out;
    words[base + at.packed] = 0;
    words[base + at.isPacked] = 0;
    words[base + at.residual] = 0;
    words[base + at.hasOperation] = 0;
    words[base + at.operation] = 0;
  }

  function writeEpilogue({ activation }: Epilogue, residual: number): void {
    const { words, doubles, argumentWord: base } = machine;
    words[base + at.residual] = residual;
    if (activation === null) return;
    const number = operations.get(activation.name);
    if (number === undefined) {
      throw new ArgumentError(`fusedConv: no operation '${activation.name}'`);
    }
    words[base + at.hasOperation] = 1;
    words[base + at.operation] = number;
    doubles[(base + at.scalars) / 2] = activation.scalars[0] ?? 0;
    doubles[(base + at.scalars) / 2 + 1] = activation.scalars[1] ?? 0;
  }

  /** Calls the kernel of a pass that suits the convolution. */
  function run(
    { direct, depthwise, winograd }: Pass,
    isDepthwise: boolean,
    tile: WinogradTile,
  ): void {
    machine.words[machine.argumentWord + at.tile] = tile;
    if (tile !== 0) machine.call(winograd);
    else machine.call(isDepthwise ? depthwise : direct);
  }

  /** Memory for the packed weights of a forward convolution, where they are worth keeping. */
  function packedFor(
    weight: Operand,
    groups: number,
    depthwise: boolean,
    tile: WinogradTile,
  ): Derived | null {
    if (depthwise) {
      // Panels of 8 channels (`PANEL` in `depthwise/rows.rs`).
      const bytes = Math.ceil(groups / 8) * 8 * elementCount(weight.shape.slice(2)) * 4;
      return machine.derived(bufferOf(weight), 'depthwise', bytes);
    }
    const columns = Math.ceil(weight.shape[0]! / groups / 4) * 4;
    const rows = elementCount(weight.shape.slice(1));
    const bytes = tile === 0 ? groups * columns * rows * 4 : winogradBytes(tile, weight.shape);
    return machine.derived(bufferOf(weight), `${groups} groups, tiles of ${tile}`, bytes);
  }

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
    const depthwise = writeSizes(x.shape, weight.shape, out.shape, geometry);
    const isKept = bufferOf(weight).shared.reuses > 0;
    const tile = winogradTile(weight.shape, out.shape, geometry, isKept);
    const packed = isKept ? packedFor(weight, geometry.groups, depthwise, tile) : null;
    writeAddresses(source, weights, bias === null ? 0 : bufferOf(bias).address, buffer.address);
    if (packed !== null) {
      const { words, argumentWord: base } = machine;
      words[base + at.packed] = packed.block.address;
      words[base + at.isPacked] = Number(packed.isReady);
    }
    if (epilogue !== null) writeEpilogue(epilogue, residual);
    run(passes.forward, depthwise, tile);
    if (packed !== null) packed.isReady = true;
    machine.finish();
    return buffer;
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
      const depthwise = writeSizes(out.shape, weight.shape, dy.shape, geometry);
      writeAddresses(source, weights, 0, buffer.address);
      const tile = winogradTile(weight.shape, out.shape, geometry, false);
      run(passes.inputGrad, depthwise, tile);
      machine.finish();
      return buffer;
    },

    convWeightGrad(x, dy, geometry, out) {
      const nothing = empty([x, dy], out);
      if (nothing !== null) return nothing;
      const buffer = newBuffer(machine, out, 'rows');
      const source = pixels(x);
      const gradient = pixels(dy);
      const depthwise = writeSizes(x.shape, out.shape, dy.shape, geometry);
      writeAddresses(source, gradient, 0, buffer.address);
      const tile = winogradTile(out.shape, dy.shape, geometry, false);
      run(passes.weightGrad, depthwise, tile);
      machine.finish();
      return buffer;
    },
  };
}
