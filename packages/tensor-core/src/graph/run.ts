import type { Operand } from '../backend.ts';
import type { Device } from '../device.ts';
import type { DType } from '../dtype.ts';
import { ArgumentError, DeviceError, DisposedError, DTypeError, ShapeError } from '../errors.ts';
import { endReuse, willReuse } from '../execute.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';
import type { Graph, Value } from './graph.ts';
import { Runner } from './runner.ts';

/** The constants that are read, each once. */
function constantsOf({ steps, outputs }: Graph): readonly Value[] {
  const constants = new Map<Tensor, Value>();
  for (const value of [...steps.flatMap(({ inputs }) => inputs), ...outputs]) {
    if (value?.constant) constants.set(value.constant, value);
  }
  return [...constants.values()];
}

/**
 * @internal Runs a graph on a device. Each value is given back after the step that reads it last, so no more memory is
 * taken than the widest place of the graph needs. What the device derives from constants, such as packed
 * weights, is kept beside them until `dispose`.
 */
export class GraphRunner {
  readonly #graph: Graph;
  readonly #device: Device;
  readonly #runner: Runner;
  readonly #inputNames: readonly string[];
  readonly #constants: readonly Tensor[];
  readonly #areDerived: readonly boolean[];
  /** The memory of the constants when they were last looked at. */
  readonly #memories: (Storage | null)[];
  /** The constants as the device was told that it will read them often. */
  readonly #told: (Operand | null)[];
  #isDisposed = false;

  /** @throws DeviceError where a constant is on another device. */
  constructor(graph: Graph, device: Device) {
    this.#graph = graph;
    this.#device = device;
    this.#inputNames = graph.inputs.map((_, i) => `graph, input ${i}`);
    const constants = constantsOf(graph);
    this.#constants = constants.map(({ constant }) => constant!);
    this.#areDerived = constants.map(({ isDerived = false }) => isDerived);
    this.#memories = this.#constants.map(() => null);
    this.#told = this.#constants.map(() => null);
    this.#checkConstants();
    this.#runner = new Runner(device, graph, [...graph.inputs, ...constants], constants);
  }

  /** Settles once the device is ready to run the graph whole, where it does that. */
  get ready(): Promise<void> {
    return this.#runner.ready;
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
    return this.#runner.run([...inputs, ...this.#constants]);
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
      willReuse(this.#device, operand, this.#areDerived[i]!);
      this.#told[i] = operand;
    });
  }

  /** Gives back what the device keeps beside the constants. Running afterwards throws. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#runner.dispose();
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
