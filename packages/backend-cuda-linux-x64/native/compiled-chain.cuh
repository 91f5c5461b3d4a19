/**
 * Chains of pointwise rows as kernels of their own, which NVRTC compiles where it is found. `src/chains/chain-source.ts` writes what
 * stands behind this file: a struct for the chain, and one kernel that walks it.
 *
 *     struct Chain {
 *       static constexpr int inputs = 2, results = 1, scalars = 1;
 *       static constexpr uint32_t bytes = 0;
 *       DEVICE void of(const float (&x)[inputs], const float (&s)[scalars], float (&y)[results]) {
 *         const float v0 = row_add(x[0], x[1], 0, 0, 0);
 *         const float v1 = row_leakyRelu(v0, 0, 0, s[0], 0);
 *         y[0] = v1;
 *       }
 *     };
 *     KERNEL(chain_…, ChainLineParams<Chain>, plain, 256) { chain_line<Chain>(p); }
 *
 * `bytes` has a bit for each input whose elements are conditions, of one byte; all else is floats. Rows round on their own: this is
 * compiled without contracting products and sums, as the kernels of single rows are, so that the bits are theirs.
 */

/** Walks over several tensors along the same axes. */

/**
 * What lets a kernel compile with nvcc or NVRTC for a GPU and with g++ for the emulated driver.
 *
 * A kernel has one argument, a struct by value: all pointers first, then 32-bit words, in the order in which TypeScript writes
 * them (`KernelContext.launch`). It is defined with
 *
 *     KERNEL(name, Params, plain, 256) { … p.out[i] = …; }
 *
 * where `p` is the struct, `plain` promises that its threads never wait for each other and `barriers` that they may
 * (`__syncthreads`, shuffles, `multiply_add_tf32`, copies behind the back), and the number is the most threads that a block of it
 * may have. `KERNEL_RESIDENT` also says how many blocks shall fit a multiprocessor. Templates get stable names so:
 *
 *     template <typename T> DEVICE void transpose(const TransposeParams& p) { … }
 *     KERNEL(transpose_4, TransposeParams, barriers, 256) { transpose<uint32_t>(p); }
 *
 * Shared memory: `__shared__ float tile[32][33];`, and `DYNAMIC_SHARED(float, tile);` for what the launch sizes. It holds no
 * useful value at first. Every thread of a block reaches every `__syncthreads`, and every lane that a mask names its shuffle:
 * the emulator reports those that do not. There are no atomics on floating point: their order, and so the result, would
 * differ from run to run.
 *
 * Here are only what differs between the two compilers and small helpers; see `tensor-core.cuh` for `mma`, `async-copy.cuh`
 * for copies into shared memory behind the back.
 */

#ifdef __CUDACC__

#ifdef __CUDACC_RTC__

// NVRTC has no headers: what kernels that it compiles need of them.
using int32_t = int;
using int64_t = long long;
using uint8_t = unsigned char;
using uint16_t = unsigned short;
using uint32_t = unsigned int;
using uint64_t = unsigned long long;

#else

#include <cuda_fp16.h>
#include <math_constants.h>
#include <stdint.h>

/** The float16 nearest to a number, by its bits; halves to even. */
static __device__ __forceinline__ uint16_t half_bits(float x) { return __half_as_ushort(__float2half_rn(x)); }

/** The number that the bits of a float16 stand for. */
static __device__ __forceinline__ float half_value(uint16_t bits) { return __half2float(__ushort_as_half(bits)); }

#endif

#define DEVICE static __device__ __forceinline__

#define KERNEL(name, Params, mode, threads) \
  extern "C" __global__ void __launch_bounds__(threads) name(const __grid_constant__ Params p)

#define KERNEL_RESIDENT(name, Params, mode, threads, blocks) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(const __grid_constant__ Params p)

#define DYNAMIC_SHARED(type, name)                                \
  extern __shared__ __align__(16) unsigned char dynamic_shared_[]; \
  type* name = reinterpret_cast<type*>(dynamic_shared_)

