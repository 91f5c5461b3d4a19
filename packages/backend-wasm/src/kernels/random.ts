import { DTypeError, elementCount, type Kernels } from '@convnet/tensor-core';
import { newBuffer } from '../layout.ts';
import * as at from '../layout/random.generated.ts';
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
      doubles[(base + at.seed) / 2] = seed;
      doubles[(base + at.offset) / 2] = offset;
      words[base + at.out] = buffer.address;
      words[base + at.count] = elementCount(out.shape);
      words[base + at.normal] = normal;
      machine.call('random');
      machine.finish();
      return buffer;
    },
  };
}
