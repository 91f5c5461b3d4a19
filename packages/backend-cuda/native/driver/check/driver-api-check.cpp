/** Compiled by `pnpm build:cuda` beside the toolkit's `cuda.h`: what driver-api.hpp says of the driver is what the header says. */

#include <cuda.h>

#include "../../libraries/check/same-call.hpp"
#include "../driver-api.hpp"

#define CHECK(name, version, parameters) CHECK_CALL(name, cuda::Result, parameters)
CUDA_SYMBOLS(CHECK)

static_assert(CUDA_VERSION >= 13000);
static_assert(sizeof(cuda::Result) == sizeof(CUresult) && sizeof(cuda::Device) == sizeof(CUdevice));
static_assert(std::is_same_v<cuda::Address, CUdeviceptr>);

static_assert(cuda::success == CUDA_SUCCESS && cuda::invalid_value == CUDA_ERROR_INVALID_VALUE);
static_assert(cuda::out_of_memory == CUDA_ERROR_OUT_OF_MEMORY && cuda::not_initialized == CUDA_ERROR_NOT_INITIALIZED);
static_assert(cuda::deinitialized == CUDA_ERROR_DEINITIALIZED && cuda::no_device == CUDA_ERROR_NO_DEVICE);
static_assert(cuda::invalid_device == CUDA_ERROR_INVALID_DEVICE && cuda::invalid_image == CUDA_ERROR_INVALID_IMAGE);
static_assert(cuda::invalid_context == CUDA_ERROR_INVALID_CONTEXT && cuda::invalid_handle == CUDA_ERROR_INVALID_HANDLE);
static_assert(cuda::not_found == CUDA_ERROR_NOT_FOUND && cuda::not_ready == CUDA_ERROR_NOT_READY);
static_assert(cuda::illegal_address == CUDA_ERROR_ILLEGAL_ADDRESS && cuda::launch_failed == CUDA_ERROR_LAUNCH_FAILED);
static_assert(cuda::capture_unsupported == CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
static_assert(cuda::graph_update_failed == CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE && cuda::unknown == CUDA_ERROR_UNKNOWN);

static_assert(cuda::multiprocessor_count == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
static_assert(cuda::compute_major == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(cuda::compute_minor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(cuda::most_shared_optin == CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
static_assert(cuda::most_dynamic_shared == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
static_assert(cuda::non_blocking == CU_STREAM_NON_BLOCKING && cuda::blocking_sync == CU_EVENT_BLOCKING_SYNC);
static_assert(cuda::disable_timing == CU_EVENT_DISABLE_TIMING);
static_assert(cuda::relaxed_capture == CU_STREAM_CAPTURE_MODE_RELAXED);
static_assert(CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT == 1 && CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT == 2);
static_assert(CU_LAUNCH_PARAM_END_AS_INT == 0);

static_assert(sizeof(cuda::KernelNode) == sizeof(CUDA_KERNEL_NODE_PARAMS_v2));
#define SAME_PLACE(ours, theirs) static_assert(offsetof(cuda::KernelNode, ours) == offsetof(CUDA_KERNEL_NODE_PARAMS_v2, theirs))
SAME_PLACE(function, func);
SAME_PLACE(grid_x, gridDimX);
SAME_PLACE(block_x, blockDimX);
SAME_PLACE(shared_bytes, sharedMemBytes);
SAME_PLACE(parameters, kernelParams);
SAME_PLACE(extra, extra);
SAME_PLACE(kernel, kern);
SAME_PLACE(context, ctx);
