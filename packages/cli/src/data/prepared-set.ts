import { mapDataset, type Dataset, type RandomStream } from '@convnet/data';

import type { PreparedSample, RawSet, Target } from './opened-data.ts';
import type { Steps } from './preprocessing.ts';

/** Bytes of decoded files that are kept, so that they are decoded once and not in every epoch. */
const mostKept = 2 ** 30;

/** A set as the network sees it. Files are decoded when they are first asked for, and kept while there is room. */
export function preparedSet<From extends { readonly data: { readonly byteLength: number } }>(
  raw: RawSet<From>,
  { fixed, perEpoch }: Steps<From>,
): Dataset<PreparedSample> {
  const kept = new Map<number, readonly [From, Target]>();
  let bytes = 0;
  const once: RawSet<From> = {
    ...fieldsOf(raw),
    get: async (index, random) => {
      const known = kept.get(index);
      if (known !== undefined) return known;
      const [decoded, label] = await raw.get(index, random);
      // Steps that are the same in every epoch draw nothing.
      const sample = [fixed(decoded, random as RandomStream), label] as const;
      if (bytes + sample[0].data.byteLength <= mostKept && !kept.has(index)) {
        bytes += sample[0].data.byteLength;
        kept.set(index, sample);
      }
      return sample;
    },
  };
  return mapDataset(once, ([input, label], random) => [perEpoch(input, random!), label] as const);
}

/** What a set says of itself, bound to it. */
export function fieldsOf<S>(set: Dataset<S>): Omit<Dataset<S>, 'get'> {
  return {
    length: set.length,
    ...(set.classes === undefined ? {} : { classes: set.classes }),
    ...(set.labels === undefined ? {} : { labels: set.labels }),
    nameOf: (index) => set.nameOf?.(index) ?? `sample ${index}`,
  };
}
