#include "../axes.cuh"
#include "../special-values.cuh"

/**
 * Reductions over some axes. Each result is made of `parts`, and each part of `each` terms at most, so that a thread adds up few:
 * what rounding does to long sums stays small, and is the same at each run. With several parts y holds [parts, results], which is
 * reduced again; else the result is divided by `divisor`.
 */
struct ReduceParams {
  const void* x;
  void* y;
  uint32_t results_low, results_high;
  uint32_t terms, each, parts;
  float divisor;
  /** Walks over the results and over the terms of one; x is their tensor. */
  Axes<1> kept;
  Axes<1> reduced;
};

namespace {

struct Sum {
  using Number = float;
  DEVICE float start() { return 0; }
  DEVICE float join(float a, float b) { return a + b; }
};
struct Product {
  using Number = float;
  DEVICE float start() { return 1; }
  DEVICE float join(float a, float b) { return a * b; }
};
struct Greatest {
  using Number = float;
  DEVICE float start() { return -infinity(); }
  DEVICE float join(float a, float b) { return greater(a, b); }
};
struct Least {
  using Number = float;
  DEVICE float start() { return infinity(); }
  DEVICE float join(float a, float b) { return lesser(a, b); }
};
// Integers wrap around: C++ promises that of unsigned ones alone.
struct IntegerSum {
  using Number = int32_t;
  DEVICE int32_t start() { return 0; }
  DEVICE int32_t join(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
  }
};
struct IntegerProduct {
  using Number = int32_t;
  DEVICE int32_t start() { return 1; }
  DEVICE int32_t join(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b));
  }
};
struct IntegerGreatest {
  using Number = int32_t;
  DEVICE int32_t start() { return INT32_MIN; }
  DEVICE int32_t join(int32_t a, int32_t b) { return a > b ? a : b; }
};
struct IntegerLeast {
  using Number = int32_t;
  DEVICE int32_t start() { return INT32_MAX; }
  DEVICE int32_t join(int32_t a, int32_t b) { return a < b ? a : b; }
};

}  // namespace

DEVICE float divided(float value, float divisor) { return divisor == 1 ? value : value / divisor; }
DEVICE int32_t divided(int32_t value, float) { return value; }

/** Joins the numbers of `width` lanes beside each other, a power of two; the first of them has the result. */
template <typename Rule>
DEVICE typename Rule::Number join_lanes(typename Rule::Number value, int width) {
  for (int apart = width / 2; apart > 0; apart /= 2) {
    value = Rule::join(value, __shfl_down_sync(0xffffffffu, value, apart, width));
  }
  return value;
}

/**
 * Joins the terms from `first` on in steps below `end`, in groups of eight, so that a term joins few others one by one: what
 * rounding does to values that repeat goes one way.
 */
template <typename Rule, typename T>
DEVICE typename Rule::Number join_terms(const ReduceParams& p, const T* x, uint32_t first, uint32_t end, uint32_t step) {
  using Number = typename Rule::Number;
  Number value = Rule::start();
  for (uint32_t k = first; k < end; k += 8 * step) {
    Number group = Rule::start();
#pragma unroll
    for (uint32_t i = 0; i < 8; i++) {
      const uint32_t at = k + i * step;
      if (at < end) group = Rule::join(group, static_cast<Number>(x[find(p.reduced, at)]));
    }
    value = Rule::join(value, group);
  }
  return value;
}

/**
 * For terms that are neighbours: the threads along x, a power of two up to 32 or 256, share a part; those along y have others.
 * The number of threads of a block is a multiple of 32.
 */
template <typename Rule, typename T>
DEVICE void reduce_rows(const ReduceParams& p) {
  using Number = typename Rule::Number;
  __shared__ Number of_warps[8];
  const T* x = static_cast<const T*>(p.x);
  const int64_t results = wide(p.results_low, p.results_high), groups = results * p.parts;
  for (int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.y; first < groups;
       first += static_cast<int64_t>(gridDim.x) * blockDim.y) {
    const int64_t group = first + threadIdx.y;
    const bool is_inside = group < groups;
    const int64_t part = group / results, result = group - part * results;
    Number value = Rule::start();
    if (is_inside) {
      const int64_t base = find(p.kept, static_cast<uint32_t>(result));
      const uint32_t begin = static_cast<uint32_t>(part) * p.each, end = min(begin + p.each, p.terms);
      value = join_terms<Rule>(p, x + base, begin + threadIdx.x, end, blockDim.x);
    }
    value = join_lanes<Rule>(value, min(static_cast<int>(blockDim.x), 32));
    if (blockDim.x > 32) {
      if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = value;
      __syncthreads();
      if (threadIdx.x == 0) {
        for (uint32_t warp = 1; warp < blockDim.x / 32; warp++) value = Rule::join(value, of_warps[warp]);
      }
      __syncthreads();
    }
    if (is_inside && threadIdx.x == 0) static_cast<T*>(p.y)[group] = static_cast<T>(divided(value, p.divisor));
  }
}

/** For results that are neighbours: the threads along x have results beside each other, those along y share the terms. */
template <typename Rule, typename T>
DEVICE void reduce_columns(const ReduceParams& p) {
  using Number = typename Rule::Number;
  __shared__ Number of_rows[8][32];
  const T* x = static_cast<const T*>(p.x);
  const int64_t results = wide(p.results_low, p.results_high);
  const int64_t across = (results + 31) / 32, blocks = across * p.parts;
  for (int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    const int64_t part = block / across, result = (block - part * across) * 32 + threadIdx.x;
    Number value = Rule::start();
    if (result < results) {
      const int64_t base = find(p.kept, static_cast<uint32_t>(result));
      const uint32_t begin = static_cast<uint32_t>(part) * p.each, end = min(begin + p.each, p.terms);
      value = join_terms<Rule>(p, x + base, begin + threadIdx.y, end, 8);
    }
    of_rows[threadIdx.y][threadIdx.x] = value;
    __syncthreads();
    if (threadIdx.y == 0 && result < results) {
#pragma unroll
      for (int row = 1; row < 8; row++) value = Rule::join(value, of_rows[row][threadIdx.x]);
      static_cast<T*>(p.y)[part * results + result] = static_cast<T>(divided(value, p.divisor));
    }
    __syncthreads();
  }
}

#define REDUCTION(name, Rule, T)                                                                 \
  KERNEL(reduce_rows_##name, ReduceParams, barriers, 256) { reduce_rows<Rule, T>(p); }           \
  KERNEL(reduce_columns_##name, ReduceParams, barriers, 256) { reduce_columns<Rule, T>(p); }

REDUCTION(sum_f32, Sum, float)
REDUCTION(prod_f32, Product, float)
REDUCTION(max_f32, Greatest, float)
REDUCTION(min_f32, Least, float)
REDUCTION(sum_i32, IntegerSum, int32_t)
REDUCTION(prod_i32, IntegerProduct, int32_t)
REDUCTION(max_i32, IntegerGreatest, int32_t)
REDUCTION(min_i32, IntegerLeast, int32_t)
REDUCTION(max_u8, IntegerGreatest, uint8_t)
REDUCTION(min_u8, IntegerLeast, uint8_t)
