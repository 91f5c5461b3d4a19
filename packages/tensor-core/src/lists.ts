/** What engines before 2023 lack of arrays (`toSpliced`, `with`), without the argument's change. */

/** A copy of `list` with `added` in place of `removed` items from `start`. */
export function spliced<T>(
  list: readonly T[],
  start: number,
  removed: number,
  ...added: readonly T[]
): T[] {
  const copy = list.slice();
  copy.splice(start, removed, ...added);
  return copy;
}

/** A copy of `list` in the opposite order. */
export function reversed<T>(list: readonly T[]): T[] {
  return list.map((_, i) => list[list.length - 1 - i]!);
}

/** The item at an index, which counts from the end where it is negative. */
export function itemAt<T>(list: readonly T[], index: number): T | undefined {
  return list[index < 0 ? list.length + index : index];
}
