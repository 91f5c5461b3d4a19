import type { Backend, DeviceBuffer, Kernels, MemoryUse, TensorSpec } from './backend.ts';
import { bytesOf, type DType, type StoredArray } from './dtype.ts';
import { DeviceError, DTypeError, MissingKernelError } from './errors.ts';

/** Where tensors live: a backend, and the count of what lives on it. */
export class Device {
  /** 'meta', 'reference', 'wasm', … */
  readonly name: string;
  readonly #backend: Backend | null;
  /**
   * @internal The backend's kernels; reading one that it lacks throws `MissingKernelError`. Only `execute.ts` calls
   * them.
   */
  readonly kernels: Kernels;
  /** Tensors' memory blocks that have not been given back. */
  liveBuffers = 0;

  /** `null` makes a device that knows shapes only. */
  constructor(backend: Backend | null) {
    this.#backend = backend;
    this.name = backend?.name ?? 'meta';
    const name = this.name;
    const missing = new Proxy(
      {},
      {
        get: (_, kernel) => {
          throw new MissingKernelError(name, String(kernel));
        },
      },
    );
    this.kernels = Object.assign(Object.create(missing), backend?.kernels) as Kernels;
  }

  /** Whether tensors here have shapes but no memory. */
  get isMeta(): boolean {
    return this.#backend === null;
  }

  /**
   * The connector behind this device.
   * @throws DeviceError on the meta device.
   */
  get backend(): Backend {
    if (this.#backend === null) {
      throw new DeviceError(
        'tensors on the meta device have shapes but no values: build the model with `device`, ' +
          'or move it there with model.to(device)',
      );
    }
    return this.#backend;
  }

  /** Whether the backend has a kernel; for those that it may lack. */
  hasKernel(name: keyof Kernels): boolean {
    return this.#backend !== null && name in this.#backend.kernels;
  }

  /** Bytes held and reserved. The meta device holds none. */
  memory(): MemoryUse {
    return this.#backend?.memory() ?? { live: 0, reserved: 0 };
  }

  /** @throws DTypeError where the backend does not hold `dtype`. */
  requireDType(op: string, dtype: DType): void {
    if (this.#backend !== null && !this.#backend.dtypes.includes(dtype)) {
      throw new DTypeError(
        `${op}: device '${this.name}' holds ${this.#backend.dtypes.join(', ')}, got ${dtype}`,
      );
    }
  }

  /** Copies host elements in logical order to the device. */
  upload(data: StoredArray, spec: TensorSpec): DeviceBuffer {
    return this.backend.upload(data, spec);
  }

  /** Ends the backend's workers and gives its memory back. */
  dispose(): void {
    this.#backend?.dispose();
  }

  toString(): string {
    return this.#backend?.description ?? 'meta';
  }
}

/** Shapes without memory: for `summary`, `countFlops`, and sizes that follow from an input. */
export const meta: Device = new Device(null);

/** Bytes of a tensor in memory. */
export function byteLength(spec: TensorSpec): number {
  return spec.shape.reduce((product, extent) => product * extent, bytesOf[spec.dtype]);
}
