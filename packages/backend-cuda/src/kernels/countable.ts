import { KernelSizeError } from '../errors.ts';

/** What kernels count with a sign, or step over by whole grids. */
export const mostSigned: number = 2 ** 31 - 1;

/** What kernels count without a sign. */
export const mostUnsigned: number = 2 ** 32 - 1;

/**
 * Refuses what the numbers of a kernel cannot count, which would pass for something else.
 * @param counts by what they are, such as `rows`
 * @throws KernelSizeError for the first that is greater than `most`.
 */
export function requireCountable(
  kernel: string,
  counts: Readonly<Record<string, number>>,
  most: number,
): void {
  for (const what in counts) {
    if (counts[what]! > most) throw new KernelSizeError(kernel, what, counts[what]!, most);
  }
}
