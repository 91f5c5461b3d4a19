/** Kernels that look at the emulator itself: of tests only. */

#include "../../kernels/async-copy.cuh"
#include "../../kernels/tensor-core.cuh"

struct ProbeParams {
  const float* x;
  float* y;
  uint32_t count;
};

/** Each block of 64 writes the sums of its elements by halving: y[block] = sum of x[64 block …]. */
KERNEL(probe_barrier, ProbeParams, barriers, 64) {
  __shared__ float part[64];
  const int at = threadIdx.x;
  part[at] = p.x[blockIdx.x * 64 + at];
  __syncthreads();
  for (int half = 32; half > 0; half /= 2) {
    if (at < half) part[at] += part[at + half];
    __syncthreads();
  }
  if (at == 0) p.y[blockIdx.x] = part[0];
}

/** Six results a lane: by xor 1, from 3 below, from 3 above, from lane 5, from lane 2 of its eight, votes for odd numbers. */
KERNEL(probe_shuffle, ProbeParams, barriers, 64) {
  const int at = threadIdx.x;
  const float x = p.x[at];
  float* y = p.y + 6 * at;
  y[0] = __shfl_xor_sync(0xffffffffu, x, 1);
  y[1] = __shfl_up_sync(0xffffffffu, x, 3);
  y[2] = __shfl_down_sync(0xffffffffu, x, 3);
  y[3] = __shfl_sync(0xffffffffu, x, 5);
  y[4] = __shfl_sync(0xffffffffu, x, 2, 8);
  y[5] = static_cast<float>(__popc(__ballot_sync(0xffffffffu, at % 2) & 0xffu));
  // Halves of a warp that meet by themselves.
  const unsigned half = at % 32 < 16 ? 0x0000ffffu : 0xffff0000u;
  for (int by = 1; by < 16; by *= 2) y[5] += 0 * __shfl_xor_sync(half, x, by);
}

/** y [16, 8] = x [16, 8] times the 8x8 matrix behind it. */
KERNEL(probe_product, ProbeParams, barriers, 32) {
  const int row = threadIdx.x / 4, column = threadIdx.x % 4;
  const float* b_matrix = p.x + 128;
  const uint32_t a[4] = {round_to_tf32(p.x[row * 8 + column]), round_to_tf32(p.x[(row + 8) * 8 + column]),
                         round_to_tf32(p.x[row * 8 + column + 4]), round_to_tf32(p.x[(row + 8) * 8 + column + 4])};
  const uint32_t b[2] = {round_to_tf32(b_matrix[column * 8 + row]), round_to_tf32(b_matrix[(column + 4) * 8 + row])};
  float d[4] = {0, 0, 0, 0};
  multiply_add_tf32(d, a, b);
  p.y[row * 8 + 2 * column] = d[0];
  p.y[row * 8 + 2 * column + 1] = d[1];
  p.y[(row + 8) * 8 + 2 * column] = d[2];
  p.y[(row + 8) * 8 + 2 * column + 1] = d[3];
}

/** y = x by way of shared memory in two stages, the last four of 32 elements 0. */
KERNEL(probe_copy, ProbeParams, barriers, 32) {
  DYNAMIC_SHARED(float, stage);
  const int at = threadIdx.x;
  copy_async_4(stage + at, p.x + at, at < 28);
  commit_copies();
  copy_async_4(stage + 32 + at, p.x + at);
  commit_copies();
  wait_copies<1>();
  __syncthreads();
  p.y[at] = stage[31 - at];
  // What is still under way has not come: NaN.
  p.y[32 + at] = stage[32 + at];
  wait_copies<0>();
  __syncthreads();
  p.y[64 + at] = stage[32 + at];
}

/** Counts in y, as an integer, those of x above 0. */
KERNEL(probe_atomic, ProbeParams, plain, 256) {
  const int64_t i = first_element();
  if (i < p.count && p.x[i] > 0) atomicAdd(reinterpret_cast<unsigned*>(p.y), 1u);
}

/** y[i] = x[i] by way of float16. */
KERNEL(probe_half, ProbeParams, plain, 256) {
  const int64_t i = first_element();
  if (i < p.count) p.y[i] = half_value(half_bits(p.x[i]));
}

/** Says that its threads do not wait, and waits. */
KERNEL(probe_false_plain, ProbeParams, plain, 32) { __syncthreads(); }

/** Half of its threads wait for the other half for ever. */
KERNEL(probe_stuck, ProbeParams, barriers, 64) {
  if (threadIdx.x < 32) __syncthreads();
}

/** Writes where nothing is. */
KERNEL(probe_nowhere, ProbeParams, barriers, 32) {
  __syncthreads();
  p.y[0] = 1;
}
