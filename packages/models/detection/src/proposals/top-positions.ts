/** Positions of the `count` greatest numbers from `begin` to `end`, the greatest first; of equal ones the first. */
export function topPositions(
  values: Float32Array,
  count: number,
  begin = 0,
  end: number = values.length,
): number[] {
  let least = -Infinity;
  if (count < end - begin) least = values.slice(begin, end).sort()[end - begin - count]!;
  const above: number[] = [];
  const equal: number[] = [];
  for (let i = begin; i < end; i++) {
    if (values[i]! > least) above.push(i);
    else if (values[i] === least) equal.push(i);
  }
  const chosen = above.concat(equal.slice(0, count - above.length));
  return chosen.sort((a, b) => values[b]! - values[a]! || a - b);
}
