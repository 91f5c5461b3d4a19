/** What kernels see of CUDA when g++ compiles them: built-in variables, barriers, shuffles, atomics and functions. */
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "threads.hpp"

#define __device__
#define __host__
#define __global__
#define __forceinline__ inline __attribute__((always_inline))
#define __restrict__ __restrict
#define __align__(n) alignas(n)
#define __launch_bounds__(...)
/** Blocks run in turn, so one memory serves them all. */
#define __shared__ static
#define __constant__ static const

// ---- Vectors

#define VECTOR_TYPES(T, name)                                                                     \
  struct alignas(2 * sizeof(T)) name##2 { T x, y; };                                              \
  struct name##3 { T x, y, z; };                                                                  \
  struct alignas(4 * sizeof(T)) name##4 { T x, y, z, w; };                                        \
  static inline name##2 make_##name##2(T x, T y) { return {x, y}; }                               \
  static inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; }                       \
  static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }

VECTOR_TYPES(float, float)
VECTOR_TYPES(int, int)
VECTOR_TYPES(unsigned, uint)
VECTOR_TYPES(unsigned char, uchar)
VECTOR_TYPES(unsigned short, ushort)
#undef VECTOR_TYPES
struct alignas(16) double2 { double x, y; };
static inline double2 make_double2(double x, double y) { return {x, y}; }

// ---- Where a thread is

using emulator::blockDim;
using emulator::blockIdx;
using emulator::gridDim;
using emulator::threadIdx;
constexpr int warpSize = 32;

// ---- Waiting for each other

static inline void __syncthreads() { emulator::sync_threads(0); }
static inline int __syncthreads_count(int predicate) { return emulator::sync_threads(predicate != 0); }
static inline int __syncthreads_or(int predicate) { return emulator::sync_threads(predicate != 0) > 0; }
static inline int __syncthreads_and(int predicate) { return emulator::sync_threads(predicate == 0) == 0; }
static inline void __syncwarp(unsigned mask = 0xffffffffu) { emulator::meet(mask, nullptr, 0); }
static inline void __threadfence() {}
static inline void __threadfence_block() {}

namespace emulator {

/** The value of another lane; the own where there is none. */
template <typename T>
T from_lane(unsigned mask, T value, int lane) {
  const Slot* slots = meet(mask, &value, sizeof value);
  if (lane < 0) return value;
  T other;
  std::memcpy(&other, slots[lane].bytes, sizeof other);
  return other;
}

}  // namespace emulator

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = warpSize) {
  const int first = emulator::lane() & ~(width - 1);
  return emulator::from_lane(mask, value, first | (source & (width - 1)));
}

template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
  const int lane = emulator::lane(), source = lane - static_cast<int>(delta);
  return emulator::from_lane(mask, value, source >= (lane & ~(width - 1)) ? source : -1);
}

template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize) {
  const int lane = emulator::lane(), source = lane + static_cast<int>(delta);
  return emulator::from_lane(mask, value, source <= (lane | (width - 1)) ? source : -1);
}

template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int by, int width = warpSize) {
  const int lane = emulator::lane(), source = lane ^ by;
  return emulator::from_lane(mask, value, source <= (lane | (width - 1)) ? source : -1);
}

static inline unsigned __ballot_sync(unsigned mask, int predicate) {
  const unsigned vote = predicate != 0;
  const emulator::Slot* slots = emulator::meet(mask, &vote, sizeof vote);
  unsigned votes = 0;
  for (int lane = 0; lane < 32; lane++) {
    if ((mask >> lane & 1) && slots[lane].bytes[0]) votes |= 1u << lane;
  }
  return votes;
}
static inline int __any_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) != 0; }
static inline int __all_sync(unsigned mask, int predicate) { return __ballot_sync(mask, predicate) == mask; }

// ---- Atomics: threads are taken in turn, so nothing comes between. Integers only.

template <typename T>
T atomicExch(T* at, T value) { const T old = *at; *at = value; return old; }
template <typename T>
T atomicCAS(T* at, T expected, T value) { const T old = *at; if (old == expected) *at = value; return old; }
#define ATOMIC(name, T, expression)                                      \
  static inline T name(T* at, T value) { const T old = *at; *at = (expression); return old; }
