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
#pragma once

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
