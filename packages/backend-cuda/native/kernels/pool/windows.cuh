/** Spatial windows of pooling, over channels-last memory: threads beside each other have channels beside each other. */
#pragma once

#include "../special-values.cuh"
#include "../vectors.cuh"

/** Three spatial axes; the leading ones of signals and images have one window of one position. */
struct Extents {
  uint32_t d, h, w;
};

/**
 * Windows along the axes: positions start, start + step, … below end. `table` holds for each axis the starts of its windows, their
 * ends and (floats) what means are divided by, each as many as there are outputs.
 */
struct Windows {
  Extents input, output, step;
};

/** One axis of the table. */
struct WindowAxis {
  const int32_t* starts;
  uint32_t count;
  DEVICE WindowAxis of(const int32_t* starts, uint32_t count) { return {starts, count}; }
  __device__ __forceinline__ int32_t start(uint32_t o) const { return starts[o]; }
  __device__ __forceinline__ int32_t end(uint32_t o) const { return starts[count + o]; }
  __device__ __forceinline__ float divisor(uint32_t o) const { return __int_as_float(starts[2 * count + o]); }
};

struct WindowTable {
  WindowAxis d, h, w;
  DEVICE WindowTable of(const int32_t* table, const Extents& output) {
    const int32_t* h = table + 3 * output.d;
    return {{table, output.d}, {h, output.h}, {h + 3 * output.h, output.w}};
  }
};

/** Where a vector of channels stands in a tensor of some extents. */
struct Place {
  uint32_t sample, d, h, w, channel;
};

/** Vector number i, the channels innermost. */
DEVICE Place place_of(uint32_t i, const Extents& extents, uint32_t vectors, uint32_t width) {
  const uint32_t position = i / vectors, channel = (i - position * vectors) * width;
  const uint32_t row = position / extents.w, w = position - row * extents.w;
  const uint32_t plane = row / extents.h, h = row - plane * extents.h;
  const uint32_t sample = plane / extents.d, d = plane - sample * extents.d;
  return {sample, d, h, w, channel};
}

/** The element of a channel at a spatial position of a sample. */
DEVICE int64_t element_at(const Extents& extents, uint32_t channels, uint32_t sample, int32_t d, int32_t h, int32_t w,
                          uint32_t channel) {
  const int64_t row = (static_cast<int64_t>(sample) * extents.d + d) * extents.h + h;
  return (row * extents.w + w) * channels + channel;
}

/**
 * For each position along each axis of an input the first window that may cover it, and behind the last: `table` holds the firsts
 * of the axes and then the ends.
 */
struct Cover {
  const int32_t *first_d, *first_h, *first_w, *end_d, *end_h, *end_w;
  DEVICE Cover of(const int32_t* table, const Extents& input) {
    const int32_t* ends = table + input.d + input.h + input.w;
    return {table, table + input.d, table + input.d + input.h, ends, ends + input.d, ends + input.d + input.h};
  }
};