#define ATOMICS(T)                                     \
  ATOMIC(atomicMin, T, value < old ? value : old)      \
  ATOMIC(atomicMax, T, value > old ? value : old)      \
  ATOMIC(atomicAnd, T, old & value)                    \
  ATOMIC(atomicOr, T, old | value)                     \
  ATOMIC(atomicXor, T, old ^ value)
ATOMICS(int)
ATOMICS(unsigned)
ATOMICS(unsigned long long)
ATOMIC(atomicAdd, int, static_cast<int>(static_cast<unsigned>(old) + static_cast<unsigned>(value)))
ATOMIC(atomicAdd, unsigned, old + value)
ATOMIC(atomicAdd, unsigned long long, old + value)
#undef ATOMICS
#undef ATOMIC

// ---- Functions

static inline int min(int a, int b) { return a < b ? a : b; }
static inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
static inline long long min(long long a, long long b) { return a < b ? a : b; }
static inline long min(long a, long b) { return a < b ? a : b; }
static inline float min(float a, float b) { return fminf(a, b); }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
static inline long long max(long long a, long long b) { return a > b ? a : b; }
static inline long max(long a, long b) { return a > b ? a : b; }
static inline float max(float a, float b) { return fmaxf(a, b); }
using std::isfinite;
using std::isinf;
using std::isnan;
using std::signbit;

static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline float rcbrtf(float x) { return 1.0f / cbrtf(x); }
static inline float normcdff(float x) { return 0.5f * erfcf(-x * 0.70710678118654752f); }
static inline float __saturatef(float x) { return x > 0 ? (x < 1 ? x : 1) : 0; }
// Compiled without contraction, so these round on their own.
static inline float __fadd_rn(float a, float b) { return a + b; }
static inline float __fsub_rn(float a, float b) { return a - b; }
static inline float __fmul_rn(float a, float b) { return a * b; }
static inline float __fdiv_rn(float a, float b) { return a / b; }
static inline float __fsqrt_rn(float a) { return sqrtf(a); }
static inline float __frcp_rn(float a) { return 1.0f / a; }
static inline float __fmaf_rn(float a, float b, float c) { return fmaf(a, b, c); }
static inline double __dadd_rn(double a, double b) { return a + b; }
static inline double __dsub_rn(double a, double b) { return a - b; }
static inline double __dmul_rn(double a, double b) { return a * b; }
static inline double __ddiv_rn(double a, double b) { return a / b; }
static inline double __dsqrt_rn(double a) { return sqrt(a); }
static inline double __fma_rn(double a, double b, double c) { return fma(a, b, c); }
static inline float __double2float_rn(double a) { return static_cast<float>(a); }
/** As the GPU converts: what does not fit becomes the nearest integer that does, NaN 0. */
static inline int __float2int_rz(float x) {
  if (isnan(x)) return 0;
  if (x >= 2147483648.0f) return INT32_MAX;
  if (x < -2147483648.0f) return INT32_MIN;
  return static_cast<int>(x);
}
static inline int __float2int_rn(float x) { return __float2int_rz(nearbyintf(x)); }
static inline int __float2int_rd(float x) { return __float2int_rz(floorf(x)); }
static inline int __float2int_ru(float x) { return __float2int_rz(ceilf(x)); }
static inline float __int2float_rn(int x) { return static_cast<float>(x); }
static inline float __uint2float_rn(unsigned x) { return static_cast<float>(x); }
static inline float __int_as_float(int bits) { return std::bit_cast<float>(bits); }
static inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
static inline float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }
static inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
static inline double __longlong_as_double(long long bits) { return std::bit_cast<double>(bits); }
static inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
static inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
static inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }
static inline int __popc(unsigned x) { return std::popcount(x); }
static inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<uint64_t>(a) * b) >> 32);
}
static inline int __mulhi(int a, int b) { return static_cast<int>((static_cast<int64_t>(a) * b) >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>((static_cast<unsigned __int128>(a) * b) >> 64);
}
static inline unsigned __brev(unsigned x) {
  unsigned reversed = 0;
  for (int i = 0; i < 32; i++) reversed |= (x >> i & 1) << (31 - i);
  return reversed;
}
template <typename T>
T __ldg(const T* at) { return *at; }
