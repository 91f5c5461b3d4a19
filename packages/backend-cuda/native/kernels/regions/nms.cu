#include "../special-values.cuh"

// Greedy non-maximum suppression: which of some boxes overlap too much is found for many at once, as bits; then one block goes
// through the boxes in their order. Boxes are numbered by their order here. Each step is rounded as in `suppress.ts` of tensor-core.

/** Rows of bits, `words` each: bit b of row a - first says that box a, if it stays, removes box b behind it. */
struct NmsOverlapParams {
  const float* boxes;
  const int32_t* order;
  /** Of the boxes, or null where all have one. */
  const int32_t* labels;
  uint32_t* overlaps;
  uint32_t count, dims, words;
  uint32_t first, rows;
  float threshold;
};

DEVICE float size_of(const float* box, uint32_t dims) {
  float size = 1;
  for (uint32_t axis = 0; axis < dims; axis++) size = __fmul_rn(size, __fsub_rn(box[dims + axis], box[axis]));
  return size;
}

/** Intersection over union. */
DEVICE float overlap_of(const float* a, const float* b, float size_a, float size_b, uint32_t dims) {
  float common = 1;
  for (uint32_t axis = 0; axis < dims; axis++) {
    const float low = greater(a[axis], b[axis]), high = lesser(a[dims + axis], b[dims + axis]);
    common = __fmul_rn(common, greater(__fsub_rn(high, low), 0.0f));
  }
  return __fdiv_rn(common, __fsub_rn(__fadd_rn(size_a, size_b), common));
}

/** A thread for each word of a row. */
KERNEL(nms_overlaps, NmsOverlapParams, plain, 256) {
  const int64_t all = static_cast<int64_t>(p.rows) * p.words;
  for (int64_t i = first_element(); i < all; i += grid_stride()) {
    const uint32_t row = static_cast<uint32_t>(i / p.words), word = static_cast<uint32_t>(i - static_cast<int64_t>(row) * p.words);
    const uint32_t a = p.first + row;
    uint32_t bits = 0;
    const uint32_t end = min(32 * (word + 1), p.count);
    if (end > a + 1) {
      const int32_t own = p.order[a];
      const float* box = p.boxes + static_cast<int64_t>(own) * 2 * p.dims;
      const float size = size_of(box, p.dims);
      for (uint32_t b = max(32 * word, a + 1); b < end; b++) {
        const int32_t other = p.order[b];
        if (p.labels != nullptr && p.labels[other] != p.labels[own]) continue;
        const float* its = p.boxes + static_cast<int64_t>(other) * 2 * p.dims;
        if (overlap_of(box, its, size, size_of(its, p.dims), p.dims) > p.threshold) bits |= 1u << (b % 32);
      }
    }
    p.overlaps[i] = bits;
  }
}

/** `removed` has a bit for each box. */
struct NmsScanParams {
  const uint32_t* overlaps;
  uint32_t* removed;
  uint32_t words, first, rows;
};

/** One block. */
KERNEL(nms_scan, NmsScanParams, barriers, 256) {
  for (uint32_t row = 0; row < p.rows; row++) {
    const uint32_t a = p.first + row;
    const bool stays = (p.removed[a / 32] >> (a % 32) & 1) == 0;
    // Before any thread removes more, each has seen whether this one stays.
    __syncthreads();
    if (stays) {
      const uint32_t* overlaps = p.overlaps + static_cast<int64_t>(row) * p.words;
      for (uint32_t word = a / 32 + threadIdx.x; word < p.words; word += blockDim.x) p.removed[word] |= overlaps[word];
      __syncthreads();
    }
  }
}

struct NmsKeepParams {
  const uint32_t* removed;
  const int32_t* order;
  uint8_t* keep;
  uint32_t count;
};

KERNEL(nms_keep, NmsKeepParams, plain, 256) {
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    p.keep[p.order[i]] = (p.removed[i / 32] >> (i % 32) & 1) == 0;
  }
}
