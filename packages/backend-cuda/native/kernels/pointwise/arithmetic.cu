#include "rows.cuh"

// Rows of `ops/arithmetic.ts` on floats.

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

FLOATS(add, 2, a + b)
FLOATS(sub, 2, a - b)
FLOATS(mul, 2, a * b)
FLOATS(div, 2, a / b)
FLOATS(pow, 2, powf(a, b))
FLOATS(maximum, 2, greater(a, b))
FLOATS(minimum, 2, lesser(a, b))
FLOATS(maximumGrad, 3, b < c ? 0.0f : b == c ? a * 0.5f : a)
FLOATS(remainder, 2, remainder_of(a, b))
FLOATS(addScalar, 1, a + s)
FLOATS(mulScalar, 1, a * s)
FLOATS(powScalar, 1, power_of(a, s))
FLOATS(neg, 1, -a)
FLOATS(abs, 1, fabsf(a))
FLOATS(square, 1, a * a)
FLOATS(reciprocal, 1, 1.0f / a)
FLOATS(exp, 1, expf(a))
FLOATS(expm1, 1, expm1f(a))
FLOATS(log, 1, logf(a))
FLOATS(log1p, 1, log1pf(a))
FLOATS(sqrt, 1, sqrtf(a))
FLOATS(rsqrt, 1, 1.0f / sqrtf(a))
FLOATS(sin, 1, sinf(a))
FLOATS(cos, 1, cosf(a))
FLOATS(erf, 1, erff(a))
FLOATS(sign, 1, a > 0 ? 1.0f : a < 0 ? -1.0f : 0.0f)
FLOATS(floor, 1, floorf(a))
FLOATS(ceil, 1, ceilf(a))
FLOATS(round, 1, rintf(a))
FLOATS(clamp, 1, within(a, s, t))
FLOATS(clampGrad, 2, b >= s && b <= t ? a : 0.0f)
