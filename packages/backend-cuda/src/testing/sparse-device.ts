import { elementCount, type DType, type Operand } from '@convnet/tensor-core';

import type { Recorder } from '../commands/recorder.ts';
import { bytesFor, cudaBuffer, memoryOf, type Memory } from '../cuda-buffer.ts';
import type { CudaDevice } from '../cuda.ts';
import { partOf } from '../kernels/launching.ts';
import { openEmulated } from './emulated-device.ts';
import { withVariables } from './environment.ts';

/**
 * A device with memory for tensors of any size, of which only what is touched is there: memory begins as zeros, and of large grids only the
 * blocks at both ends run. So kernels run at sizes where their numbers may overflow, on the elements that show it.
 */
export interface SparseDevice {
  readonly device: CudaDevice;
  readonly recorder: Recorder;
  /** A tensor of zeros, but for some elements by their place in memory. */
  make(shape: readonly number[], values?: Readonly<Record<number, number>>, dtype?: DType): Operand;
  /** Elements of a tensor from a place in memory on. */
  at(x: Operand, place: number, count?: number): Promise<number[]>;
}

const typed = (dtype: DType, values: readonly number[]) =>
  dtype === 'float32'
    ? Float32Array.from(values)
    : dtype === 'int32'
      ? Int32Array.from(values)
      : Uint8Array.from(values);

/** Runs with such a device. */
export function onSparseDevice(run: (sparse: SparseDevice) => Promise<void>): Promise<void> {
  const variables = { EMULATED_CUDA_MEMORY: String(2 ** 43), EMULATED_CUDA_BLOCKS: '1' };
  return withVariables(variables, async () => {
    const { device, recorder } = await openEmulated();
    const put = (memory: Memory, dtype: DType, place: number, value: number): void => {
      const given = recorder.upload(typed(dtype, [value]));
      recorder.copy(partOf(memory, dtype, place), given, given.bytes);
      recorder.giveBack(given);
    };
    try {
      await run({
        device,
        recorder,
        make(shape, values = {}, dtype = 'float32') {
          const bytes = bytesFor({ shape, dtype });
          const memory = recorder.take(bytes);
          for (const [place, value] of Object.entries(values)) {
            put(memory, dtype, Number(place), value);
          }
          return { shape, dtype, buffer: cudaBuffer(memory, bytes) };
        },
        async at(x, place, count = 1) {
          const part = { shape: [count], dtype: x.dtype };
          const taken = recorder.take(bytesFor(part));
          recorder.copy(taken, partOf(memoryOf(x), x.dtype, place), bytesFor(part));
          const buffer = cudaBuffer(taken, bytesFor(part));
          const values = await device.backend.read({ ...part, buffer });
          recorder.giveBack(taken);
          return Array.from(values as Float32Array);
        },
      });
    } finally {
      device.dispose();
    }
  });
}

/** The place of the last element of a tensor. */
export const lastOf = ({ shape }: Pick<Operand, 'shape'>): number => elementCount(shape) - 1;
