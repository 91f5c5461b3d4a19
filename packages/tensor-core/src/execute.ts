import type { DeviceBuffer, Operand, TensorSpec } from './backend.ts';
import { context } from './context.ts';
import { meta, type Device } from './device.ts';
import { DeviceError } from './errors.ts';
import type { Operation } from './operation.ts';
import type { StepScalar } from './step-scalar.ts';
import { refuseStorageType } from './storage-type.ts';
import { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';
import { emit, tracing } from './trace.ts';

/**
 * The one door to the kernels: the eager path, graphs, autograd, optimisers and random draws all go through
 * `runKernels`, and nothing else calls a kernel.
 */

/** Where results are made; any tensor is one. Tensors know how to go backward, so that the door cannot know them. */
export interface ResultMaker {
  readonly device: Device;
  /** A tensor on `storage`, or on none on the meta device. */
  make(device: Device, spec: TensorSpec, storage: Storage | null): Tensor;
}

const noScalars: readonly StepScalar[] = [];
const noValues: readonly number[] = [];

/**
 * Applies an operation to tensors, apart from its gradient: checks, infers, runs, tells who listens. Absent optional
 * inputs are null.
 * @param maker where the results go, for operations without inputs.
 * @throws DeviceError where devices differ; ReleasedTensorError; what `infer` throws.
 */
export function execute<A>(
  operation: Operation<A>,
  inputs: readonly (Tensor | null)[],
  attributes: A,
  scalars: readonly StepScalar[] = noScalars,
  maker: ResultMaker | null = null,
): Tensor[] {
  const common = commonDevice(operation.name, inputs, maker);
  const from = maker ?? firstOf(inputs);
  if (operation.movesOnly !== true) {
    for (const input of inputs) refuseStorageType(operation.name, input);
  }
  const specs = operation.infer(inputs, attributes);
  const device = context().shapesOnly ? meta : common;
  let outputs: Tensor[];
  if (device.isMeta) {
    outputs = specs.map((spec) => from.make(device, spec, null));
  } else {
    const storages = runKernels(device, operation, inputs, attributes, specs, scalars);
    outputs = storages.map((storage, i) => from.make(device, specs[i]!, storage));
  }
  if (tracing()) emit({ operation, inputs, outputs, attributes, scalars });
  context().recorder?.operation({ operation, inputs, outputs, attributes, scalars });
  return outputs;
}

/**
 * Runs the kernels of one operation on live inputs of one device, and raises the versions of what it writes.
 * The results' memory is newly owned.
 */
export function runKernels<A>(
  device: Device,
  operation: Operation<A>,
  inputs: readonly (Tensor | null)[],
  attributes: A,
  specs: readonly TensorSpec[],
  scalars: readonly StepScalar[],
): Storage[] {
  const buffers = runKernelsOn(device, operation, inputs, attributes, specs, scalars);
  if (operation.writes !== undefined) {
    for (const position of operation.writes) {
      const written = inputs[position] ?? null;
      if (written !== null) written.storage.version++;
    }
  }
  return buffers.map((buffer) => storageOn(device, buffer, operation, inputs));
}

/** `runKernels` on bare memory, for a captured step, which knows what it writes. */
export function runKernelsOn<A>(
  device: Device,
  operation: Operation<A>,
  inputs: readonly (Operand | null)[],
  attributes: A,
  specs: readonly TensorSpec[],
  scalars: readonly StepScalar[],
): readonly DeviceBuffer[] {
  const values = scalars.length === 0 ? noValues : scalars.map((scalar) => scalar.value());
  return operation.run(device.kernels, inputs, attributes, specs, values);
}

function storageOn(
  device: Device,
  buffer: DeviceBuffer,
  operation: Operation<never>,
  inputs: readonly (Tensor | null)[],
): Storage {
  const storage = new Storage(device, buffer);
  if (operation.aliases === true) {
    storage.aliased = true;
    inputs[0]!.storage.aliased = true;
  }
  return storage;
}

/** Tells the device that a tensor will be read often, so that what is derived from it may be kept beside it. */
export function willReuse(x: Tensor): void {
  if (x.device.hasKernel('willReuse')) x.device.kernels.willReuse!(x);
}

function firstOf(inputs: readonly (Tensor | null)[]): Tensor {
  return inputs.find((input) => input !== null)!;
}

/**
 * The device that all inputs, and what makes the results, are on. Where only shapes are inferred, inputs may come
 * from several.
 * @throws DeviceError where they differ; ReleasedTensorError.
 */
function commonDevice(
  op: string,
  inputs: readonly (Tensor | null)[],
  maker: ResultMaker | null,
): Device {
  let device: Device | null = maker === null ? null : maker.device;
  const { shapesOnly } = context();
  for (const input of inputs) {
    if (input === null) continue;
    input.requireLive(op);
    if (device !== null && input.device !== device && !shapesOnly) {
      throw new DeviceError(
        `${op}: expected all tensors on one device, got ${inputs
          .filter((tensor) => tensor !== null)
          .map((tensor) => tensor.describe())
          .join(' and ')}`,
      );
    }
    device = input.device;
  }
  if (device === null) throw new DeviceError(`${op}: expected at least one tensor`);
  return device;
}
