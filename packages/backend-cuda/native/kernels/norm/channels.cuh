/**
 * Passes over a matrix [rows, channels], as channels-last memory is one: the threads along x of a block stand for channels beside
 * each other, `width` to a thread, those along y for rows. `tiles` blocks together have all channels; such rows of blocks take
 * turns over the rows of the matrix.
 */
#pragma once

#include "../special-values.cuh"
#include "../vectors.cuh"

/** The first channel of this thread, and which turn its block has of how many. */
struct Tile {
  uint32_t channel, turn, turns;
};

template <int width>
DEVICE Tile own_tile(uint32_t tiles) {
  const uint32_t turn = blockIdx.x / tiles, tile = blockIdx.x - turn * tiles;
  return {(tile * blockDim.x + threadIdx.x) * width, turn, gridDim.x / tiles};
}

/** `width` numbers of channels, or `otherwise` where there are none. */
template <int width>
DEVICE Vector<float, width> of_channels(const float* numbers, uint32_t channel, float otherwise) {
  if (numbers != nullptr) return read_vector<width>(numbers + channel);
  Vector<float, width> values;
#pragma unroll
  for (int k = 0; k < width; k++) values.at[k] = otherwise;
  return values;
}

/** (x - mean) * inverse * weight + bias, rounded alike wherever it is computed: on it hangs what bounds let through. */
DEVICE float normalized(float x, float mean, float inverse, float weight, float bias) {
  return __fmaf_rn(__fmul_rn(__fsub_rn(x, mean), inverse), weight, bias);
}
