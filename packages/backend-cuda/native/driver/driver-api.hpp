/**
 * What is used of the CUDA driver API, in words of our own: no header of NVIDIA's is needed to build. `pnpm build:cuda` compares
 * it with `cuda.h` (driver-api-check.cpp).
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace cuda {

using Result = int;
using Device = int;
using Address = unsigned long long;
using Context = struct ContextOfDriver*;
using Module = struct ModuleOfDriver*;
using Function = struct FunctionOfDriver*;
using Stream = struct StreamOfDriver*;
using Event = struct EventOfDriver*;
using Graph = struct GraphOfDriver*;
using Node = struct NodeOfDriver*;
using Executable = struct ExecutableOfDriver*;

/** CUresult. */
constexpr Result success = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3, deinitialized = 4,
                 no_device = 100, invalid_device = 101, invalid_image = 200, invalid_context = 201, invalid_handle = 400,
                 not_found = 500, not_ready = 600, illegal_address = 700, launch_failed = 719,
                 capture_unsupported = 900, graph_update_failed = 910, unknown = 999;

/** CUdevice_attribute. */
constexpr int multiprocessor_count = 16, compute_major = 75, compute_minor = 76, most_shared_optin = 97;

/** CUfunction_attribute: bytes of shared memory that a launch may size. */
constexpr int most_dynamic_shared = 8;

/** CUstream_flags, CUevent_flags. */
constexpr unsigned non_blocking = 1, blocking_sync = 1, disable_timing = 2;

/** CUstreamCaptureMode: what is asked for beside the stream goes on as ever. */
constexpr int relaxed_capture = 2;

/** How a launch is handed one block of parameters. */
inline void* const parameters_pointer = reinterpret_cast<void*>(1);
inline void* const parameters_size = reinterpret_cast<void*>(2);
inline void* const parameters_end = nullptr;

/** CUDA_KERNEL_NODE_PARAMS_v2. */
struct KernelNode {
  Function function;
  unsigned grid_x, grid_y, grid_z;
  unsigned block_x, block_y, block_z;
  unsigned shared_bytes;
  void** parameters;
  void** extra;
  void* kernel;
  Context context;
};

}  // namespace cuda

