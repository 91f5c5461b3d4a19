/** Compiled by `pnpm build:cuda` beside `cublasLt.h`: what cublaslt-api.hpp says of the library is what the header says. */

#include <cublasLt.h>

#include "../cublaslt-api.hpp"
#include "same-call.hpp"

CUBLASLT_SYMBOLS(CHECK_CALL)

static_assert(CUBLAS_VER_MAJOR >= 12);
static_assert(sizeof(cublaslt::Algorithm) == sizeof(cublasLtMatmulAlgo_t));
static_assert(sizeof(cublaslt::Choice) == sizeof(cublasLtMatmulHeuristicResult_t));
static_assert(offsetof(cublaslt::Choice, workspace) == offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize));
static_assert(offsetof(cublaslt::Choice, status) == offsetof(cublasLtMatmulHeuristicResult_t, state));
static_assert(cublaslt::success == CUBLAS_STATUS_SUCCESS && cublaslt::not_initialized == CUBLAS_STATUS_NOT_INITIALIZED);
static_assert(cublaslt::allocation_failed == CUBLAS_STATUS_ALLOC_FAILED);
static_assert(cublaslt::invalid_value == CUBLAS_STATUS_INVALID_VALUE);
static_assert(cublaslt::execution_failed == CUBLAS_STATUS_EXECUTION_FAILED);
static_assert(cublaslt::not_supported == CUBLAS_STATUS_NOT_SUPPORTED);
static_assert(cublaslt::float32 == CUDA_R_32F && cublaslt::compute_float32 == CUBLAS_COMPUTE_32F);
static_assert(cublaslt::compute_tf32 == CUBLAS_COMPUTE_32F_FAST_TF32);
static_assert(cublaslt::transposes_a == CUBLASLT_MATMUL_DESC_TRANSA && cublaslt::transposes_b == CUBLASLT_MATMUL_DESC_TRANSB);
static_assert(cublaslt::epilogue == CUBLASLT_MATMUL_DESC_EPILOGUE && cublaslt::bias_pointer == CUBLASLT_MATMUL_DESC_BIAS_POINTER);
static_assert(cublaslt::as_it_is == CUBLAS_OP_N && cublaslt::transposed == CUBLAS_OP_T);
static_assert(cublaslt::plain == CUBLASLT_EPILOGUE_DEFAULT && cublaslt::with_bias == CUBLASLT_EPILOGUE_BIAS);
static_assert(cublaslt::batch_count == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT);
static_assert(cublaslt::batch_stride == CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET);
static_assert(cublaslt::most_workspace == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES);
static_assert(cublaslt::reductions == CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK);
static_assert(cublaslt::reductions_in_place == CUBLASLT_REDUCTION_SCHEME_INPLACE);
static_assert(cublaslt::reductions_apart == (CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE | CUBLASLT_REDUCTION_SCHEME_OUTPUT_TYPE));
