#include "rows.cuh"

// Rows of `ops/arithmetic.ts` and `relu` on integers, which wrap around: C++ promises that of unsigned ones alone.

DEVICE int32_t plus(int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b)); }
DEVICE int32_t minus(int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b)); }
DEVICE int32_t times(int32_t a, int32_t b) { return static_cast<int32_t>(static_cast<uint32_t>(a) * static_cast<uint32_t>(b)); }

/** Has the sign of the divisor; 0 where that is 0. */
DEVICE int32_t remainder_of(int32_t a, int32_t b) {
  if (b == 0 || b == -1) return 0;
  const int32_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

INTEGERS(add, 2, plus(a, b))
INTEGERS(sub, 2, minus(a, b))
INTEGERS(mul, 2, times(a, b))
INTEGERS(maximum, 2, a > b ? a : b)
INTEGERS(minimum, 2, a < b ? a : b)
INTEGERS(remainder, 2, remainder_of(a, b))
INTEGERS(addScalar, 1, plus(a, s))
INTEGERS(mulScalar, 1, times(a, s))
INTEGERS(neg, 1, minus(0, a))
INTEGERS(abs, 1, a < 0 ? minus(0, a) : a)
INTEGERS(square, 1, times(a, a))
INTEGERS(sign, 1, a > 0 ? 1 : a < 0 ? -1 : 0)
INTEGERS(floor, 1, a)
INTEGERS(ceil, 1, a)
INTEGERS(round, 1, a)
INTEGERS(clamp, 1, (a < s ? s : a) > t ? t : a < s ? s : a)
INTEGERS(relu, 1, a < 0 ? 0 : a)
