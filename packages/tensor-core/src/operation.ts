import { GradNode, gradEnabled } from './autograd.ts';
import type { DeviceBuffer, Kernels, TensorSpec } from './backend.ts';
import { commonDevice } from './common-device.ts';
import { meta } from './device.ts';
import { isFloating } from './dtype.ts';
import { refuseStorageType } from './storage-type.ts';
import { Storage } from './storage.ts';
import { requireSynchronous } from './synchronous.ts';
import { Tensor } from './tensor.ts';
import { emit, tracing } from './trace.ts';

/** What a gradient rule is given. */
export interface GradientContext<A> {
  /** Gradients of the outputs, null for an output that nothing was computed from. */
  readonly gradients: readonly (Tensor | null)[];
  /** The saved inputs; null where not saved or absent. */
  readonly inputs: readonly (Tensor | null)[];
  /** The saved outputs. */
  readonly outputs: readonly (Tensor | null)[];
  readonly inputShapes: readonly (readonly number[])[];
  /** Which inputs a gradient is wanted for. */
  readonly needs: readonly boolean[];
  readonly attributes: A;
}

/** Which tensors a gradient rule reads, by position. */
export interface Saves {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Work done by one application. 1 MAC (multiply and add) is 2 FLOPs. */
export interface Cost {
  readonly macs: number;
  readonly flops: number;
}

/** Everything that is known of an operation, in one place: shape rule, kernel call, gradient, cost. */
export interface Operation<A> {
  readonly name: string;
  /** Specs of the outputs. @throws ShapeError, DTypeError, ArgumentError. */
  infer(inputs: readonly (Tensor | null)[], attributes: A): readonly TensorSpec[];
  /** Calls the kernels. Inputs are on one device and live. */
  run(
    kernels: Kernels,
    inputs: readonly (Tensor | null)[],
    attributes: A,
    out: readonly TensorSpec[],
  ): readonly DeviceBuffer[];
  /** What the gradient rule reads, where gradients are wanted for the inputs in `needs`. */
  saves(attributes: A, needs: readonly boolean[]): Saves;
  /** Gradients of the inputs. Absent: nothing flows back. */
  gradient?(context: GradientContext<A>): readonly (Tensor | null)[];
  cost(inputs: readonly (Tensor | null)[], outputs: readonly Tensor[], attributes: A): Cost;
  /** Whether an output may share memory with an input. */
  readonly aliases?: boolean;
  /** Whether it moves or converts elements and computes nothing, so that it takes float16 too. */
  readonly movesOnly?: boolean;
}

/** Nothing saved. */
export const savesNothing: Saves = { inputs: [], outputs: [] };

/** Each of two factors is needed for the gradient of the other. */
export function savesOtherFactors(_: unknown, needs: readonly boolean[]): Saves {
  return { inputs: [0, 1].filter((i) => needs[1 - i]), outputs: [] };
}

/** The cost of moving data. */
export const free: Cost = { macs: 0, flops: 0 };

/** `perElement` floating point operations for each element of the first output. */
export function elementwiseCost(outputs: readonly Tensor[], perElement = 1): Cost {
  return { macs: 0, flops: (outputs[0]?.size ?? 0) * perElement };
}

let shapesOnly = false;

/**
 * Runs `body` with every operation inferring shapes and computing nothing, whatever device its inputs are
 * on; results are on the meta device. For summaries of models that live on a device.
 * @throws ArgumentError for an asynchronous body.
 */
export function inferShapes<T>(body: () => T): T {
  const before = shapesOnly;
  shapesOnly = true;
  try {
    return requireSynchronous('inferShapes', body());
  } finally {
    shapesOnly = before;
  }
}

/** Applies an operation to tensors: infers, runs, records. Absent optional inputs are null. */
export function apply<A>(
  operation: Operation<A>,
  inputs: readonly (Tensor | null)[],
  attributes: A,
): Tensor[] {
  const device = shapesOnly ? meta : commonDevice(operation.name, inputs);
  if (operation.movesOnly !== true) {
    for (const input of inputs) refuseStorageType(operation.name, input);
  }
  const specs = operation.infer(inputs, attributes);
  let outputs: Tensor[];
  if (device.isMeta) {
    outputs = specs.map((spec) => new Tensor(device, spec.shape, spec.dtype, null));
  } else {
    const buffers = operation.run(device.kernels, inputs, attributes, specs);
    outputs = buffers.map((buffer, i) => {
      const storage = new Storage(device, buffer);
      storage.aliased = operation.aliases === true;
      return new Tensor(device, specs[i]!.shape, specs[i]!.dtype, storage);
    });
    if (operation.aliases === true) inputs[0]!.storage.aliased = true;
  }
  const recorded = operation.gradient !== undefined && gradEnabled() && inputs.some(needsGrad);
  // A node that no output leads to would never be let go of.
  if (recorded && specs.some(({ dtype }) => isFloating(dtype))) {
    const node = new GradNode(operation, attributes, inputs, outputs);
    outputs.forEach((output, i) => {
      if (isFloating(output.dtype)) output.recordOrigin(node, i);
    });
  }
  if (tracing()) {
    emit({ operation, inputs, outputs, attributes });
  }
  return outputs;
}

function needsGrad(input: Tensor | null): boolean {
  return input !== null && input.requiresGrad;
}