#else

#include "../emulator/cuda-on-host.hpp"

#define DEVICE static inline __attribute__((unused))

#define KERNEL(name, Params, mode, threads)                                                                 \
  static void name##_body(const Params& p);                                                                 \
  static const emulator::Kernel name##_kernel(#name, __BASE_FILE__, sizeof(Params), emulator::Threads::mode, \
                                              threads,                                                      \
                                              [](const void* p) { name##_body(*static_cast<const Params*>(p)); }); \
  static void name##_body(const Params& p)

#define KERNEL_RESIDENT(name, Params, mode, threads, blocks) KERNEL(name, Params, mode, threads)

#define DYNAMIC_SHARED(type, name) type* name = static_cast<type*>(emulator::dynamic_shared())

DEVICE uint16_t half_bits(float x) { return emulator::half_bits(x); }

DEVICE float half_value(uint16_t bits) { return emulator::half_value(bits); }

#endif

/** A count that outgrows 32 bits, from its two words. */
DEVICE int64_t wide(uint32_t low, uint32_t high) { return static_cast<int64_t>((static_cast<uint64_t>(high) << 32) | low); }

/** The first element of this thread, where a grid of one axis walks a long row. */
DEVICE int64_t first_element() { return static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; }

/** How far a thread then goes on. */
DEVICE int64_t grid_stride() { return static_cast<int64_t>(gridDim.x) * blockDim.x; }

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
/** Elements that are read and written several at a time. */


/** `width` neighbours, aligned as one. */
template <typename T, int width>
struct alignas(sizeof(T) * width) Vector {
  T at[width];
};

template <int width, typename T>
DEVICE Vector<T, width> read_vector(const T* from) {
  return *reinterpret_cast<const Vector<T, width>*>(from);
}

template <int width, typename T>
DEVICE void write_vector(T* to, const Vector<T, width>& values) {
  *reinterpret_cast<Vector<T, width>*>(to) = values;
}
/** The rows of floats as functions of elements (a, b, c) and numbers (s, t). Conditions are 1 and 0 between rows. */

/** Functions of floats that rows of the pointwise table call. */

/** NaN, infinities and zeros as PyTorch has them. */


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

#define FLOATS(name, inputs, expression)                                                                      \
  DEVICE float row_##name([[maybe_unused]] float a, [[maybe_unused]] float b, [[maybe_unused]] float c,      \
                          [[maybe_unused]] float s, [[maybe_unused]] float t) {                              \
    return expression;                                                                                        \
  }
#define FLOAT_TEST(name, inputs, expression) FLOATS(name, inputs, (expression) ? 1.0f : 0.0f)
// Rows of `ops/activations.ts`: a list that is included wherever something is made of each row. FLOATS(name, inputs, expression) is a row that
// gives floats, and FLOAT_TEST one that gives a condition.

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
// Rows of `ops/arithmetic.ts` on floats: a list that is included wherever something is made of each row. FLOATS(name, inputs, expression) is a row that
// gives floats, and FLOAT_TEST one that gives a condition.

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
// Rows of `ops/comparisons.ts` on floats: tests of values, and logic on what is other than 0: a list that is included wherever something is made of each row. FLOATS(name, inputs, expression) is a row that
// gives floats, and FLOAT_TEST one that gives a condition.

FLOAT_TEST(isNaN, 1, is_nan(a))
FLOAT_TEST(isFinite, 1, is_finite(a))
FLOAT_TEST(logicalNot, 1, a == 0)
FLOAT_TEST(logicalAnd, 2, a != 0 && b != 0)
FLOAT_TEST(logicalOr, 2, a != 0 || b != 0)
FLOAT_TEST(logicalXor, 2, (a != 0) != (b != 0))
FLOAT_TEST(eq, 2, a == b)
FLOAT_TEST(ne, 2, a != b)
FLOAT_TEST(lt, 2, a < b)
FLOAT_TEST(le, 2, a <= b)
FLOAT_TEST(gt, 2, a > b)
FLOAT_TEST(ge, 2, a >= b)
#undef FLOATS
#undef FLOAT_TEST

