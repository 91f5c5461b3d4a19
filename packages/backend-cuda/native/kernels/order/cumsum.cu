#include "../portable.cuh"

/** Sums of each element and all before it on its line; `inner` elements lie between neighbours of a line. */
struct CumsumParams {
  const void* x;
  void* y;
  uint32_t lines, extent, inner;
};

DEVICE float plus(float a, float b) { return a + b; }
DEVICE int32_t plus(int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b)); }

DEVICE int64_t start_of(const CumsumParams& p, uint32_t line) {
  const uint32_t outer = line / p.inner;
  return static_cast<int64_t>(outer) * p.extent * p.inner + (line - outer * p.inner);
}

/** A thread for each line. */
template <typename T>
DEVICE void sum_lines(const CumsumParams& p) {
  for (int64_t line = first_element(); line < p.lines; line += grid_stride()) {
    const int64_t start = start_of(p, static_cast<uint32_t>(line));
    const T* x = static_cast<const T*>(p.x) + start;
    T* y = static_cast<T*>(p.y) + start;
    T total = 0;
    for (uint32_t k = 0; k < p.extent; k++) {
      total = plus(total, x[static_cast<int64_t>(k) * p.inner]);
      y[static_cast<int64_t>(k) * p.inner] = total;
    }
  }
}

KERNEL(cumsum_lines_f32, CumsumParams, plain, 256) { sum_lines<float>(p); }
KERNEL(cumsum_lines_i32, CumsumParams, plain, 256) { sum_lines<int32_t>(p); }

/** A block of 256 for each line: each thread adds up four neighbours, warps add up threads, and the block its warps. */
template <typename T>
DEVICE void sum_by_blocks(const CumsumParams& p) {
  constexpr int each = 4, threads = 256, warps = threads / 32;
  __shared__ T of_warps[warps];
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int64_t line = blockIdx.x; line < p.lines; line += gridDim.x) {
    const int64_t start = start_of(p, static_cast<uint32_t>(line));
    const T* x = static_cast<const T*>(p.x) + start;
    T* y = static_cast<T*>(p.y) + start;
    T before = 0;
    for (int64_t first = 0; first < p.extent; first += each * threads) {
      T own[each];
#pragma unroll
      for (int k = 0; k < each; k++) {
        const int64_t at = first + threadIdx.x * each + k;
        own[k] = at < p.extent ? x[at * p.inner] : T{0};
        if (k > 0) own[k] = plus(own[k - 1], own[k]);
      }
      T up_to = own[each - 1];
      for (int apart = 1; apart < 32; apart *= 2) {
        const T other = __shfl_up_sync(0xffffffffu, up_to, apart);
        if (lane >= apart) up_to = plus(other, up_to);
      }
      T below = __shfl_up_sync(0xffffffffu, up_to, 1);
      if (lane == 0) below = 0;
      if (lane == 31) of_warps[warp] = up_to;
      __syncthreads();
      T base = before;
      for (int k = 0; k < warp; k++) base = plus(base, of_warps[k]);
      for (int k = 0; k < warps; k++) before = plus(before, of_warps[k]);
#pragma unroll
      for (int k = 0; k < each; k++) {
        const int64_t at = first + threadIdx.x * each + k;
        if (at < p.extent) y[at * p.inner] = plus(plus(base, below), own[k]);
      }
      __syncthreads();
    }
  }
}

KERNEL(cumsum_blocks_f32, CumsumParams, barriers, 256) { sum_by_blocks<float>(p); }
KERNEL(cumsum_blocks_i32, CumsumParams, barriers, 256) { sum_by_blocks<int32_t>(p); }