/** Symbols that are resolved: X(name, version of CUDA whose form is meant, parameters). All return CUresult. */
#define CUDA_SYMBOLS(X)                                                                                                \
  X(cuInit, 2000, (unsigned flags))                                                                                    \
  X(cuDriverGetVersion, 2020, (int* version))                                                                          \
  X(cuGetErrorName, 6000, (cuda::Result result, const char** name))                                                    \
  X(cuGetErrorString, 6000, (cuda::Result result, const char** text))                                                  \
  X(cuDeviceGetCount, 2000, (int* count))                                                                              \
  X(cuDeviceGet, 2000, (cuda::Device * device, int index))                                                             \
  X(cuDeviceGetName, 2000, (char* name, int bytes, cuda::Device device))                                               \
  X(cuDeviceGetAttribute, 2000, (int* value, int attribute, cuda::Device device))                                      \
  X(cuDeviceTotalMem, 3020, (std::size_t * bytes, cuda::Device device))                                                \
  X(cuDeviceCanAccessPeer, 4000, (int* can, cuda::Device device, cuda::Device peer))                                   \
  X(cuDevicePrimaryCtxRetain, 7000, (cuda::Context * context, cuda::Device device))                                    \
  X(cuDevicePrimaryCtxRelease, 11000, (cuda::Device device))                                                           \
  X(cuCtxSetCurrent, 4000, (cuda::Context context))                                                                    \
  X(cuMemGetInfo, 3020, (std::size_t * free, std::size_t* total))                                                      \
  X(cuMemAlloc, 3020, (cuda::Address * address, std::size_t bytes))                                                    \
  X(cuMemFree, 3020, (cuda::Address address))                                                                          \
  X(cuMemHostAlloc, 2020, (void** memory, std::size_t bytes, unsigned flags))                                          \
  X(cuMemFreeHost, 2000, (void* memory))                                                                               \
  X(cuMemcpyAsync, 4000, (cuda::Address to, cuda::Address from, std::size_t bytes, cuda::Stream stream))               \
  X(cuMemcpyPeerAsync, 4000,                                                                                           \
    (cuda::Address to, cuda::Context to_context, cuda::Address from, cuda::Context from_context, std::size_t bytes,    \
     cuda::Stream stream))                                                                                             \
  X(cuModuleLoadData, 2000, (cuda::Module * module, const void* image))                                                \
  X(cuModuleGetFunction, 2000, (cuda::Function * function, cuda::Module module, const char* name))                     \
  X(cuModuleUnload, 2000, (cuda::Module module))                                                                       \
  X(cuFuncGetParamInfo, 12040,                                                                                         \
    (cuda::Function function, std::size_t index, std::size_t* offset, std::size_t* bytes))                             \
  X(cuFuncSetAttribute, 9000, (cuda::Function function, int attribute, int value))                                     \
  X(cuLaunchKernel, 4000,                                                                                              \
    (cuda::Function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,   \
     unsigned block_z, unsigned shared_bytes, cuda::Stream stream, void** parameters, void** extra))                   \
  X(cuStreamCreate, 2000, (cuda::Stream * stream, unsigned flags))                                                     \
  X(cuStreamDestroy, 4000, (cuda::Stream stream))                                                                      \
  X(cuStreamSynchronize, 2000, (cuda::Stream stream))                                                                  \
  X(cuStreamWaitEvent, 3020, (cuda::Stream stream, cuda::Event event, unsigned flags))                                 \
  X(cuEventCreate, 2000, (cuda::Event * event, unsigned flags))                                                        \
  X(cuEventDestroy, 4000, (cuda::Event event))                                                                         \
  X(cuEventRecord, 2000, (cuda::Event event, cuda::Stream stream))                                                     \
  X(cuEventQuery, 2000, (cuda::Event event))                                                                           \
  X(cuEventSynchronize, 2000, (cuda::Event event))                                                                     \
  X(cuEventElapsedTime, 2000, (float* milliseconds, cuda::Event start, cuda::Event end))                               \
  X(cuGraphCreate, 10000, (cuda::Graph * graph, unsigned flags))                                                       \
  X(cuGraphDestroy, 10000, (cuda::Graph graph))                                                                        \
  X(cuGraphAddKernelNode, 12000,                                                                                       \
    (cuda::Node * node, cuda::Graph graph, const cuda::Node* dependencies, std::size_t count,                          \
     const cuda::KernelNode* parameters))                                                                              \
  X(cuStreamBeginCapture, 10010, (cuda::Stream stream, int mode))                                                      \
  X(cuStreamEndCapture, 10000, (cuda::Stream stream, cuda::Graph* graph))                                              \
  X(cuGraphAddChildGraphNode, 10000,                                                                                   \
    (cuda::Node * node, cuda::Graph graph, const cuda::Node* dependencies, std::size_t count, cuda::Graph child))      \
  X(cuGraphExecChildGraphNodeSetParams, 11010, (cuda::Executable executable, cuda::Node node, cuda::Graph child))      \
  X(cuGraphInstantiateWithFlags, 11040, (cuda::Executable * executable, cuda::Graph graph, unsigned long long flags))  \
  X(cuGraphExecKernelNodeSetParams, 12000,                                                                             \
    (cuda::Executable executable, cuda::Node node, const cuda::KernelNode* parameters))                                \
  X(cuGraphUpload, 11010, (cuda::Executable executable, cuda::Stream stream))                                          \
  X(cuGraphLaunch, 10000, (cuda::Executable executable, cuda::Stream stream))                                          \
  X(cuGraphExecDestroy, 10000, (cuda::Executable executable))
