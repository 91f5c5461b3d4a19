#include "../vectors.cuh"

/** y = alpha y + beta x. With an alpha of 0 whatever stood in y is not read. The numbers are floats, or integers. */
struct BlendParams {
  void* y;
  const void* x;
  uint32_t count_low, count_high;
  uint32_t alpha, beta;
};

DEVICE float blended(float y, float x, uint32_t alpha, uint32_t beta) {
  const float kept = __uint_as_float(alpha), added = __uint_as_float(beta) * x;
  return kept == 0 ? added : kept * y + added;
}
DEVICE uint32_t blended(uint32_t y, uint32_t x, uint32_t alpha, uint32_t beta) { return alpha * y + beta * x; }
DEVICE uint8_t blended(uint8_t y, uint8_t x, uint32_t alpha, uint32_t beta) {
  return static_cast<uint8_t>(alpha * y + beta * x);
}

template <typename T>
DEVICE void blend(const BlendParams& p) {
  T* y = static_cast<T*>(p.y);
  const T* x = static_cast<const T*>(p.x);
  const int64_t count = wide(p.count_low, p.count_high), vectors = count / 4;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) {
    const Vector<T, 4> added = read_vector<4>(x + 4 * i);
    Vector<T, 4> own = read_vector<4>(y + 4 * i);
#pragma unroll
    for (int k = 0; k < 4; k++) own.at[k] = blended(own.at[k], added.at[k], p.alpha, p.beta);
    write_vector<4>(y + 4 * i, own);
  }
  const int64_t i = 4 * vectors + first_element();
  if (i < count) y[i] = blended(y[i], x[i], p.alpha, p.beta);
}

KERNEL(blend_f32, BlendParams, plain, 256) { blend<float>(p); }
KERNEL(blend_i32, BlendParams, plain, 256) { blend<uint32_t>(p); }
KERNEL(blend_u8, BlendParams, plain, 256) { blend<uint8_t>(p); }
