import { randomSplit, type Dataset } from '@convnet/data';

import { CliError, UsageError } from '../errors.ts';
import type { DataRequest } from './request.ts';

/** What is known of samples that are to be cut into those that train and those that test. */
export interface Divisible {
  /** What errors call them: the paths of files. */
  readonly names: readonly string[];
  readonly labels?: ArrayLike<number>;
  /** What belongs together. */
  readonly groups?: readonly string[];
}

/**
 * Cuts samples in two, by their numbers: with the classes in equal shares, and what belongs together in one part.
 * @throws CliError where there are too few; UsageError for a pattern that is none.
 */
export function split(
  { names, labels, groups: known }: Divisible,
  { testShare, seed, group }: DataRequest,
): { readonly train: readonly number[]; readonly test: readonly number[] } {
  const numbers: Dataset<number> = {
    length: names.length,
    ...(labels === undefined ? {} : { labels }),
    get: (index) => index,
  };
  const groups = group === undefined ? known : names.map(grouping(group));
  const parts = randomSplit(numbers, [1 - testShare, testShare], {
    seed,
    ...(labels === undefined ? {} : { stratify: true }),
    ...(groups === undefined ? {} : { groups }),
  });
  const [train, test] = parts.map((part) =>
    Array.from({ length: part.length }, (_, i) => part.get(i) as number).sort((a, b) => a - b),
  );
  if (train!.length === 0 || test!.length === 0) {
    throw new CliError(
      `${names.length} samples are too few to train with and test with a share of ${testShare}: give more, or another --test-share`,
    );
  }
  return { train: train!, test: test! };
}

function grouping(text: string): (path: string) => string {
  let pattern: RegExp;
  try {
    pattern = new RegExp(text, 'u');
  } catch (cause) {
    throw new UsageError(`--group: '${text}' is no regular expression`, { cause });
  }
  return (path) => {
    const match = pattern.exec(path);
    if (match !== null) return match[1] ?? match[0];
    throw new CliError(`--group: '${text}' finds nothing in '${path}'`);
  };
}
