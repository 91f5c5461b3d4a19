/**
 * What is used of cuBLASLt, in words of our own: no header of NVIDIA's is needed to build. `pnpm build:cuda` compares it with
 * `cublasLt.h` (check/cublaslt-api-check.cpp).
 */
#pragma once

#include <cstddef>
#include <cstdint>

#include "../driver/driver-api.hpp"

namespace cublaslt {

using Status = int;
using Handle = struct HandleOfCublasLt*;
using Product = struct ProductOfCublasLt*;
using Layout = struct LayoutOfCublasLt*;
using Preference = struct PreferenceOfCublasLt*;

/** cublasLtMatmulAlgo_t: may be kept and used again with the same version of the library. */
struct Algorithm {
  uint64_t data[8];
};

/** cublasLtMatmulHeuristicResult_t. */
struct Choice {
  Algorithm algorithm;
  std::size_t workspace;
  Status status;
  float waves;
  int reserved[4];
};

constexpr Status success = 0, not_initialized = 1, allocation_failed = 3, invalid_value = 7, execution_failed = 13,
                 not_supported = 15;

/** cudaDataType_t, cublasComputeType_t. */
constexpr int float32 = 0, compute_float32 = 68, compute_tf32 = 77;

/** cublasLtMatmulDescAttributes_t, all of 32 bits but for the pointer. */
constexpr int transposes_a = 3, transposes_b = 4, epilogue = 7, bias_pointer = 8;
/** cublasOperation_t, cublasLtEpilogue_t. */
constexpr int as_it_is = 0, transposed = 1, plain = 1, with_bias = 4;
/** cublasLtMatrixLayoutAttribute_t: 32 bits, 64 bits. */
constexpr int batch_count = 5, batch_stride = 6;
/** cublasLtMatmulPreferenceAttributes_t: a size, 32 bits. Addresses are taken for multiples of 256, as all memory here is. */
constexpr int most_workspace = 1, reductions = 3;
/** cublasLtReductionScheme_t: sums of parts in an order that is always the same. */
constexpr uint32_t reductions_in_place = 1, reductions_apart = 2 | 4;

}  // namespace cublaslt

/** Functions that are resolved: X(name, result, parameters). */
#define CUBLASLT_SYMBOLS(X)                                                                                            \
  X(cublasLtGetVersion, std::size_t, ())                                                                               \
  X(cublasLtGetCudartVersion, std::size_t, ())                                                                         \
  X(cublasLtGetStatusName, const char*, (cublaslt::Status status))                                                     \
  X(cublasLtCreate, cublaslt::Status, (cublaslt::Handle * handle))                                                     \
  X(cublasLtDestroy, cublaslt::Status, (cublaslt::Handle handle))                                                      \
  X(cublasLtMatmulDescCreate, cublaslt::Status, (cublaslt::Product * product, int compute_type, int scale_type))       \
  X(cublasLtMatmulDescSetAttribute, cublaslt::Status,                                                                  \
    (cublaslt::Product product, int attribute, const void* value, std::size_t bytes))                                  \
  X(cublasLtMatmulDescDestroy, cublaslt::Status, (cublaslt::Product product))                                          \
  X(cublasLtMatrixLayoutCreate, cublaslt::Status,                                                                      \
    (cublaslt::Layout * layout, int type, uint64_t rows, uint64_t columns, int64_t leading))                           \
  X(cublasLtMatrixLayoutSetAttribute, cublaslt::Status,                                                                \
    (cublaslt::Layout layout, int attribute, const void* value, std::size_t bytes))                                    \
  X(cublasLtMatrixLayoutDestroy, cublaslt::Status, (cublaslt::Layout layout))                                          \
  X(cublasLtMatmulPreferenceCreate, cublaslt::Status, (cublaslt::Preference * preference))                             \
  X(cublasLtMatmulPreferenceSetAttribute, cublaslt::Status,                                                            \
    (cublaslt::Preference preference, int attribute, const void* value, std::size_t bytes))                            \
  X(cublasLtMatmulPreferenceDestroy, cublaslt::Status, (cublaslt::Preference preference))                              \
  X(cublasLtMatmulAlgoGetHeuristic, cublaslt::Status,                                                                  \
    (cublaslt::Handle handle, cublaslt::Product product, cublaslt::Layout a, cublaslt::Layout b, cublaslt::Layout c,   \
     cublaslt::Layout d, cublaslt::Preference preference, int most, cublaslt::Choice* choices, int* found))            \
  X(cublasLtMatmulAlgoCheck, cublaslt::Status,                                                                         \
    (cublaslt::Handle handle, cublaslt::Product product, cublaslt::Layout a, cublaslt::Layout b, cublaslt::Layout c,   \
     cublaslt::Layout d, const cublaslt::Algorithm* algorithm, cublaslt::Choice* choice))                              \
  X(cublasLtMatmul, cublaslt::Status,                                                                                  \
    (cublaslt::Handle handle, cublaslt::Product product, const void* alpha, const void* a, cublaslt::Layout a_layout,  \
     const void* b, cublaslt::Layout b_layout, const void* beta, const void* c, cublaslt::Layout c_layout, void* d,    \
     cublaslt::Layout d_layout, const cublaslt::Algorithm* algorithm, void* workspace, std::size_t workspace_bytes,    \
     cuda::Stream stream))
