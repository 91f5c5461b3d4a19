import { noGrad } from '../autograd.ts';
import type { Operand } from '../backend.ts';
import type { Device } from '../device.ts';
import type { DType } from '../dtype.ts';
import { ArgumentError, DeviceError, DisposedError, DTypeError, ShapeError } from '../errors.ts';
import { endReuse, runKernels, willReuse, type ResultMaker } from '../execute.ts';
import { scope } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Storage } from '../storage.ts';
import { Tensor } from '../tensor.ts';
import type { Graph, Value } from './graph.ts';

/** For each step, the values that no later step reads. */
function lastReads(graph: Graph): (readonly Value[])[] {
  const last = new Map<Value, number>();
  graph.steps.forEach((step, i) => {
    for (const output of step.outputs) last.set(output, i);
    for (const input of step.inputs)
      if (input !== null && input.constant === null) last.set(input, i);
  });
  for (const kept of [...graph.inputs, ...graph.outputs]) last.delete(kept);
  const ends: Value[][] = graph.steps.map(() => []);
  for (const [value, i] of last) ends[i]!.push(value);
  return ends;
}

/** The constants that steps read, each once. */
function constantsOf(graph: Graph): Set<Tensor> {
  const constants = new Set<Tensor>();
  for (const { inputs } of graph.steps) {
    for (const input of inputs) if (input?.constant) constants.add(input.constant);
  }
  return constants;
}

/**
 * @internal Runs a graph on a device. Each value is given back after the step that reads it last, so no more memory is
 * taken than the widest place of the graph needs. What the device derives from constants, such as packed
 * weights, is kept beside them until `dispose`.
 */
export class GraphRunner {
  readonly #graph: Graph;
  readonly #device: Device;
  readonly #ends: readonly (readonly Value[])[];
  readonly #inputNames: readonly string[];
  readonly #constants: readonly Tensor[];
  /** The memory of the constants when they were last looked at. */
  readonly #memories: (Storage | null)[];
  /** The constants as the device was told that it will read them often. */
  readonly #told: (Operand | null)[];
  #isDisposed = false;

  /** @throws DeviceError where a constant is on another device. */
  constructor(graph: Graph, device: Device) {
    this.#graph = graph;
    this.#device = device;
    this.#ends = lastReads(graph);
    this.#inputNames = graph.inputs.map((_, i) => `graph, input ${i}`);
    this.#constants = [...constantsOf(graph)];
    this.#memories = this.#constants.map(() => null);
    this.#told = this.#constants.map(() => null);
    this.#checkConstants();
  }

  /**
   * The outputs, in the innermost scope.
   * @throws ArgumentError, ShapeError, DTypeError, DeviceError, ReleasedTensorError for inputs that are not those
   * of the graph; DeviceError where a constant has moved to another device; DisposedError.
   */
  run(inputs: readonly Tensor[]): Tensor[] {
    if (this.#isDisposed) throw new DisposedError('this graph was disposed of');
    this.#checkInputs(inputs);
    this.#checkConstants();
    return scope(() => noGrad(() => this.#execute(inputs)));
  }

  #execute(inputs: readonly Tensor[]): Tensor[] {
    const device = this.#device;
    const maker: ResultMaker = {
      device,
      make: (on, { shape, dtype }, storage) => new Tensor(on, shape, dtype, storage),
    };
    const live = new Map<Value, Tensor>();
    this.#graph.inputs.forEach((value, i) => live.set(value, inputs[i]!));
    const tensorOf = (value: Value | null): Tensor | null =>
      value === null ? null : (value.constant ?? live.get(value)!);
    this.#graph.steps.forEach((step, i) => {
      const { operation, attributes, outputs, scalars } = step;
      const given = step.inputs.map(tensorOf);
      const results = runKernels(maker, device, operation, given, attributes, outputs, scalars);
      results.forEach((result, o) => live.set(outputs[o]!, result));
      for (const value of this.#ends[i]!) {
        live.get(value)?.dispose();
        live.delete(value);
      }
    });
    return this.#graph.outputs.map((value) => tensorOf(value)!);
  }

  #checkInputs(inputs: readonly Tensor[]): void {
    const expected = this.#graph.inputs;
    if (inputs.length !== expected.length) {
      throw new ArgumentError(`graph: expected ${expected.length} inputs, got ${inputs.length}`);
    }
    for (let i = 0; i < inputs.length; i++) {
      const { shape, dtype } = expected[i]!;
      requireInput(this.#inputNames[i]!, inputs[i]!, dtype, this.#device);
      if (!sameShape(inputs[i]!.shape, shape)) {
        throw new ShapeError(
          `${this.#inputNames[i]}: expected ${formatShape(shape)}, got ${formatShape(inputs[i]!.shape)}`,
        );
      }
    }
  }

  /** Looks at constants that have other memory than before. */
  #checkConstants(): void {
    for (let i = 0; i < this.#constants.length; i++) {
      if (this.#constants[i]!.memory !== this.#memories[i]) return this.#lookAtConstants();
    }
  }

  /** Sees that all constants are at hand, then tells the device of those that it has not seen. */
  #lookAtConstants(): void {
    for (const constant of this.#constants) {
      constant.requireLive('graph');
      if (constant.device !== this.#device) {
        throw new DeviceError(
          `graph: expected all constants on the device that it was made for, ` +
            `${this.#device.nameBeside(constant.device)}, got ${constant.describe(this.#device)}, which is another device`,
        );
      }
    }
    this.#constants.forEach((constant, i) => {
      const { memory, shape, dtype } = constant;
      if (memory === this.#memories[i]) return;
      this.#memories[i] = memory;
      const before = this.#told[i] ?? null;
      if (before !== null) endReuse(this.#device, before);
      const operand = { buffer: constant.buffer, shape, dtype };
      willReuse(this.#device, operand);
      this.#told[i] = operand;
    });
  }

  /** Gives back what the device keeps beside the constants. Running afterwards throws. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#device.isDisposed) return;
    for (const told of this.#told) if (told !== null) endReuse(this.#device, told);
  }
}

/** @internal @throws DTypeError, DeviceError, ReleasedTensorError where an input is not as a graph was made for. */
export function requireInput(op: string, x: Tensor, dtype: DType, device: Device): void {
  x.requireLive(op);
  if (x.dtype === dtype && x.device === device) return;
  const place = device.nameBeside(x.device);
  const wanted = `${op}: expected ${dtype} on ${place}, got ${x.describe(device)}`;
  if (x.dtype !== dtype) throw new DTypeError(wanted);
  throw new DeviceError(`${wanted}, which is another device`);
}
