import { ArgumentError, type Kernels, type ResampleAxis } from '@convnet/tensor-core';
import { addressIn, newBuffer } from '../layout.ts';
import * as at from '../layout/resample.generated.ts';
import * as along from '../layout/resample-axis.generated.ts';
import type { Machine } from '../machine.ts';

/** An axis of one position that stays as it is, for ranks below three. */
const whole: ResampleAxis = {
  first: Int32Array.of(0, 1),
  index: Int32Array.of(0),
  weight: Float32Array.of(1),
};

export function resampleKernels(machine: Machine): Pick<Kernels, 'resample'> {
  function table(values: Int32Array | Float32Array): number {
    const address = machine.table(Math.max(values.byteLength, 4));
    const target = values instanceof Float32Array ? machine.floats : machine.words;
    target.set(values, address / 4);
    return address;
  }

  return {
    resample(x, axes, out) {
      if (axes.length > 3) {
        throw new ArgumentError(`resample: expected at most 3 spatial axes, got ${axes.length}`);
      }
      const buffer = newBuffer(machine, out, 'rows');
      const source = addressIn(machine, x, 'rows');
      const missing = 3 - axes.length;
      const three = [...Array.from({ length: missing }, () => whole), ...axes];
      const tables = three.map(({ first, index, weight }) => [
        table(first),
        table(index),
        table(weight),
      ]);
      // Only now: a table may have made the memory grow, and its view with it.
      const { words, argumentWord: base } = machine;
      words[base + at.x] = source;
      words[base + at.out] = buffer.address;
      words[base + at.planes] = x.shape[0]! * x.shape[1]!;
      tables.forEach((addresses, i) => {
        const word = base + at.axes + i * along.words;
        words.set(addresses, word + along.first);
        words[word + along.from] = i < missing ? 1 : x.shape[i - missing + 2]!;
        words[word + along.to] = i < missing ? 1 : out.shape[i - missing + 2]!;
      });
      machine.call('resample');
      machine.finish();
      return buffer;
    },
  };
}
