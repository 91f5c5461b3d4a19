/** What follows a sum in the same pass over the output: a bias, the element of a residual, an activation. */
#pragma once

#include "../special-values.cuh"
#include "tile.cuh"

/** Activations that products end with; `src/kernels/product/ending.ts` has the same order. */
enum Activation : int32_t {
  activation_none,
  activation_relu,
  activation_within,
  activation_leaky_relu,
  activation_sigmoid,
  activation_silu,
  activation_hardsigmoid,
  activation_hardswish,
};

/** Rows of tensor-core's pointwise table. NaN stays NaN, and a zero keeps its sign where the row says so. */
DEVICE float activate(int activation, float x, float s0, float s1) {
  if (activation == activation_none) return x;
  if (activation == activation_relu) return x < 0.0f ? 0.0f : x;
  if (activation == activation_within) return within(x, s0, s1);
  if (activation == activation_leaky_relu) return x > 0.0f ? x : x * s0;
  if (activation == activation_sigmoid || activation == activation_silu) {
    const float share = 1.0f / (1.0f + expf(-x));
    return activation == activation_silu ? x * share : share;
  }
  const float y = x + 3.0f;
  const float share = (y < 0.0f ? 0.0f : y > 6.0f ? 6.0f : y) * (1.0f / 6.0f);
  return activation == activation_hardswish ? x * share : share;
}

/** Which elements of the bias a sum gets. */
enum BiasAxis : int32_t { bias_none, bias_columns, bias_rows };

/** The words of an ending in the parameters of a kernel, in this order; its two pointers stand with the others. */
struct EndingWords {
  int32_t bias_axis;
  int32_t activation;
  float s0, s1;
};

struct Ending {
  /** From the first row or column of the product on. */
  const float* bias;
  /** Laid out as the output; null where there is none. */
  const float* residual;
  EndingWords words;

  /**
   * Ends four sums of neighbouring columns, of which the first `present` exist, and writes them to `out`, laid out as the residual.
   * @param vector whether `at` is a multiple of 4 and all four exist
   */
  MEMBER void write(float* out, int64_t at, const float4& sum, int row, int column, int present, bool vector) const {
    float v[4] = {sum.x, sum.y, sum.z, sum.w};
    if (words.bias_axis != bias_none) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        if (i < present) v[i] += bias[words.bias_axis == bias_columns ? column + i : row];
      }
    }
    if (residual && vector) {
      const float4 r = *reinterpret_cast<const float4*>(residual + at);
      v[0] += r.x, v[1] += r.y, v[2] += r.z, v[3] += r.w;
    } else if (residual) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        if (i < present) v[i] += residual[at + i];
      }
    }
#pragma unroll
    for (int i = 0; i < 4; i++) v[i] = activate(words.activation, v[i], words.s0, words.s1);
    if (vector) {
      *reinterpret_cast<float4*>(out + at) = make_float4(v[0], v[1], v[2], v[3]);
    } else {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        if (i < present) out[at + i] = v[i];
      }
    }
  }
};
