/**
 * Kernels whose threads take a run of neighbouring positions along the width, and some neighbouring channels. The channels of a
 * block are a slice of all, so that its part of the filter is kept in shared memory for all its runs.
 */
#pragma once

#include "../product/ending.cuh"
#include "geometry.cuh"

/** Positions of a run: what lies under neighbouring taps of neighbouring positions is read once. */
constexpr int run_length = 4;

/** How the channels and runs are shared among the threads of a block, channels fastest. `patch.rows[2]` counts runs of a line. */
struct RunWords {
  /** Channel groups in all, of a block, and runs that a block takes at once. */
  int32_t slices, slices_of_block, lanes;
  int32_t runs;
  /** Positions of a line. */
  int32_t width;
};

/** One or four neighbouring channels. */
template <int channels>
struct Pack;

template <>
struct alignas(16) Pack<4> {
  float v[4];
  static MEMBER Pack load(const float* at) {
    const float4 f = *reinterpret_cast<const float4*>(at);
    return {{f.x, f.y, f.z, f.w}};
  }
  static MEMBER Pack zero() { return {{0.0f, 0.0f, 0.0f, 0.0f}}; }
  MEMBER void add_product(const Pack& a, const Pack& b) {
#pragma unroll
    for (int i = 0; i < 4; i++) v[i] = fmaf(a.v[i], b.v[i], v[i]);
  }
  MEMBER void store(float* at) const { *reinterpret_cast<float4*>(at) = make_float4(v[0], v[1], v[2], v[3]); }
  MEMBER float4 four() const { return make_float4(v[0], v[1], v[2], v[3]); }
};

template <>
struct Pack<1> {
  float v[1];
  static MEMBER Pack load(const float* at) { return {{*at}}; }
  static MEMBER Pack zero() { return {{0.0f}}; }
  MEMBER void add_product(const Pack& a, const Pack& b) { v[0] = fmaf(a.v[0], b.v[0], v[0]); }
  MEMBER void store(float* at) const { *at = v[0]; }
  MEMBER float4 four() const { return make_float4(v[0], 0.0f, 0.0f, 0.0f); }
};

/** Where a run begins: its sample and the places of its first position along the three axes. */
struct Run {
  int sample, d, h, w;

  static MEMBER Run of(const PatchWords& p, int run) {
    const int w = p.rows[2].split(run), h = p.rows[1].split(run), d = p.rows[0].split(run);
    return {run, d, h, w * run_length};
  }
};
