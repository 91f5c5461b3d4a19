/**
 * Chains of pointwise rows as kernels of their own, which NVRTC compiles where it is found. `src/chains/chain-source.ts` writes what
 * stands behind this file: a struct for the chain, and one kernel that walks it.
 *
 *     struct Chain {
 *       static constexpr int inputs = 2, results = 1, scalars = 1;
 *       static constexpr uint32_t bytes = 0;
 *       DEVICE void of(const float (&x)[inputs], const float (&s)[scalars], float (&y)[results]) {
 *         const float v0 = row_add(x[0], x[1], 0, 0, 0);
 *         const float v1 = row_leakyRelu(v0, 0, 0, s[0], 0);
 *         y[0] = v1;
 *       }
 *     };
 *     KERNEL(chain_…, ChainLineParams<Chain>, plain, 256) { chain_line<Chain>(p); }
 *
 * `bytes` has a bit for each input whose elements are conditions, of one byte; all else is floats. Rows round on their own: this is
 * compiled without contracting products and sums, as the kernels of single rows are, so that the bits are theirs.
 */
#pragma once

#include "../axes.cuh"
#include "../vectors.cuh"
#include "row-functions.cuh"

/** All tensors lie alike, and are walked as one line, four elements at a time. */
template <typename Chain>
struct ChainLineParams {
  const void* x[Chain::inputs];
  float* y[Chain::results];
  uint32_t count_low, count_high;
  float scalars[Chain::scalars];
};

/** Inputs repeat along axes. `width` is as in `BroadcastParams`; the walk is of the inputs, in the order of the output. */
template <typename Chain>
struct ChainWalkParams {
  const void* x[Chain::inputs];
  float* y[Chain::results];
  uint32_t count, width;
  float scalars[Chain::scalars];
  Axes<Chain::inputs> axes;
};

/** `width` elements of type T: neighbours, or one that is repeated, as floats. */
template <typename T, int width>
DEVICE void read_as_floats(const void* from, int64_t at, bool repeats, float (&values)[width]) {
  const T* first = static_cast<const T*>(from) + at;
  if (repeats) {
    const float value = static_cast<float>(*first);
#pragma unroll
    for (int k = 0; k < width; k++) values[k] = value;
    return;
  }
  const Vector<T, width> read = read_vector<width>(first);
#pragma unroll
  for (int k = 0; k < width; k++) values[k] = static_cast<float>(read.at[k]);
}

/** Computes `width` neighbours of the output from `to` on. Of input k, those from `at[k]` on are read, or one where it repeats. */
template <typename Chain, int width, typename Params>
DEVICE void chain_elements(const Params& p, const int64_t (&at)[Chain::inputs], const bool (&repeats)[Chain::inputs], int64_t to) {
  float x[Chain::inputs][width];
#pragma unroll
  for (int k = 0; k < Chain::inputs; k++) {
    if (Chain::bytes >> k & 1) read_as_floats<uint8_t, width>(p.x[k], at[k], repeats[k], x[k]);
    else read_as_floats<float, width>(p.x[k], at[k], repeats[k], x[k]);
  }
  Vector<float, width> y[Chain::results];
#pragma unroll
  for (int i = 0; i < width; i++) {
    float own[Chain::inputs], made[Chain::results];
#pragma unroll
    for (int k = 0; k < Chain::inputs; k++) own[k] = x[k][i];
    Chain::of(own, p.scalars, made);
#pragma unroll
    for (int k = 0; k < Chain::results; k++) y[k].at[i] = made[k];
  }
#pragma unroll
  for (int k = 0; k < Chain::results; k++) write_vector<width>(p.y[k] + to, y[k]);
}

template <typename Chain, int width>
DEVICE void chain_alike(const ChainLineParams<Chain>& p, int64_t element) {
  int64_t at[Chain::inputs];
  bool repeats[Chain::inputs];
#pragma unroll
  for (int k = 0; k < Chain::inputs; k++) {
    at[k] = element;
    repeats[k] = false;
  }
  chain_elements<Chain, width>(p, at, repeats, element);
}

template <typename Chain>
DEVICE void chain_line(const ChainLineParams<Chain>& p) {
  const int64_t count = wide(p.count_low, p.count_high);
  const int64_t vectors = count / 4;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) chain_alike<Chain, 4>(p, 4 * i);
  const int64_t rest = 4 * vectors + first_element();
  if (rest < count) chain_alike<Chain, 1>(p, rest);
}

template <typename Chain>
DEVICE void chain_walk(const ChainWalkParams<Chain>& p) {
  bool repeats[Chain::inputs];
#pragma unroll
  for (int k = 0; k < Chain::inputs; k++) repeats[k] = p.axes.stride[k][0] == 0;
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    int64_t at[Chain::inputs] = {};
    find(p.axes, static_cast<uint32_t>(i), at);
    if (p.width == 4) chain_elements<Chain, 4>(p, at, repeats, 4 * i);
    else chain_elements<Chain, 1>(p, at, repeats, i);
  }
}
