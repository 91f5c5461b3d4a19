import { DTypeError, elementCount, type Kernels } from '@convnet/tensor-core';
import { newBuffer } from '../layout.ts';
import type { Machine } from '../machine.ts';

export function randomKernels(machine: Machine): Pick<Kernels, 'random'> {
  return {
    random(distribution, out, seed, offset) {
      if (out.dtype !== 'float32') {
        throw new DTypeError(`random: expected float32, got ${out.dtype}`);
      }
      const buffer = newBuffer(machine, out, 'rows');
      const normal = Number(distribution === 'normal');
      const { words, doubles, argumentWord: base } = machine;
      doubles.set([seed, offset], base / 2);
      words.set([buffer.address, elementCount(out.shape), normal], base + 4);
      machine.call('random');
      machine.finish();
      return buffer;
    },
  };
}
