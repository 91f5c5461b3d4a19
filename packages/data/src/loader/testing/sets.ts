/** Datasets of the loader's tests, in a module of their own so that workers can have them. */
import { isMainThread } from 'node:worker_threads';
import type { Dataset, IterableDataset, LabelledSample } from '../../dataset/dataset.ts';

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
