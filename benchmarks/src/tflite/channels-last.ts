/** The extents of `[N, C, H, W]` as `[N, H, W, C]`; those of other ranks stay. */
export function channelsLast(shape: readonly number[]): readonly number[] {
  if (shape.length !== 4) return shape;
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  return [batch, ...spatial, channels];
}

/**
 * Elements in the order of `[N, H, W, C]`. The weights `[O, I, H, W]` of convolutions turn into `[O, H, W, I]` alike.
 *
 * @param values Elements of `[N, C, H, W]`.
 */
export function toChannelsLast(values: Float32Array, shape: readonly number[]): Float32Array {
  const [batch, channels, ...spatial] = shape as [number, number, ...number[]];
  const positions = spatial.reduce((product, extent) => product * extent, 1);
  const moved = new Float32Array(values.length);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const from = (n * channels + c) * positions;
      const to = n * channels * positions + c;
      for (let p = 0; p < positions; p++) moved[to + p * channels] = values[from + p]!;
    }
  }
  return moved;
}
