/** Functions of floats that rows of the pointwise table call. */
#pragma once

#include "../special-values.cuh"

DEVICE float remainder_of(float a, float b) {
  const float rest = fmodf(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/** A half is the square root, as in PyTorch, which of -Infinity is NaN. */
DEVICE float power_of(float a, float exponent) {
  if (exponent == 2) return a * a;
  if (exponent == 0.5f) return sqrtf(a);
  if (exponent == -0.5f) return 1.0f / sqrtf(a);
  return powf(a, exponent);
}

DEVICE float sigmoid_of(float x) { return 1.0f / (1.0f + expf(-x)); }

/** log(1 + exp(x)). */
DEVICE float softplus_of(float x) { return x > 30.0f ? x : log1pf(expf(x)); }

/** min(max(x + 3, 0), 6) / 6. */
DEVICE float hard_share(float x) { return within(x + 3.0f, 0.0f, 6.0f) / 6.0f; }

constexpr float root_half = 0.70710678118654752f;
/** 1 / sqrt(2 pi). */
constexpr float density_at_0 = 0.39894228040143268f;
/** sqrt(2 / pi). */
constexpr float gelu_slope = 0.79788456080286536f;
constexpr float gelu_cube = 0.044715f;

/** (1 + erf(x / sqrt(2))) / 2. */
DEVICE float normal_share(float x) { return 0.5f * (1.0f + erff(x * root_half)); }

DEVICE float gelu_tanh(float x) { return tanhf(gelu_slope * (x + gelu_cube * x * x * x)); }

DEVICE float gelu_tanh_grad(float g, float x) {
  const float y = gelu_tanh(x);
  // Infinite, it would make NaN of the 0 that 1 - y^2 is by then.
  const float slope = gelu_slope * (1.0f + 3.0f * gelu_cube * within(x * x, 0.0f, 1e30f));
  return g * (0.5f * (1.0f + y) + 0.5f * x * (1.0f - y * y) * slope);
}

DEVICE float silu_grad(float g, float x) {
  const float y = sigmoid_of(x);
  return g * y * (1.0f + x * (1.0f - y));
}

DEVICE float mish_grad(float g, float x) {
  const float y = tanhf(softplus_of(x));
  return g * (y + x * (1.0f - y * y) * sigmoid_of(x));
}
