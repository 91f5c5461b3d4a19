import type { Backend, DeviceBuffer, Kernels, MemoryUse, TensorSpec } from './backend.ts';
import { bytesOf, type DType, type StoredArray } from './dtype.ts';
import { DeviceError, DisposedError, DTypeError, MissingKernelError } from './errors.ts';

/** How many devices of a name have been made. */
const madeByName = new Map<string, number>();

/** Where tensors live: a backend, and the count of what lives on it. */
export class Device {
  /** 'meta', 'reference', 'wasm', … */
  readonly name: string;
  #backend: Backend | null;
  /** Whether tensors here have shapes but no memory. */
  readonly isMeta: boolean;
  readonly #description: string;
  readonly #serial: number;
  #isDisposed = false;
  /**
   * @internal The backend's kernels; reading one that it lacks throws `MissingKernelError`, and reading any after
   * `dispose` throws `DisposedError`. Only `execute.ts` calls them.
   */
  readonly kernels: Kernels;
  /** Tensors' memory blocks that have not been given back. */
  liveBuffers = 0;

  /** `null` makes a device that knows shapes only. */
  constructor(backend: Backend | null) {
    this.#backend = backend;
    this.isMeta = backend === null;
    this.name = backend?.name ?? 'meta';
    this.#description = backend?.description ?? 'meta';
    this.#serial = (madeByName.get(this.name) ?? 0) + 1;
    madeByName.set(this.name, this.#serial);
    const missing = new Proxy(
      {},
      {
        get: (_, kernel) => {
          this.#requireUse();
          throw new MissingKernelError(this.name, String(kernel));
        },
      },
    );
    this.kernels = Object.assign(Object.create(missing), backend?.kernels) as Kernels;
  }

  /** Whether it was disposed of. */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  #requireUse(): void {
    if (this.#isDisposed) throw new DisposedError(`${this.name}: this device was disposed of`);
  }

  /**
   * The connector behind this device.
   * @throws DeviceError on the meta device; DisposedError.
   */
  get backend(): Backend {
    this.#requireUse();
    if (this.#backend === null) {
      throw new DeviceError(
        'tensors on the meta device have shapes but no values: build the model with `device`, ' +
          'or move it there with model.to(device)',
      );
    }
    return this.#backend;
  }

  /** @internal Whether the backend has a kernel; for those that it may lack. */
  hasKernel(name: keyof Kernels): boolean {
    return this.#backend !== null && name in this.#backend.kernels;
  }

  /** Bytes held and reserved. The meta device holds none, nor does one that was disposed of. */
  memory(): MemoryUse {
    return this.#backend?.memory() ?? { live: 0, reserved: 0 };
  }

  /** @internal @throws DTypeError where the backend does not hold `dtype`; DisposedError. */
  requireDType(op: string, dtype: DType): void {
    this.#requireUse();
    if (this.#backend !== null && !this.#backend.dtypes.includes(dtype)) {
      throw new DTypeError(
        `${op}: device '${this.name}' holds ${this.#backend.dtypes.join(', ')}, got ${dtype}`,
      );
    }
  }

  /** @internal Copies host elements in logical order to the device. */
  upload(data: StoredArray, spec: TensorSpec): DeviceBuffer {
    return this.backend.upload(data, spec);
  }

  /** @internal Gives the memory of a buffer back; that of a disposed device went with it. */
  free(buffer: DeviceBuffer): void {
    this.#backend?.free(buffer);
  }

  /**
   * Ends the backend's workers and gives its memory back, also while this device and its tensors are still
   * referred to. Every later use throws `DisposedError`; disposing again, and of its tensors, does nothing. The
   * meta device has nothing to dispose of.
   */
  dispose(): void {
    const backend = this.#backend;
    if (backend === null) return;
    this.#isDisposed = true;
    // The kernels and the backend are what refers to the memory.
    this.#backend = null;
    for (const name of Object.keys(this.kernels)) Reflect.deleteProperty(this.kernels, name);
    backend.dispose();
  }

  /**
   * @internal What a message calls it that names `other` too: 'wasm' beside 'reference', 'wasm#2' beside 'wasm#1'. They are
   * counted as they are made.
   */
  nameBeside(other: Device): string {
    const isClear = this === other || this.name !== other.name;
    return isClear ? this.name : `${this.name}#${this.#serial}`;
  }

  /** What it is called in messages: its name and its build. */
  toString(): string {
    return this.#isDisposed ? `${this.#description}, disposed of` : this.#description;
  }
}

/** Shapes without memory: for `summary`, `countFlops`, and sizes that follow from an input. */
export const meta: Device = new Device(null);

/** @internal Bytes of a tensor in memory. */
export function byteLength(spec: TensorSpec): number {
  return spec.shape.reduce((product, extent) => product * extent, bytesOf[spec.dtype]);
}
