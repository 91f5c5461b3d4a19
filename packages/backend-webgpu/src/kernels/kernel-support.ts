import {
  contiguousStrides,
  elementCount,
  threeAxes,
  type DeviceBuffer,
  type TensorSpec,
} from '@convnet/tensor-core';

import type { CommandSink } from '../commands/command-sink.ts';
import { bytesFor, memoryIn, tensorBuffer, type GpuTensorBuffer } from '../gpu-buffer.ts';

/** Bits of NaN: shaders cannot write one, so they are given it. */
export const quietNaN = 0x7fc00000;

/** Memory for a result, contents undefined. */
export function allocate(sink: CommandSink, spec: TensorSpec): GpuTensorBuffer {
  const bytes = bytesFor(spec);
  return tensorBuffer(sink.take(bytes), bytes);
}

/** Lets go of a buffer; the last holder's goes back to the pool. */
export function giveBack(sink: CommandSink, buffer: DeviceBuffer): void {
  sink.giveBack(memoryIn(buffer));
}

/** Strides that stay where an extent of 1 is repeated. */
export function repeatingStrides(shape: readonly number[]): number[] {
  return contiguousStrides(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
}

/** x [N, C, …] as samples, channels and three spatial extents, the leading ones 1. */
export function spatialExtents(shape: readonly number[]): [number, number, number] {
  return threeAxes('webgpu', shape.slice(2), 1);
}

/** Elements of one channel of one sample. */
export function positionsOf(shape: readonly number[]): number {
  return elementCount(shape.slice(2));
}
