#include "../vectors.cuh"

// Elements converted to another type, one for one where they stand.

struct CastParams {
  const void* x;
  void* y;
  uint32_t count_low, count_high;
};

namespace {

struct Half {
  uint16_t bits;
};

/** A bool: 0 or 1. */
struct Truth {
  uint8_t value;
};

}  // namespace

DEVICE float number_of(float x) { return x; }
DEVICE float number_of(Half x) { return half_value(x.bits); }
DEVICE int32_t number_of(int32_t x) { return x; }
DEVICE int32_t number_of(uint8_t x) { return x; }

/** Towards zero, modulo 2^32; 0 for what is not finite. */
DEVICE int32_t wrapped(float x) {
  if (fabsf(x) < 2147483648.0f) return static_cast<int32_t>(x);
  const uint32_t bits = __float_as_uint(x);
  const uint32_t exponent = (bits >> 23) & 0xffu;
  // From 2^55 on all that is left of 2^32 is 0; NaN and infinities have the greatest exponent.
  if (exponent > 181) return 0;
  const uint32_t size = ((bits & 0x7fffffu) | 0x800000u) << (exponent - 150);
  return static_cast<int32_t>(x < 0 ? 0u - size : size);
}

DEVICE void convert(float x, float& y) { y = x; }
DEVICE void convert(float x, Half& y) { y.bits = half_bits(x); }
DEVICE void convert(float x, int32_t& y) { y = wrapped(x); }
DEVICE void convert(float x, uint8_t& y) { y = static_cast<uint8_t>(wrapped(x)); }
DEVICE void convert(float x, Truth& y) { y.value = x != 0; }
DEVICE void convert(int32_t x, float& y) { y = static_cast<float>(x); }
DEVICE void convert(int32_t x, Half& y) { y.bits = half_bits(static_cast<float>(x)); }
DEVICE void convert(int32_t x, int32_t& y) { y = x; }
DEVICE void convert(int32_t x, uint8_t& y) { y = static_cast<uint8_t>(x); }
DEVICE void convert(int32_t x, Truth& y) { y.value = x != 0; }

template <typename From, typename To>
DEVICE void cast(const CastParams& p) {
  const From* x = static_cast<const From*>(p.x);
  To* y = static_cast<To*>(p.y);
  const int64_t count = wide(p.count_low, p.count_high), vectors = count / 4;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) {
    const Vector<From, 4> from = read_vector<4>(x + 4 * i);
    Vector<To, 4> to;
#pragma unroll
    for (int k = 0; k < 4; k++) convert(number_of(from.at[k]), to.at[k]);
    write_vector<4>(y + 4 * i, to);
  }
  const int64_t i = 4 * vectors + first_element();
  if (i < count) convert(number_of(x[i]), y[i]);
}

#define CASTS_FROM(name, From)                                                       \
  KERNEL(cast_##name##_f32, CastParams, plain, 256) { cast<From, float>(p); }        \
  KERNEL(cast_##name##_f16, CastParams, plain, 256) { cast<From, Half>(p); }         \
  KERNEL(cast_##name##_i32, CastParams, plain, 256) { cast<From, int32_t>(p); }      \
  KERNEL(cast_##name##_u8, CastParams, plain, 256) { cast<From, uint8_t>(p); }       \
  KERNEL(cast_##name##_bool, CastParams, plain, 256) { cast<From, Truth>(p); }

CASTS_FROM(f32, float)
CASTS_FROM(f16, Half)
CASTS_FROM(i32, int32_t)
CASTS_FROM(u8, uint8_t)
