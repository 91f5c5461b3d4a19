import type { DType } from './dtype.ts';

/**
 * Memory of one tensor on a device, opaque to everything but the backend that made it. The backend is
 * free to hold it in any physical layout; `shape` is always given in logical order (N, C, spatial…).
 */
export interface DeviceBuffer {
  /** Bytes that the buffer takes on the device. */
  readonly byteLength: number;
  /**
   * What it has in common with other buffers on the same memory, as `reshape` may make. Absent: none has its memory. Backends
   * do not count them: whoever runs kernels does, and frees each memory once.
   */
  readonly memory?: object;
}

/** Logical shape and element type of a tensor. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A kernel argument: a buffer with the logical shape to read it by. */
export interface Operand extends TensorSpec {
  readonly buffer: DeviceBuffer;
  /**
   * Whether it is a weight that `Kernels.willReuse` was told of, read by the graph that told. Only then may a kernel take its
   * numbers from what the device keeps of it in lower precision (`Backend.reusedRounding`).
   */
  readonly isReused?: boolean;
}
