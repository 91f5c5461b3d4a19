#include "windows.cuh"

struct PoolParams {
  const float* x;
  float* y;
  /** Of the greatest elements, flat in the input's spatial extent; unused by means. */
  int32_t* indices;
  const int32_t* table;
  /** Vectors of the output, and of channels. */
  uint32_t count, vectors, channels;
  Windows windows;
};

/** The greatest of each window: the first of equals, but the last NaN where there is one. */
template <int width>
DEVICE void greatest_of_windows(const PoolParams& p) {
  const Extents& input = p.windows.input;
  const Extents& step = p.windows.step;
  const WindowTable table = WindowTable::of(p.table, p.windows.output);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const Place out = place_of(static_cast<uint32_t>(i), p.windows.output, p.vectors, width);
    Vector<float, width> best{};
    Vector<int32_t, width> found{};
    bool is_first = true;
    for (int32_t d = table.d.start(out.d); d < table.d.end(out.d); d += step.d) {
      for (int32_t h = table.h.start(out.h); h < table.h.end(out.h); h += step.h) {
        for (int32_t w = table.w.start(out.w); w < table.w.end(out.w); w += step.w) {
          const auto values = read_vector<width>(p.x + element_at(input, p.channels, out.sample, d, h, w, out.channel));
          const int32_t at = (d * static_cast<int32_t>(input.h) + h) * static_cast<int32_t>(input.w) + w;
#pragma unroll
          for (int k = 0; k < width; k++) {
            if (is_first || values.at[k] > best.at[k] || is_nan(values.at[k])) {
              best.at[k] = values.at[k];
              found.at[k] = at;
            }
          }
          is_first = false;
        }
      }
    }
    write_vector<width>(p.y + i * width, best);
    write_vector<width>(p.indices + i * width, found);
  }
}

KERNEL(max_pool_4, PoolParams, plain, 256) { greatest_of_windows<4>(p); }
KERNEL(max_pool_1, PoolParams, plain, 256) { greatest_of_windows<1>(p); }

template <int width>
DEVICE void means_of_windows(const PoolParams& p) {
  const Extents& input = p.windows.input;
  const Extents& step = p.windows.step;
  const WindowTable table = WindowTable::of(p.table, p.windows.output);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const Place out = place_of(static_cast<uint32_t>(i), p.windows.output, p.vectors, width);
    Vector<float, width> sum{};
    for (int32_t d = table.d.start(out.d); d < table.d.end(out.d); d += step.d) {
      for (int32_t h = table.h.start(out.h); h < table.h.end(out.h); h += step.h) {
        for (int32_t w = table.w.start(out.w); w < table.w.end(out.w); w += step.w) {
          const auto values = read_vector<width>(p.x + element_at(input, p.channels, out.sample, d, h, w, out.channel));
#pragma unroll
          for (int k = 0; k < width; k++) sum.at[k] += values.at[k];
        }
      }
    }
    const float divisor = table.d.divisor(out.d) * table.h.divisor(out.h) * table.w.divisor(out.w);
#pragma unroll
    for (int k = 0; k < width; k++) sum.at[k] /= divisor;
    write_vector<width>(p.y + i * width, sum);
  }
}

KERNEL_RESIDENT(avg_pool_4, PoolParams, plain, 256, 4) { means_of_windows<4>(p); }
KERNEL_RESIDENT(avg_pool_1, PoolParams, plain, 256, 4) { means_of_windows<1>(p); }
