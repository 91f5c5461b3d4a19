import {
  contiguousStrides,
  elementCount,
  MissingKernelError,
  unwrittenWord,
  type DeviceBuffer,
  type TensorSpec,
} from '@convnet/tensor-core';

import { bytesFor, memoryOf, type GpuTensorBuffer } from '../gpu-buffer.ts';
import type { Recorder } from '../recorder.ts';
import { elementShader } from '../shader.ts';

/** Bits of NaN: shaders cannot write one, so they are given it. */
export const quietNaN = 0x7fc00000;

/** Fills a buffer with the word p[1]. */
export const fillWords: string = elementShader(
  [{ name: 'y', type: 'i32', writes: true }],
  '  y[i] = p[1];',
);

/** Memory for a result, contents undefined. */
export function allocate(recorder: Recorder, spec: TensorSpec): GpuTensorBuffer {
  const buffer = recorder.pool.take(bytesFor(spec));
  if (recorder.marksUnwritten) {
    const words = buffer.size / 4;
    recorder.dispatch(fillWords, [words, unwrittenWord], [buffer], words);
  }
  return { byteLength: buffer.size, memory: { buffer, holders: 1 } };
}

/** Lets go of a buffer; the last holder's goes back to the pool. */
export function giveBack(recorder: Recorder, buffer: DeviceBuffer): void {
  const memory = memoryOf(buffer);
  memory.holders--;
  if (memory.holders === 0) recorder.pool.giveBack(memory.buffer);
}

export function gpuOf(buffer: DeviceBuffer): GPUBuffer {
  return (buffer as GpuTensorBuffer).memory.buffer;
}

/** Strides that stay where an extent of 1 is repeated. */
export function repeatingStrides(shape: readonly number[]): number[] {
  return contiguousStrides(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
}

/** x [N, C, …] as samples, channels and three spatial extents, the leading ones 1. */
export function spatialExtents(shape: readonly number[]): [number, number, number] {
  return threeAxes(shape.slice(2), 1);
}

/** One value for each of three spatial axes, the leading ones `filler`. */
export function threeAxes(values: readonly number[], filler: number): [number, number, number] {
  if (values.length > 3) {
    throw new MissingKernelError('webgpu', `for ${values.length} spatial axes`);
  }
  const [d, h, w] = [...Array.from({ length: 3 - values.length }, () => filler), ...values];
  return [d!, h!, w!];
}

/** Elements of one channel of one sample. */
export function positionsOf(shape: readonly number[]): number {
  return elementCount(shape.slice(2));
}
