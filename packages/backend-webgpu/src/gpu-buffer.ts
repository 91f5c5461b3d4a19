import {
  elementCount,
  type DeviceBuffer,
  type DType,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';

/**
 * Elements in row-major order, each in 32 bits: shaders have no smaller types to store. Those of float16 are two to
 * a word. Several tensors may share one memory.
 */
export interface GpuTensorBuffer extends DeviceBuffer {
  readonly memory: Memory;
}

/** A buffer of the device, numbered so that a set of them has a name. */
export interface NumberedBuffer {
  readonly gpu: GPUBuffer;
  readonly id: number;
  readonly size: number;
}

/** Where elements stand. In a step that is being planned the buffer follows later, and may be another at each run. */
export interface Memory {
  /** Null too where all that is left of a weight are its halves. */
  buffer: NumberedBuffer | null;
  /** The same numbers in float16, two to a word: of weights of compiled networks, where the device stores them so. */
  halves?: NumberedBuffer | null;
  /** What is known of a weight that compiled networks read again and again. */
  reuse?: Reuse | null;
}

/** A float32 weight that compiled networks read, on a device that stores such in float16. */
export interface Reuse {
  /** Graphs that read it. */
  count: number;
  /** Whether the halves stand in place of the numbers: where nobody but the graphs asks for these. */
  isDerived: boolean;
  readonly shape: readonly number[];
}

/** How a shader gets at a buffer: reads it, reads it in halves, or writes it and may read it. */
export type Access = 'r' | 'h' | 'w';

/** A tensor's memory on a device. */
export function tensorBuffer(memory: Memory, byteLength: number): GpuTensorBuffer {
  return { byteLength, memory };
}

/** The memory of a kernel argument. */
export function memoryOf(x: Operand): Memory {
  return memoryIn(x.buffer);
}

export function memoryIn(buffer: DeviceBuffer): Memory {
  return (buffer as GpuTensorBuffer).memory;
}

/** Bytes that a tensor takes here. */
export function bytesFor(spec: TensorSpec): number {
  const count = elementCount(spec.shape);
  return 4 * (spec.dtype === 'float16' ? Math.ceil(count / 2) : count);
}

/** Bytes of so many elements in halves: whole words. */
export function bytesInHalves(count: number): number {
  return 4 * Math.ceil(count / 2);
}

/** How a shader sees the elements: bytes and bools as integers. */
export function shaderType(dtype: DType): 'f32' | 'i32' {
  return dtype === 'float32' ? 'f32' : 'i32';
}
