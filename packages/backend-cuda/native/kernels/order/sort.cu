#include "../special-values.cuh"

// Positions that sort lines along an axis. An element is a key of 64 bits: what orders its value above, its position below; so
// equals stay in order and no two keys are equal.

/** Lines are numbered by what lies outside and inside of the axis; `inner` elements lie between neighbours of a line. */
struct SortParams {
  const void* x;
  /** Sorted positions, where a line is sorted in one go, else null. */
  int32_t* y;
  /** Keys in sorted runs, [lines, extent]. */
  unsigned long long* runs;
  uint32_t lines, extent, inner;
  /** Keys of a line that a block sorts (a power of two), lines of a block, and blocks of a line. */
  uint32_t padded, lines_of_block, runs_of_line;
  uint32_t is_descending;
};

/** Floats as integers of the same order: both zeros alike, NaN behind all. */
DEVICE uint32_t ordered(float x) {
  if (is_nan(x)) return 0xffffffffu;
  if (x == 0) return 0x80000000u;
  const uint32_t bits = __float_as_uint(x);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}
DEVICE uint32_t ordered(int32_t x) { return static_cast<uint32_t>(x) ^ 0x80000000u; }
DEVICE uint32_t ordered(uint8_t x) { return x; }

/** The element of a line in memory. */
DEVICE int64_t element_of(uint32_t line, uint32_t position, uint32_t extent, uint32_t inner) {
  const uint32_t outer = line / inner;
  return (static_cast<int64_t>(outer) * extent + position) * inner + (line - outer * inner);
}

/** Batcher's bitonic network in shared memory, on as many lines as fit. */
template <typename T>
DEVICE void sort_runs(const SortParams& p) {
  DYNAMIC_SHARED(unsigned long long, keys);
  const T* x = static_cast<const T*>(p.x);
  const uint32_t held = p.padded * p.lines_of_block;
  const int64_t blocks = (static_cast<int64_t>(p.lines) + p.lines_of_block - 1) / p.lines_of_block * p.runs_of_line;
  for (int64_t block = blockIdx.x; block < blocks; block += gridDim.x) {
    const uint32_t first_line = static_cast<uint32_t>(block / p.runs_of_line) * p.lines_of_block;
    const uint32_t begin = static_cast<uint32_t>(block % p.runs_of_line) * p.padded;
    for (uint32_t i = threadIdx.x; i < held; i += blockDim.x) {
      const uint32_t line = first_line + i / p.padded, position = begin + i % p.padded;
      unsigned long long key = ~0ull;
      if (line < p.lines && position < p.extent) {
        const uint32_t value = ordered(x[element_of(line, position, p.extent, p.inner)]);
        key = static_cast<unsigned long long>(p.is_descending ? ~value : value) << 32 | position;
      }
      keys[i] = key;
    }
    __syncthreads();
    for (uint32_t run = 2; run <= p.padded; run *= 2) {
      for (uint32_t apart = run / 2; apart > 0; apart /= 2) {
        for (uint32_t pair = threadIdx.x; pair < held / 2; pair += blockDim.x) {
          const uint32_t i = 2 * pair - (pair & (apart - 1));
          const bool ascends = (i & (p.padded - 1) & run) == 0;
          const unsigned long long a = keys[i], b = keys[i + apart];
          if ((a > b) == ascends) {
            keys[i] = b;
            keys[i + apart] = a;
          }
        }
        __syncthreads();
      }
    }
    for (uint32_t i = threadIdx.x; i < held; i += blockDim.x) {
      const uint32_t line = first_line + i / p.padded, position = begin + i % p.padded;
      if (line >= p.lines || position >= p.extent) continue;
      if (p.y != nullptr) {
        p.y[element_of(line, position, p.extent, p.inner)] = static_cast<int32_t>(keys[i]);
      } else {
        p.runs[static_cast<int64_t>(line) * p.extent + position] = keys[i];
      }
    }
    __syncthreads();
  }
}

KERNEL(sort_runs_f32, SortParams, barriers, 256) { sort_runs<float>(p); }
KERNEL(sort_runs_i32, SortParams, barriers, 256) { sort_runs<int32_t>(p); }
KERNEL(sort_runs_u8, SortParams, barriers, 256) { sort_runs<uint8_t>(p); }

/** Runs of `width` keys, two of which become one. The last merge writes positions instead of keys. */
struct MergeParams {
  const unsigned long long* from;
  unsigned long long* to;
  int32_t* y;
  uint32_t count_low, count_high;
  uint32_t extent, inner, width;
};

/** A thread for each key: it goes as far on as its own run has it, and the keys of the other run before it, found by halving. */
KERNEL(sort_merge, MergeParams, plain, 256) {
  const int64_t count = wide(p.count_low, p.count_high);
  for (int64_t i = first_element(); i < count; i += grid_stride()) {
    const uint32_t line = static_cast<uint32_t>(i / p.extent), place = static_cast<uint32_t>(i - static_cast<int64_t>(line) * p.extent);
    const unsigned long long* keys = p.from + static_cast<int64_t>(line) * p.extent;
    const unsigned long long own = keys[place];
    const uint32_t run = place / p.width;
    const uint32_t begin = min((run ^ 1) * p.width, p.extent), end = min(begin + p.width, p.extent);
    uint32_t low = begin, high = end;
    while (low < high) {
      const uint32_t middle = (low + high) / 2;
      if (keys[middle] < own) low = middle + 1;
      else high = middle;
    }
    const uint32_t rank = (run & ~1u) * p.width + (place - run * p.width) + (low - begin);
    if (p.y != nullptr) p.y[element_of(line, rank, p.extent, p.inner)] = static_cast<int32_t>(own);
    else p.to[static_cast<int64_t>(line) * p.extent + rank] = own;
  }
}
