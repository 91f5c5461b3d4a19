import {
  elementCount,
  type DeviceBuffer,
  type DType,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';

/**
 * Elements in row-major order, each in 32 bits: shaders have no smaller types to store. Those of float16 are two to
 * a word. Several tensors may share one buffer; the last gives it back.
 */
export interface GpuTensorBuffer extends DeviceBuffer {
  readonly memory: SharedMemory;
}

export interface SharedMemory {
  readonly buffer: GPUBuffer;
  holders: number;
}

/** The memory of a kernel argument. */
export function gpuBufferOf(x: Operand): GPUBuffer {
  return memoryOf(x.buffer).buffer;
}

export function memoryOf(buffer: DeviceBuffer): SharedMemory {
  return (buffer as GpuTensorBuffer).memory;
}

/** Bytes that a tensor takes here. */
export function bytesFor(spec: TensorSpec): number {
  const count = elementCount(spec.shape);
  return 4 * (spec.dtype === 'float16' ? Math.ceil(count / 2) : count);
}

/** How a shader sees the elements: bytes and bools as integers. */
export function shaderType(dtype: DType): 'f32' | 'i32' {
  return dtype === 'float32' ? 'f32' : 'i32';
}
