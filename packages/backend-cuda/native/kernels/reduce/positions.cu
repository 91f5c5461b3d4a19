#include "../axes.cuh"
#include "../special-values.cuh"

/**
 * Positions of the greatest or the least term of each result: of equals the first, and the first NaN where there is one. With
 * several parts y holds [parts, results] of positions, from which `joined` kernels choose.
 */
struct PositionParams {
  const void* x;
  int32_t* y;
  /** Positions that were chosen before, for the `joined` kernels. */
  const int32_t* chosen;
  uint32_t results_low, results_high;
  uint32_t terms, each, parts;
  Axes<1> kept;
  Axes<1> reduced;
};

DEVICE bool is_nan(int32_t) { return false; }

namespace {

/** A term and its position; -1 where there is none. */
template <typename T>
struct Candidate {
  T value;
  int32_t at;
};

}  // namespace

/** Whether the other comes before in the order of choice. */
template <bool greatest, typename T>
DEVICE bool is_better(const Candidate<T>& other, const Candidate<T>& own) {
  if (other.at < 0) return false;
  if (own.at < 0) return true;
  const bool other_nan = is_nan(other.value), own_nan = is_nan(own.value);
  if (other_nan || own_nan) return other_nan && (!own_nan || other.at < own.at);
  if (other.value == own.value) return other.at < own.at;
  return greatest ? other.value > own.value : other.value < own.value;
}

template <bool greatest, typename T>
DEVICE Candidate<T> join_lanes(Candidate<T> own, int width) {
  for (int apart = width / 2; apart > 0; apart /= 2) {
    const Candidate<T> other = {__shfl_down_sync(0xffffffffu, own.value, apart, width),
                                __shfl_down_sync(0xffffffffu, own.at, apart, width)};
    if (is_better<greatest>(other, own)) own = other;
  }
  return own;
}

/** The threads along x, a power of two up to 32 or 256, share a part. `Number` is what an element of type T is compared as. */
template <bool greatest, typename T, typename Number>
DEVICE void find_positions(const PositionParams& p) {
  __shared__ Number values[8];
  __shared__ int32_t places[8];
  const T* x = static_cast<const T*>(p.x);
  const int64_t results = wide(p.results_low, p.results_high), groups = results * p.parts;
  for (int64_t first = static_cast<int64_t>(blockIdx.x) * blockDim.y; first < groups;
       first += static_cast<int64_t>(gridDim.x) * blockDim.y) {
    const int64_t group = first + threadIdx.y;
    const bool is_inside = group < groups;
    const int64_t part = group / results, result = group - part * results;
    Candidate<Number> own = {Number{}, -1};
    if (is_inside) {
      const int64_t base = find(p.kept, static_cast<uint32_t>(result));
      const uint32_t begin = static_cast<uint32_t>(part) * p.each, end = min(begin + p.each, p.terms);
      for (uint32_t k = begin + threadIdx.x; k < end; k += blockDim.x) {
        const Candidate<Number> other = {static_cast<Number>(x[base + find(p.reduced, k)]), static_cast<int32_t>(k)};
        if (is_better<greatest>(other, own)) own = other;
      }
    }
    own = join_lanes<greatest>(own, min(static_cast<int>(blockDim.x), 32));
    if (blockDim.x > 32) {
      if (threadIdx.x % 32 == 0) {
        values[threadIdx.x / 32] = own.value;
        places[threadIdx.x / 32] = own.at;
      }
      __syncthreads();
      if (threadIdx.x == 0) {
        for (uint32_t warp = 1; warp < blockDim.x / 32; warp++) {
          const Candidate<Number> other = {values[warp], places[warp]};
          if (is_better<greatest>(other, own)) own = other;
        }
      }
      __syncthreads();
    }
    if (is_inside && threadIdx.x == 0) p.y[group] = own.at;
  }
}

/** A thread for each result chooses among its parts. */
template <bool greatest, typename T, typename Number>
DEVICE void join_positions(const PositionParams& p) {
  const T* x = static_cast<const T*>(p.x);
  const int64_t results = wide(p.results_low, p.results_high);
  for (int64_t result = first_element(); result < results; result += grid_stride()) {
    const int64_t base = find(p.kept, static_cast<uint32_t>(result));
    Candidate<Number> own = {Number{}, -1};
    for (uint32_t part = 0; part < p.parts; part++) {
      const int32_t at = p.chosen[part * results + result];
      const Candidate<Number> other = {static_cast<Number>(x[base + find(p.reduced, static_cast<uint32_t>(at))]), at};
      if (is_better<greatest>(other, own)) own = other;
    }
    p.y[result] = own.at;
  }
}

#define POSITIONS(name, greatest, T, Number)                                                                      \
  KERNEL(reduce_##name, PositionParams, barriers, 256) { find_positions<greatest, T, Number>(p); }                \
  KERNEL(reduce_joined_##name, PositionParams, plain, 256) { join_positions<greatest, T, Number>(p); }

POSITIONS(argmax_f32, true, float, float)
POSITIONS(argmin_f32, false, float, float)
POSITIONS(argmax_i32, true, int32_t, int32_t)
POSITIONS(argmin_i32, false, int32_t, int32_t)
POSITIONS(argmax_u8, true, uint8_t, int32_t)
POSITIONS(argmin_u8, false, uint8_t, int32_t)
