import {
  ArgumentError,
  elementCount,
  formatShape,
  ShapeError,
  Tensor,
  anyNumbers,
  aShape,
} from '@convnet/tensor-core';

/** Numbers to draw: a tensor, or a list with its shape. */
export type Drawable =
  | Tensor
  | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

/** Numbers that have been read. */
export interface Numbers {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/** @throws ArgumentError, ShapeError for what are no numbers of one of the ranks. */
export async function readNumbers(
  where: string,
  name: string,
  given: Drawable,
  ranks: readonly number[],
): Promise<Numbers> {
  const found: Partial<Numbers> | Tensor | null | undefined = given;
  const numbers =
    found instanceof Tensor ? { data: await found.data(), shape: found.shape } : found;
  if (!areNumbers(numbers)) {
    throw new ArgumentError(
      `${where}: expected ${name} as a tensor, or as { data, shape } that fit each other`,
    );
  }
  if (!ranks.includes(numbers.shape.length) || elementCount(numbers.shape) === 0) {
    throw new ShapeError(
      `${where}: expected ${name} with ${ranks.join(' or ')} axes, none of them empty, got ${formatShape(numbers.shape)}`,
    );
  }
  return numbers;
}

function areNumbers(value: Partial<Numbers> | null | undefined): value is Numbers {
  return (
    anyNumbers.accepts(value?.data) &&
    aShape.accepts(value!.shape) &&
    value!.data!.length === elementCount(value!.shape!)
  );
}

/** One element of the first axis. */
export function sampleOf({ data, shape }: Numbers, index: number): Numbers {
  const rest = shape.slice(1);
  const size = elementCount(rest);
  return {
    data: Array.from({ length: size }, (_, i) => data[index * size + i]!),
    shape: rest,
  };
}

/** The least and the greatest number that is finite; 0 and 1 where there is none. */
export function rangeOf(values: ArrayLike<number>): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}

/** A number between two limits as 0 to 1; what is not finite as 0. */
export function share(value: number, low: number, high: number): number {
  if (!Number.isFinite(value) || high <= low) return 0;
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}
