import {
  byteLength,
  type DeviceBuffer,
  type DType,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';

/**
 * Elements on a device, each in the bytes of its type (float16 2, bytes and bools 1). A tensor of rank 3 or more lies channels last:
 * logical [N, C, …s] in the order N, …s, C, always contiguous; one of rank 2 or less in row-major order. Several tensors may
 * share one memory.
 */
export interface CudaBuffer extends DeviceBuffer {
  readonly memory: Memory;
}

/**
 * Where elements stand. It begins at a multiple of 512 bytes and takes up a multiple of 512, so that a vector at its end may be
 * read whole. In a step that is being planned the address follows later, and may be another at each run.
 */
export interface Memory {
  /** On the device: below 2^53 as all addresses of today's GPUs are. */
  address: number;
  /** Bytes that were asked for. */
  readonly bytes: number;
}

/** A part of a memory. */
export interface MemoryPart {
  readonly memory: Memory;
  readonly byteOffset: number;
}

/** What a kernel takes as a pointer: a memory or a part of it; null is the null pointer. */
export type Pointer = Memory | MemoryPart | null;

/** A tensor's buffer on a memory. */
export function cudaBuffer(memory: Memory, byteLength: number): CudaBuffer {
  return { byteLength, memory };
}

/** The memory of a kernel argument. */
export function memoryOf(x: Operand): Memory {
  return memoryIn(x.buffer);
}

export function memoryIn(buffer: DeviceBuffer): Memory {
  return (buffer as CudaBuffer).memory;
}

/** Bytes that a tensor takes here. */
export function bytesFor(spec: TensorSpec): number {
  return byteLength(spec);
}

/** Element types of kernels: bytes and bools are both unsigned bytes. */
export type KernelType = 'f32' | 'f16' | 'i32' | 'u8';

/** How kernels see the elements of a type. @throws never for what the backend holds. */
export function kernelType(dtype: DType): KernelType {
  if (dtype === 'float32') return 'f32';
  if (dtype === 'float16') return 'f16';
  return dtype === 'int32' ? 'i32' : 'u8';
}
