/**
 * Rows that several threads share: those along x, a power of two up to 32 or a number of warps, have one row; those along y have
 * others. The threads of a block are a multiple of 32.
 */
#pragma once

#include "special-values.cuh"

/** The first row of this block, and how far it then goes on. */
DEVICE int64_t first_row() { return static_cast<int64_t>(blockIdx.x) * blockDim.y; }
DEVICE int64_t row_stride() { return static_cast<int64_t>(gridDim.x) * blockDim.y; }

struct SumOfFloats {
  static __device__ __forceinline__ float join(float a, float b) { return a + b; }
};

struct GreatestOfFloats {
  static __device__ __forceinline__ float join(float a, float b) { return greater(a, b); }
};

/**
 * Joins the values of the threads of a row; each of them has the result. `of_warps` is shared memory for 32 numbers. Every thread
 * of the block calls it.
 */
template <typename Rule>
DEVICE float join_row(float value, float* of_warps) {
  const int width = min(static_cast<int>(blockDim.x), 32);
  for (int apart = width / 2; apart > 0; apart /= 2) {
    value = Rule::join(value, __shfl_xor_sync(0xffffffffu, value, apart, width));
  }
  if (blockDim.x <= 32) return value;
  const int warps = static_cast<int>(blockDim.x) / 32;
  __syncthreads();
  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = value;
  __syncthreads();
  value = of_warps[0];
  for (int warp = 1; warp < warps; warp++) value = Rule::join(value, of_warps[warp]);
  return value;
}
