/** NaN, infinities and zeros as PyTorch has them. */
#pragma once

#include "portable.cuh"

DEVICE float nan_value() { return __uint_as_float(0x7fc00000u); }
DEVICE float infinity() { return __uint_as_float(0x7f800000u); }
DEVICE bool is_nan(float x) { return x != x; }
DEVICE bool is_finite(float x) { return (__float_as_uint(x) & 0x7f800000u) != 0x7f800000u; }

/** The greater of two: NaN where one is, and 0 of zeros of both signs. */
DEVICE float greater(float a, float b) {
  if (is_nan(a)) return a;
  if (is_nan(b)) return b;
  if (a == b) return __uint_as_float(__float_as_uint(a) & __float_as_uint(b));
  return a > b ? a : b;
}

/** The lesser of two: NaN where one is, and -0 of zeros of both signs. */
DEVICE float lesser(float a, float b) {
  if (is_nan(a)) return a;
  if (is_nan(b)) return b;
  if (a == b) return __uint_as_float(__float_as_uint(a) | __float_as_uint(b));
  return a < b ? a : b;
}

/** x kept within bounds, of crossed ones the upper; NaN stays NaN, and a zero that equals a bound keeps its sign. */
DEVICE float within(float x, float low, float high) {
  const float raised = x < low ? low : x;
  return raised > high ? high : raised;
}
