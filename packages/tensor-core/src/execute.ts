import type { DeviceBuffer, Kernels, Operand, TensorSpec } from './backend.ts';
import { context } from './context.ts';
import { meta, type Device } from './device.ts';
import { DeviceError, PartialUpdateError } from './errors.ts';
import { memoryBehind } from './holdings.ts';
import { forInference } from './inference.ts';
import type { Operation } from './operation.ts';
import type { StepScalar } from './step-scalar.ts';
import { requireTensor } from './require-tensor.ts';
import { refuseStorageType } from './storage-type.ts';
import { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

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
const noOutputs: Tensor[] = [];

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
  const { shapesOnly, listeners, recorder } = context();
  const common = commonDevice(operation.name, inputs, maker, shapesOnly);
  if (operation.movesOnly !== true) {
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      if (input !== null && input.dtype === 'float16') refuseStorageType(operation.name, input);
    }
  }
  const from = maker ?? inputs[0] ?? firstOf(inputs);
  const specs = operation.infer(inputs, attributes);
  const device = shapesOnly ? meta : common;
  const outputs = device.isMeta
    ? specs.map((spec) => from.make(device, spec, null))
    : runKernels(from, device, operation, inputs, attributes, specs, scalars);
  if (listeners.length > 0 || recorder !== null) {
    const event = { operation, inputs, outputs, attributes, scalars };
    for (const listener of listeners) listener(event);
    recorder?.operation(event);
  }
  return outputs;
}

/**
 * Runs the kernels of one operation on live inputs of one device, and raises the versions of what it writes.
 * The results are on newly owned memory.
 */
export function runKernels<A>(
  maker: ResultMaker,
  device: Device,
  operation: Operation<A>,
  inputs: readonly (Tensor | null)[],
  attributes: A,
  specs: readonly TensorSpec[],
  scalars: readonly StepScalar[],
): Tensor[] {
  let buffers: readonly DeviceBuffer[];
  try {
    buffers = runKernelsOn(device, operation, inputs, attributes, specs, scalars);
  } catch (error) {
    // Only optimisers do.
    if (!forInference && error instanceof PartialUpdateError) raiseVersions(operation, inputs);
    throw error;
  }
  raiseVersions(operation, inputs);
  if (buffers.length === 0) return noOutputs;
  const aliases = operation.aliases === true;
  const source = aliases ? inputs[0]!.storage : null;
  if (source !== null) source.aliased = true;
  // A list that grows by `push` has room for 17, and most operations have one output.
  if (buffers.length === 1) return [resultOn(maker, device, buffers[0]!, specs[0]!, source)];
  return buffers.map((buffer, i) => resultOn(maker, device, buffer, specs[i]!, source));
}

function resultOn(
  maker: ResultMaker,
  device: Device,
  buffer: DeviceBuffer,
  spec: TensorSpec,
  source: Storage | null,
): Tensor {
  return maker.make(device, spec, storageOf(device, buffer, source));
}

/** @param source the memory that the buffer may stand on, beside its own. */
function storageOf(device: Device, buffer: DeviceBuffer, source: Storage | null): Storage {
  if (source === null) return new Storage(device, buffer);
  if (memoryBehind(buffer) === memoryBehind(source.buffer)) return source.lend(buffer);
  const storage = new Storage(device, buffer);
  storage.aliased = true;
  return storage;
}

function raiseVersions<A>({ writes }: Operation<A>, inputs: readonly (Tensor | null)[]): void {
  if (writes === undefined) return;
  for (const position of writes) {
    const written = inputs[position] ?? null;
    if (written !== null) written.storage.version++;
  }
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
  let values = noValues;
  if (scalars.length === 1) values = [valueNow(scalars[0]!)];
  else if (scalars.length > 1) values = scalars.map(valueNow);
  return callKernels(device.kernels, operation, inputs, attributes, specs, values);
}

/** As a kernel gets it, wherever the step runs: a backend that takes steps whole is given four bytes. */
function valueNow(scalar: StepScalar): number {
  const value = scalar.value();
  return scalar.dtype === 'float32' ? Math.fround(value) : value >>> 0;
}

/** Calls the kernels that are handed in: those of a device, or of a backend that records what they do. */
export function callKernels<A>(
  kernels: Kernels,
  operation: Operation<A>,
  inputs: readonly (Operand | null)[],
  attributes: A,
  specs: readonly TensorSpec[],
  scalars: readonly number[],
): readonly DeviceBuffer[] {
  return operation.run(kernels, inputs, attributes, specs, scalars);
}

/**
 * Tells the device that memory will be read often, so that what is derived from it may be kept beside it, or in its place where
 * it `isDerived` itself.
 */
export function willReuse(device: Device, x: Operand, isDerived: boolean): void {
  if (device.hasKernel('willReuse')) device.kernels.willReuse!(x, isDerived);
}

/** Undoes `willReuse`. */
export function endReuse(device: Device, x: Operand): void {
  if (device.hasKernel('endReuse')) device.kernels.endReuse!(x);
}

function firstOf(inputs: readonly (Tensor | null)[]): Tensor {
  return inputs.find((input) => input !== null)!;
}

/**
 * The device that all inputs, and what makes the results, are on. Where only shapes are inferred, inputs may come
 * from several.
 * @throws DeviceError where they differ; ReleasedTensorError; ArgumentError for what is no tensor.
 */
export function commonDevice(
  op: string,
  inputs: readonly (Tensor | null)[],
  maker: ResultMaker | null = null,
  shapesOnly = false,
): Device {
  let device: Device | null = maker === null ? null : maker.device;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (input === null) continue;
    requireTensor(op, input);
    input.requireLive(op);
    if (input.device !== device) {
      if (device !== null && !shapesOnly) throw differentDevices(op, inputs);
      device = input.device;
    }
  }
  if (device === null) throw new DeviceError(`${op}: expected at least one tensor`);
  return device;
}

function differentDevices(op: string, inputs: readonly (Tensor | null)[]): DeviceError {
  const tensors = inputs.filter((tensor) => tensor !== null);
  const described = tensors.map((tensor) => {
    // Of several other devices, one of the same name, beside which the name says less.
    const { device } = tensor;
    const other = tensors.find(
      (next) => next.device !== device && next.device.name === device.name,
    );
    return tensor.describe(other?.device);
  });
  return new DeviceError(
    `${op}: expected all tensors on one device, got ${described.join(' and ')}`,
  );
}