DEVICE float row_where(float a, float b, float c, float, float) { return a != 0 ? b : c; }

/** All tensors lie alike, and are walked as one line, four elements at a time. */
template <typename Chain>
struct ChainLineParams {
  const void* x[Chain::inputs];
  float* y[Chain::results];
  uint32_t count_low, count_high;
  float scalars[Chain::scalars];
};

/** Inputs repeat along axes. `width` is as in `BroadcastParams`; the walk is of the inputs, in the order of the output. */
template <typename Chain>
struct ChainWalkParams {
  const void* x[Chain::inputs];
  float* y[Chain::results];
  uint32_t count, width;
  float scalars[Chain::scalars];
  Axes<Chain::inputs> axes;
};

/** `width` elements of type T: neighbours, or one that is repeated, as floats. */
template <typename T, int width>
DEVICE void read_as_floats(const void* from, int64_t at, bool repeats, float (&values)[width]) {
  const T* first = static_cast<const T*>(from) + at;
  if (repeats) {
    const float value = static_cast<float>(*first);
#pragma unroll
    for (int k = 0; k < width; k++) values[k] = value;
    return;
  }
  const Vector<T, width> read = read_vector<width>(first);
#pragma unroll
  for (int k = 0; k < width; k++) values[k] = static_cast<float>(read.at[k]);
}

/** Computes `width` neighbours of the output from `to` on. Of input k, those from `at[k]` on are read, or one where it repeats. */
template <typename Chain, int width, typename Params>
DEVICE void chain_elements(const Params& p, const int64_t (&at)[Chain::inputs], const bool (&repeats)[Chain::inputs], int64_t to) {
  float x[Chain::inputs][width];
#pragma unroll
  for (int k = 0; k < Chain::inputs; k++) {
    if (Chain::bytes >> k & 1) read_as_floats<uint8_t, width>(p.x[k], at[k], repeats[k], x[k]);
    else read_as_floats<float, width>(p.x[k], at[k], repeats[k], x[k]);
  }
  Vector<float, width> y[Chain::results];
#pragma unroll
  for (int i = 0; i < width; i++) {
    float own[Chain::inputs], made[Chain::results];
#pragma unroll
    for (int k = 0; k < Chain::inputs; k++) own[k] = x[k][i];
    Chain::of(own, p.scalars, made);
#pragma unroll
    for (int k = 0; k < Chain::results; k++) y[k].at[i] = made[k];
  }
#pragma unroll
  for (int k = 0; k < Chain::results; k++) write_vector<width>(p.y[k] + to, y[k]);
}

template <typename Chain, int width>
DEVICE void chain_alike(const ChainLineParams<Chain>& p, int64_t element) {
  int64_t at[Chain::inputs];
  bool repeats[Chain::inputs];
#pragma unroll
  for (int k = 0; k < Chain::inputs; k++) {
    at[k] = element;
    repeats[k] = false;
  }
  chain_elements<Chain, width>(p, at, repeats, element);
}

template <typename Chain>
DEVICE void chain_line(const ChainLineParams<Chain>& p) {
  const int64_t count = wide(p.count_low, p.count_high);
  const int64_t vectors = count / 4;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) chain_alike<Chain, 4>(p, 4 * i);
  const int64_t rest = 4 * vectors + first_element();
  if (rest < count) chain_alike<Chain, 1>(p, rest);
}

template <typename Chain>
DEVICE void chain_walk(const ChainWalkParams<Chain>& p) {
  bool repeats[Chain::inputs];
#pragma unroll
  for (int k = 0; k < Chain::inputs; k++) repeats[k] = p.axes.stride[k][0] == 0;
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    int64_t at[Chain::inputs] = {};
    find(p.axes, static_cast<uint32_t>(i), at);
    if (p.width == 4) chain_elements<Chain, 4>(p, at, repeats, 4 * i);
    else chain_elements<Chain, 1>(p, at, repeats, i);
  }
}
