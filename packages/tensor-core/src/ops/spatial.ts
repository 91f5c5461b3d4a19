import { ArgumentError, ShapeError } from '../errors.ts';
import { requireTensor } from '../require-tensor.ts';
import { formatValue } from '../format-value.ts';
import { formatShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** One number for every spatial axis, or one for each. */
export type PerAxis = number | readonly number[];

/**
 * Spatial padding: one amount for all sides, one for each axis, `[begin, end]` for each axis, or a name:
 * 'valid' for none, 'same' for as much as keeps the extent at stride 1 (the odd one at the end).
 */
export type Padding = number | 'same' | 'valid' | readonly (number | readonly [number, number])[];

/** Extents of a result; null leaves an axis as it is. */
export type AdaptiveSize = number | readonly (number | null)[];

/** Letters for messages: [N, C, L], [N, C, H, W], [N, C, D, H, W]. */
export function spatialNames(dims: number): string {
  return [['L'], ['H', 'W'], ['D', 'H', 'W']][dims - 1]?.join(', ') ?? '…';
}

/** Positions along an axis, those of the padding too, are numbers of 31 bits on every device. */
const mostPositions = 2 ** 31 - 1;

/** @throws ArgumentError where one of the numbers is beyond what devices count with. */
export function requirePositions(op: string, name: string, values: readonly number[]): void {
  if (values.every((value) => value <= mostPositions)) return;
  throw new ArgumentError(
    `${op}: expected ${name} of at most ${mostPositions}, got ${formatValue(values)}`,
  );
}

/** @internal One value for each of `dims` axes. @throws ArgumentError for another count, fractions or below `least`. */
export function perAxis(
  op: string,
  name: string,
  value: PerAxis,
  dims: number,
  least = 1,
): number[] {
  const list: number[] = [];
  if (typeof value === 'number') for (let i = 0; i < dims; i++) list.push(value);
  else if (Array.isArray(value)) list.push(...(value as readonly number[]));
  if (list.length !== dims || !list.every((v) => Number.isInteger(v) && v >= least)) {
    throw new ArgumentError(
      `${op}: expected ${name} as an integer ≥ ${least}, or one for each of ${dims} spatial axes, ` +
        `got ${formatValue(value)}`,
    );
  }
  requirePositions(op, name, list);
  return list;
}

/** @internal The extents that `size` asks for, with null where an axis stays. @throws ArgumentError. */
export function adaptiveSize(
  op: string,
  name: string,
  size: AdaptiveSize,
  dims: number,
): (number | null)[] {
  const list = typeof size === 'number' ? Array.from({ length: dims }, () => size) : size;
  const fits =
    Array.isArray(list) &&
    list.length === dims &&
    list.every((extent) => extent === null || (Number.isInteger(extent) && extent >= 1));
  if (!fits) {
    throw new ArgumentError(
      `${op}: expected ${name} as an integer ≥ 1, or one for each of ${dims} spatial axes, null for one that ` +
        `stays as it is, got ${formatValue(size)}`,
    );
  }
  requirePositions(
    op,
    name,
    list.map((extent) => extent ?? 1),
  );
  return [...list];
}

function bothSides(side: number | readonly [number, number]): readonly [number, number] {
  return typeof side === 'number' ? [side, side] : side;
}

/** Padding at the begin and end of each axis. @throws ArgumentError. */
export function resolvePadding(
  op: string,
  padding: Padding,
  kernel: readonly number[],
  dilation: readonly number[],
  stride: readonly number[],
): { begin: number[]; end: number[] } {
  const dims = kernel.length;
  if (padding === 'valid') return resolvePadding(op, 0, kernel, dilation, stride);
  if (padding === 'same') {
    if (stride.some((s) => s !== 1)) {
      throw new ArgumentError(`${op}: padding 'same' needs stride 1, got ${formatShape(stride)}`);
    }
    const total = kernel.map((k, i) => dilation[i]! * (k - 1));
    const begin = total.map((t) => Math.floor(t / 2));
    return { begin, end: total.map((t, i) => t - begin[i]!) };
  }
  // Callers without types may give anything.
  const given: unknown = padding;
  const list = typeof padding === 'number' ? kernel.map(() => padding) : padding;
  const sides = Array.isArray(given) || typeof given === 'number' ? list.map(bothSides) : [];
  const fits = sides.every(
    (side) => side.length === 2 && side.every((v) => Number.isInteger(v) && v >= 0),
  );
  if (sides.length !== dims || !fits) {
    throw new ArgumentError(
      `${op}: expected padding as an integer ≥ 0, 'same', 'valid', or an entry for each of ${dims} ` +
        `spatial axes, got ${formatValue(padding)}`,
    );
  }
  return { begin: sides.map((side) => side[0]), end: sides.map((side) => side[1]) };
}

/** The number of spatial axes of x [N, C, …]. @throws ShapeError below 1. */
export function spatialRank(op: string, x: Tensor): number {
  requireTensor(op, x);
  if (x.rank < 3) {
    throw new ShapeError(
      `${op}: expected input [N, C, L], [N, C, H, W] or [N, C, D, H, W], got ${formatShape(x.shape)}`,
    );
  }
  return x.rank - 2;
}
