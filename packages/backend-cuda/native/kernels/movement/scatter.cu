#include "../axes.cuh"

// Where several elements name one place, the last of them is written, and sums are made in their order: the same at each run.

/** The walk goes over the index; its tensors are y without the axis, and the position of an element on its line. */
struct ScatterParams {
  const void* source;
  const int32_t* index;
  /** For each element of y the number of the last element that names it, or -1. */
  int32_t* last;
  void* y;
  uint32_t count, extent;
  int32_t stride;
  /** Position on its line of the first element. */
  int32_t first;
  Axes<2> axes;
};

struct ScatterPlace {
  bool exists;
  int64_t place;
  int32_t position;
};

DEVICE ScatterPlace place_of(const ScatterParams& p, int64_t i) {
  const int32_t along = p.index[i];
  if (static_cast<uint32_t>(along) >= p.extent) return {false, 0, 0};
  int64_t at[2] = {static_cast<int64_t>(along) * p.stride, p.first};
  find(p.axes, static_cast<uint32_t>(i), at);
  return {true, at[0], static_cast<int32_t>(at[1])};
}

KERNEL(scatter_claim, ScatterParams, plain, 256) {
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const ScatterPlace found = place_of(p, i);
    if (found.exists) atomicMax(p.last + found.place, found.position);
  }
}

template <typename Element>
DEVICE void scatter(const ScatterParams& p) {
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const ScatterPlace found = place_of(p, i);
    if (found.exists && p.last[found.place] == found.position) {
      static_cast<Element*>(p.y)[found.place] = static_cast<const Element*>(p.source)[i];
    }
  }
}

KERNEL(scatter_4, ScatterParams, plain, 256) { scatter<uint32_t>(p); }
KERNEL(scatter_2, ScatterParams, plain, 256) { scatter<uint16_t>(p); }
KERNEL(scatter_1, ScatterParams, plain, 256) { scatter<uint8_t>(p); }

DEVICE float sum_of(float a, float b) { return a + b; }
DEVICE int32_t sum_of(int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b)); }
DEVICE uint8_t sum_of(uint8_t a, uint8_t b) { return static_cast<uint8_t>(a + b); }

/** A thread for each line of the index, which adds in order. The walk goes over the lines; its tensors are the index and y. */
struct AddLinesParams {
  const void* source;
  const int32_t* index;
  void* y;
  uint32_t count, length, extent;
  /** Between neighbours on a line, in the index and in y. */
  int32_t index_stride, stride;
  Axes<2> axes;
};

template <typename T>
DEVICE void add_lines(const AddLinesParams& p) {
  const T* source = static_cast<const T*>(p.source);
  T* y = static_cast<T*>(p.y);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    int64_t at[2] = {0, 0};
    find(p.axes, static_cast<uint32_t>(i), at);
    for (uint32_t k = 0; k < p.length; k++) {
      const int64_t element = at[0] + static_cast<int64_t>(k) * p.index_stride;
      const int32_t along = p.index[element];
      if (static_cast<uint32_t>(along) >= p.extent) continue;
      T& sum = y[at[1] + static_cast<int64_t>(along) * p.stride];
      sum = sum_of(sum, source[element]);
    }
  }
}

KERNEL(scatter_add_lines_f32, AddLinesParams, plain, 256) { add_lines<float>(p); }
KERNEL(scatter_add_lines_i32, AddLinesParams, plain, 256) { add_lines<int32_t>(p); }
KERNEL(scatter_add_lines_u8, AddLinesParams, plain, 256) { add_lines<uint8_t>(p); }

/**
 * A thread for each element of long lines, whose order sorts the index: the first of equals adds them up. The walk goes over the
 * index; its tensors are the line in it, the position on the line, and the line in y.
 */
struct AddSortedParams {
  const void* source;
  const int32_t* index;
  const int32_t* order;
  void* y;
  uint32_t count, length, extent;
  int32_t index_stride, stride;
  Axes<3> axes;
};

template <typename T>
DEVICE void add_sorted(const AddSortedParams& p) {
  const T* source = static_cast<const T*>(p.source);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    int64_t at[3] = {0, 0, 0};
    find(p.axes, static_cast<uint32_t>(i), at);
    const auto element = [&](int64_t k) {
      return at[0] + static_cast<int64_t>(p.order[at[0] + k * p.index_stride]) * p.index_stride;
    };
    int64_t own = element(at[1]);
    const int32_t along = p.index[own];
    if (static_cast<uint32_t>(along) >= p.extent) continue;
    if (at[1] > 0 && p.index[element(at[1] - 1)] == along) continue;
    T sum = source[own];
    for (int64_t k = at[1] + 1; k < p.length; k++) {
      own = element(k);
      if (p.index[own] != along) break;
      sum = sum_of(sum, source[own]);
    }
    static_cast<T*>(p.y)[at[2] + static_cast<int64_t>(along) * p.stride] = sum;
  }
}

KERNEL(scatter_add_sorted_f32, AddSortedParams, plain, 256) { add_sorted<float>(p); }
KERNEL(scatter_add_sorted_i32, AddSortedParams, plain, 256) { add_sorted<int32_t>(p); }
KERNEL(scatter_add_sorted_u8, AddSortedParams, plain, 256) { add_sorted<uint8_t>(p); }
