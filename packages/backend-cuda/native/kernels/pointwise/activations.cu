#include "rows.cuh"

// Rows of `ops/activations.ts`.

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

FLOATS(relu, 1, a < 0 ? 0.0f : a)
FLOATS(reluGrad, 2, b <= 0 ? 0.0f : a)
FLOATS(sigmoid, 1, sigmoid_of(a))
FLOATS(sigmoidGrad, 2, a * b * (1.0f - b))
FLOATS(tanh, 1, tanhf(a))
FLOATS(tanhGrad, 2, a * (1.0f - b * b))
FLOATS(hardtanh, 1, within(a, s, t))
FLOATS(hardtanhGrad, 2, b > s && b < t ? a : 0.0f)
FLOATS(leakyRelu, 1, a > 0 ? a : a * s)
FLOATS(leakyReluGrad, 2, b > 0 ? a : a * s)
FLOATS(elu, 1, t * (a > 0 ? a : s * expm1f(a)))
FLOATS(eluGrad, 2, a * t * (b > 0 ? 1.0f : s * expf(b)))
FLOATS(gelu, 1, a * normal_share(a))
FLOATS(geluGrad, 2, a * (normal_share(b) + b * expf(-0.5f * b * b) * density_at_0))
FLOATS(geluTanh, 1, 0.5f * a * (1.0f + gelu_tanh(a)))
FLOATS(geluTanhGrad, 2, gelu_tanh_grad(a, b))
FLOATS(silu, 1, a * sigmoid_of(a))
FLOATS(siluGrad, 2, silu_grad(a, b))
FLOATS(mish, 1, a * tanhf(softplus_of(a)))
FLOATS(mishGrad, 2, mish_grad(a, b))
FLOATS(hardswish, 1, a * hard_share(a))
FLOATS(hardswishGrad, 2, b < -3.0f ? 0.0f : b > 3.0f ? a : a * (b / 3.0f + 0.5f))
FLOATS(hardsigmoid, 1, hard_share(a))
FLOATS(hardsigmoidGrad, 2, b > -3.0f && b < 3.0f ? a * (1.0f / 6.0f) : 0.0f)
FLOATS(softplus, 1, s * a > t ? a : softplus_of(s * a) / s)
FLOATS(softplusGrad, 2, s * b > t ? a : a * sigmoid_of(s * b))
FLOATS(prelu, 2, a > 0 ? a : a * b)
FLOATS(preluGrad, 3, b > 0 ? a : a * c)
FLOATS(preluSlopeGrad, 2, b > 0 ? 0.0f : a * b)
