/** Walks over several tensors along the same axes. */
#pragma once

#include "portable.cuh"

constexpr int most_axes = 8;

/** A walk over `tensors` tensors as `walkWords` of `layout.ts` writes it: the innermost axis first. */
template <int tensors>
struct Axes {
  uint32_t count;
  uint32_t extent[most_axes], multiplier[most_axes], shift[most_axes];
  int32_t stride[tensors][most_axes];
};

/** n / extent of an axis, by its numbers. n is below 2^31. */
DEVICE uint32_t divide(uint32_t n, uint32_t multiplier, uint32_t shift) { return (__umulhi(n, multiplier) + n) >> shift; }

/** Adds to `at` where element `n` of the walk stands in each tensor. */
template <int tensors>
DEVICE void find(const Axes<tensors>& axes, uint32_t n, int64_t (&at)[tensors]) {
#pragma unroll
  for (int axis = 0; axis < most_axes; axis++) {
    if (axis >= static_cast<int>(axes.count)) break;
    const uint32_t rest = divide(n, axes.multiplier[axis], axes.shift[axis]);
    const uint32_t position = n - rest * axes.extent[axis];
    n = rest;
#pragma unroll
    for (int k = 0; k < tensors; k++) at[k] += static_cast<int64_t>(position) * axes.stride[k][axis];
  }
}

/** Where element `n` of the walk stands in its only tensor. */
DEVICE int64_t find(const Axes<1>& axes, uint32_t n) {
  int64_t at[1] = {0};
  find(axes, n, at);
  return at[0];
}
