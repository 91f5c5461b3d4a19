/** Datasets of the loader's tests, in a module of their own so that workers can have them. */
import { isMainThread } from 'node:worker_threads';
import type { Dataset, IterableDataset, LabelledSample } from '../../dataset/dataset.ts';
import { arrayToSend } from '../batch-memory.ts';

/** Sample i is [i, a random number], later; every seventh comes much later. */
export function noisy({ length }: { readonly length: number }): Dataset<LabelledSample> {
  return {
    length,
    classes: Array.from({ length }, (_, i) => String(i)),
    labels: Array.from({ length }, (_, i) => i),
    get: async (index, random) => {
      await new Promise((resolve) => setTimeout(resolve, index % 7 === 3 ? 8 : 0));
      return [{ data: Float32Array.of(index, random?.uniform() ?? -1), shape: [1, 2] }, index];
    },
    nameOf: (index) => `file-${index}.wav`,
  };
}

/** As `noisy`, and sample 5 and every tenth behind it is damaged. */
export function damaged({ length }: { readonly length: number }): Dataset<LabelledSample> {
  const whole = noisy({ length });
  return {
    ...whole,
    get: async (index, random) => {
      if (index % 10 === 5) throw new RangeError('expected a RIFF file, got 3 bytes');
      return whole.get(index, random);
    },
  };
}

/** Which thread a sample comes from, and whether the dataset's own collate ran there. */
export const threads = {
  length: 4,
  get: (): string => (isMainThread ? 'main' : 'worker'),
  collate: (samples: readonly string[]): string =>
    `${samples.join(' ')} in ${isMainThread ? 'main' : 'worker'}`,
};

/** 0 … 9, each with a random number, and only as many made as are asked for. */
export const counting: IterableDataset<readonly [Float32Array, number]> = {
  async *iterate({ epoch }) {
    for (let i = 0; i < 10; i++) {
      yield (random) => [Float32Array.of(epoch, i, random.uniform()), i];
    }
  },
};

/** Batches that lead back to themselves. */
export const circular = {
  length: 24,
  get: (index: number): number => index,
  collate: (samples: readonly number[]): unknown => {
    const batch: Record<string, unknown> = { samples };
    batch['itself'] = batch;
    return batch;
  },
};

/** Ends its thread. */
export const deadly: Dataset<number> = {
  length: 4,
  get: () => process.exit(3),
};

/** Another dataset each time: what the workers must not have. */
export const changing = (): Dataset<number> => ({
  length: isMainThread ? 4 : 5,
  get: (index) => index,
});

export const broken = (): never => {
  throw new Error('the folder is gone');
};

/** Samples of 80 KB, whose batches are worth giving back. */
export const large: Dataset<LabelledSample> = {
  length: 22,
  get: (index, random) => {
    const data = new Float32Array(20_000).fill(index + (random?.uniform() ?? 0));
    return [{ data, shape: [20_000] }, index];
  },
};

/** Batches that say whether their memory was one of an earlier batch, with a part of them that stays on the host. */
export const reusing = {
  length: 24,
  get: (index: number): number => index,
  collate: (samples: readonly number[]): unknown => {
    const values = arrayToSend('float32', 20_000);
    const memory = values[0] === 0 ? 'new' : 'used';
    values.fill(1 + samples[0]!);
    const apart = new Float32Array(20_000).fill(2);
    return {
      memory,
      inputs: { data: values, shape: [20_000] },
      shared: { data: apart, shape: [20_000] },
      stays: apart.subarray(0, 4),
    };
  },
};

const kept = Array.from({ length: 11 }, (_, i) =>
  Float32Array.from({ length: 20_000 }, (__, k) => i + k),
);
const block = new Float32Array(11 * 20_000);
kept.forEach((values, i) => block.set(values, i * values.length));
const keptBatches = new Map<number, unknown>();

/** Keeps its samples, of which `part` says what they are, and gives them again and again. */
export function keeping({ part, collate }: Keeping): Dataset {
  const get = (index: number): unknown => {
    const values = kept[index]!;
    const shape = [values.length];
    if (part === 'whole') return { data: values, shape };
    if (part === 'one') return { data: kept[7]!, shape };
    if (part === 'twice') return [{ data: values, shape }, { data: values, shape }, values];
    return { data: block.subarray(index * values.length, (index + 1) * values.length), shape };
  };
  const collates = {
    first: ([sample]: readonly unknown[]): unknown => ({ sample, again: sample }),
    keeps: (samples: readonly unknown[]): unknown => {
      const known = keptBatches.get(samples.length);
      const batch = known ?? { inputs: kept[samples.length], at: new Date(5) };
      keptBatches.set(samples.length, batch);
      return batch;
    },
  };
  const own = collate === undefined ? {} : { collate: collates[collate] };
  return { length: kept.length, get, nameOf: (index) => `file-${index}.wav`, ...own };
}

/** What `keeping` is opened with. */
export interface Keeping {
  readonly part: 'whole' | 'one' | 'twice' | 'view';
  readonly collate?: 'first' | 'keeps';
}
