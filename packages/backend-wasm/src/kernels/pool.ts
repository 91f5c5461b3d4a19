import { ArgumentError, forInference, type Kernels, type PoolAxis } from '@convnet/tensor-core';
import type { Block } from '../heap.ts';
import { addressIn, newBuffer } from '../layout.ts';
import * as at from '../layout/pool.generated.ts';
import * as along from '../layout/pool-axis.generated.ts';
import type { Machine } from '../machine.ts';

/** Windows kept on the device. */
const knownLimit = 512;

/** The window that an axis of extent 1 has in front of the spatial axes that there are. */
const single: PoolAxis = {
  start: Int32Array.of(0),
  end: Int32Array.of(1),
  step: 1,
  count: Float32Array.of(1),
};

export function poolKernels(machine: Machine): Partial<Kernels> {
  /** Windows on the device, by the object that describes them: tensor-core makes one for each kind. */
  const known = new Map<PoolAxis, Block>();

  function addressOf(axis: PoolAxis): number {
    let block = known.get(axis);
    if (block === undefined) {
      const count = axis.start.length;
      block = machine.keptTable(count * 12);
      machine.settle();
      known.set(axis, block);
      machine.words.set(axis.start, block.address / 4);
      machine.words.set(axis.end, block.address / 4 + count);
      machine.floats.set(axis.count, block.address / 4 + 2 * count);
    }
    return block.address;
  }

  function writeSizes(input: readonly number[], axes: readonly PoolAxis[]): void {
    if (input.length > 5) {
      throw new ArgumentError(
        `pooling: expected 1 to 3 spatial axes on device 'wasm', got ${input.length - 2}`,
      );
    }
    // Room first, so that no window of this call is given back by the next one.
    if (known.size + input.length > knownLimit) {
      for (const old of known.values()) machine.releaseTable(old);
      known.clear();
      // Steps that are written down know where windows were.
      machine.letGoReserves();
    }
    // Addresses before views: a new window may make the memory grow, and the views with it.
    const addresses = axes.map(addressOf);
    const singleAddress = addressOf(single);
    const { words, argumentWord: base } = machine;
    words[base + at.batch] = input[0]!;
    words[base + at.channels] = input[1]!;
    const missing = 3 - axes.length;
    for (let i = 0; i < 3; i++) {
      const axis = i < missing ? single : axes[i - missing]!;
      const address = i < missing ? singleAddress : addresses[i - missing]!;
      const count = axis.start.length;
      const word = base + at.axes + i * along.words;
      words[word + along.start] = address;
      words[word + along.end] = address + count * 4;
      words[word + along.count] = address + count * 8;
      words[word + along.step] = axis.step;
      words[word + along.input] = i < missing ? 1 : input[i - missing + 2]!;
      words[word + along.output] = count;
    }
  }

  function writeAddresses(x: number, y: number, indices: number): void {
    const { words, argumentWord: base } = machine;
    words[base + at.x] = x;
    words[base + at.y] = y;
    words[base + at.indices] = indices;
  }

  /** None in a build for inference. */
  const gradients: Partial<Pick<Kernels, 'maxPoolGrad' | 'avgPoolGrad'>> = forInference
    ? {}
    : {
        maxPoolGrad(dy, indices, axes, out) {
          const buffer = newBuffer(machine, out, 'channelsLast');
          const gradient = addressIn(machine, dy, 'channelsLast');
          const places = addressIn(machine, indices, 'channelsLast');
          writeSizes(out.shape, axes);
          writeAddresses(buffer.address, gradient, places);
          machine.call('max_pool_grad');
          machine.finish();
          return buffer;
        },

        avgPoolGrad(dy, axes, out) {
          const buffer = newBuffer(machine, out, 'channelsLast');
          const gradient = addressIn(machine, dy, 'channelsLast');
          writeSizes(out.shape, axes);
          writeAddresses(buffer.address, gradient, 0);
          machine.call('avg_pool_grad');
          machine.finish();
          return buffer;
        },
      };

  return {
    maxPool(x, axes, out, returnIndices) {
      const values = newBuffer(machine, out, 'channelsLast');
      const places = { shape: out.shape, dtype: 'int32' } as const;
      const indices = returnIndices ? newBuffer(machine, places, 'channelsLast') : null;
      const source = addressIn(machine, x, 'channelsLast');
      writeSizes(x.shape, axes);
      writeAddresses(source, values.address, indices?.address ?? 0);
      machine.call('max_pool');
      machine.finish();
      return indices === null ? [values] : [values, indices];
    },

    avgPool(x, axes, out) {
      const buffer = newBuffer(machine, out, 'channelsLast');
      const source = addressIn(machine, x, 'channelsLast');
      writeSizes(x.shape, axes);
      writeAddresses(source, buffer.address, 0);
      machine.call('avg_pool');
      machine.finish();
      return buffer;
    },
    ...gradients,
  };
}
