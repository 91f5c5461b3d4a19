import type { DeviceBuffer, TensorSpec } from '@convnet/tensor-core';

import {
  bytesFor,
  cudaBuffer,
  memoryIn,
  type CudaBuffer,
  type Memory,
  type Pointer,
} from '../cuda-buffer.ts';

/** Numbers for a kernel: 32-bit integers (from -2^31 to 2^32 - 1), and floats by their bits. */
export type Word = number | Float;

/** A float among the words of a kernel. */
export interface Float {
  readonly float: number;
}

/** Marks a word as a float. */
export function float(value: number): Float {
  return { float: value };
}

/** A count that may outgrow 32 bits, as its two words: low, high. Below 2^53. */
export function wide(count: number): [low: number, high: number] {
  return [count >>> 0, Math.floor(count / 2 ** 32)];
}

/** Extents along x, y and z. Of a grid at most 2^31 - 1, 65,535 and 65,535; of a block 1,024 in all. */
export type Dim3 = readonly [x: number, y: number, z: number];

/** How a kernel is started. */
export interface LaunchShape {
  readonly grid: Dim3;
  readonly block: Dim3;
  /** Bytes of `DYNAMIC_SHARED`, which may be more than 48 KB where the device has them. Default 0. */
  readonly sharedBytes?: number;
}

/** What a device is and allows, as far as kernels ask. */
export interface DeviceFacts {
  /** Such as 'NVIDIA H100 80GB HBM3'. */
  readonly name: string;
  /** Such as 90 for 9.0. */
  readonly architecture: number;
  readonly multiprocessors: number;
  /** Bytes of shared memory that one block may ask for. */
  readonly sharedBytes: number;
  /** Whether products and convolutions may round their factors to TF32. */
  readonly tf32: boolean;
}

/** A block of the kernels that walk a long row with `first_element` and `grid_stride`. */
export const rowBlock: Dim3 = [256, 1, 1];

/** Enough blocks for so many elements, and not more than keep a device busy: the rest follows by `grid_stride`. */
export function rowGrid(count: number): Dim3 {
  return [Math.min(Math.ceil(count / rowBlock[0]), 65_536), 1, 1];
}

/** Where kernels put their commands: they are encoded for now, or planned for many runs. All take effect in order. */
export abstract class KernelContext {
  /** What the running kernel call has made, and what goes back behind it. */
  readonly #made: Memory[] = [];
  readonly #scratch: Memory[] = [];

  abstract readonly facts: DeviceFacts;

  /** Memory, contents undefined. @throws OutOfMemoryError. */
  abstract take(bytes: number): Memory;

  /** Lets go of a memory; with its last holder it serves others, behind all that was encoded before. */
  abstract giveBack(memory: Memory): void;

  /**
   * Starts a kernel on a grid; a grid with an extent of 0 starts nothing.
   * @param kernel the name under which `KERNEL` defines it
   * @param pointers the pointers of its struct, in order
   * @param words the 32-bit words behind them, in order
   * @throws KernelMissingError for a name that the built kernels do not have.
   */
  abstract launch(
    kernel: string,
    shape: LaunchShape,
    pointers: readonly Pointer[],
    words: readonly Word[],
  ): void;

  /** Calls a library by a plan, with the pointers that it takes; the last is the workspace. */
  abstract callLibrary(plan: number, pointers: readonly Pointer[]): void;

  /** Memory with the given contents, such as a table of windows. They are copied at once. */
  abstract upload(contents: ArrayBufferView<ArrayBuffer>): Memory;

  /** Sets elements of 1, 2 or 4 bytes to the low bits of a word. */
  fill(to: Pointer, elementBytes: 1 | 2 | 4, word: Word, count: number): void {
    const grid = rowGrid(count);
    const words = [...wide(count), word];
    this.launch(`fill_${elementBytes}`, { grid, block: rowBlock }, [to], words);
  }

  /** Copies bytes on the device to where they do not overlap. */
  copy(to: Pointer, from: Pointer, bytes: number): void {
    const grid = rowGrid(Math.ceil(bytes / 16));
    this.launch('copy_bytes', { grid, block: rowBlock }, [from, to], wide(bytes));
  }

  /** Memory for a result, contents undefined. It goes back by itself if the kernel call throws. */
  allocate(spec: TensorSpec): CudaBuffer {
    const bytes = bytesFor(spec);
    const buffer = cudaBuffer(this.take(bytes), bytes);
    this.#made.push(buffer.memory);
    return buffer;
  }

  /** The same memory as another tensor. */
  share(memory: Memory, bytes: number): CudaBuffer {
    return cudaBuffer(memory, bytes);
  }

  /** Memory until the kernel call (of `Kernels`) returns or throws, contents undefined. Nobody gives it back. */
  scratch(bytes: number): Memory {
    const memory = this.take(bytes);
    this.#scratch.push(memory);
    return memory;
  }

  /** `upload` until the kernel call returns or throws: a table that this call alone reads. */
  table(contents: ArrayBufferView<ArrayBuffer>): Memory {
    const memory = this.upload(contents);
    this.#scratch.push(memory);
    return memory;
  }

  /** Wraps a kernel of `Kernels`, so that scratch goes back behind it, and results too where it throws. */
  call<Result>(run: () => Result): Result {
    const scratch = this.#scratch.length;
    const made = this.#made.length;
    let isDone = false;
    try {
      const result = run();
      isDone = true;
      return result;
    } finally {
      if (!isDone) for (const memory of this.#made.slice(made)) this.giveBack(memory);
      this.#made.length = made;
      for (const memory of this.#scratch.splice(scratch)) this.giveBack(memory);
    }
  }

  /** Lets go of a buffer. */
  free(buffer: DeviceBuffer): void {
    this.giveBack(memoryIn(buffer));
  }
}
