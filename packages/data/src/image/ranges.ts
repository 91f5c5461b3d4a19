import { formatValue } from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';

/** @throws DatasetError (fault 'transform') for what is no [low, high] from `least` to `most`. */
export function requireRange(
  where: string,
  name: string,
  range: unknown,
  least: number,
  most: number,
): void {
  const valid =
    Array.isArray(range) &&
    range.length === 2 &&
    range.every((end) => typeof end === 'number' && end >= least && end <= most) &&
    range[0] <= range[1];
  if (valid) return;
  throw new DatasetError(
    'transform',
    `${where}: expected ${name} as [low, high] from ${least === Number.MIN_VALUE ? 'above 0' : least}${most === Infinity ? '' : ` to ${most}`}, got ${formatValue(range)}`,
  );
}
