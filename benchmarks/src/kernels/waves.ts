/** Numbers between -1 and 1 that another library makes alike: waves of two lengths, which `seed` shifts. */
export function waves(shape: readonly number[], seed: number): Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from(
    { length: size },
    (_, i) => Math.sin(i * 0.37 + seed) * Math.cos(i * 0.011),
  );
}

/** The mean absolute value, by which results in different orders are compared. */
export const meanSize = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
