/**
 * Round numbers from 0 to `most` at least, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
 * @param most above 0
 */
export function ticks(most: number, count: number): readonly number[] {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough - 1e-12)!;
  const steps = Math.ceil(most / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Digits behind the point that tell neighbouring ticks apart. */
export function decimalsOf(values: readonly number[]): number {
  const step = (values[1] ?? 1) - (values[0] ?? 0);
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}
