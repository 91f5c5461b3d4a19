/**
 * `libcuda` on a host: the names of the driver API over kernels that g++ has compiled. What a stream is given runs when somebody
 * waits or asks for it, so host and device are out of step here as they are on a GPU.
 */

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "faults.hpp"
#include "loaded-modules.hpp"
#include "memory.hpp"
#include "objects.hpp"

using namespace emulator;

#define API extern "C" __attribute__((visibility("default")))

namespace {

struct ErrorName {
  cuda::Result result;
  const char *name, *text;
};

constexpr ErrorName error_names[] = {
    {cuda::success, "CUDA_SUCCESS", "no error"},
    {cuda::invalid_value, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {cuda::out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {cuda::not_initialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {cuda::deinitialized, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {cuda::no_device, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {cuda::invalid_device, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {cuda::invalid_image, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {cuda::invalid_context, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {cuda::invalid_handle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {cuda::not_found, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {cuda::not_ready, "CUDA_ERROR_NOT_READY", "device not ready"},
    {cuda::illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {cuda::launch_failed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {cuda::capture_unsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {cuda::graph_update_failed, "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE", "the graph update was not performed"},
    {cuda::unknown, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

bool is_initialized = false;
/** The process that started the driver. */
pid_t initialized_by = 0;
thread_local DeviceState* current = nullptr;

/** The device whose context is current and what has gone wrong there. */
cuda::Result require_current() {
  if (!is_initialized) return cuda::not_initialized;
  if (current == nullptr) return cuda::invalid_context;
  return current->broken;
}

}  // namespace

API cuda::Result cuInit(unsigned) {
  is_initialized = device_count() > 0;
  initialized_by = getpid();
  return is_initialized ? cuda::success : cuda::no_device;
}

API cuda::Result cuDriverGetVersion(int* version) {
  *version = driver_version();
  return cuda::success;
}

API cuda::Result cuGetErrorName(cuda::Result result, const char** name) {
  for (const auto& error : error_names) {
    if (error.result == result) return *name = error.name, cuda::success;
  }
  return cuda::invalid_value;
}

API cuda::Result cuGetErrorString(cuda::Result result, const char** text) {
  for (const auto& error : error_names) {
    if (error.result == result) return *text = error.text, cuda::success;
  }
  return cuda::invalid_value;
}

API cuda::Result cuDeviceGetCount(int* count) {
  *count = device_count();
  return is_initialized ? cuda::success : cuda::not_initialized;
}

API cuda::Result cuDeviceGet(cuda::Device* device, int index) {
  if (index < 0 || index >= device_count()) return cuda::invalid_device;
  *device = index;
  return cuda::success;
}

API cuda::Result cuDeviceGetName(char* name, int bytes, cuda::Device device) {
  std::snprintf(name, static_cast<std::size_t>(bytes), "Emulated GPU %d", device);
  return cuda::success;
}

API cuda::Result cuDeviceGetAttribute(int* value, int attribute, cuda::Device) {
  switch (attribute) {
    case cuda::multiprocessor_count: *value = 4; break;
    case cuda::compute_major: *value = architecture() / 10; break;
    case cuda::compute_minor: *value = architecture() % 10; break;
    case cuda::most_shared_optin: *value = 227 * 1024; break;
    default: return cuda::invalid_value;
  }
  return cuda::success;
}

API cuda::Result cuDeviceTotalMem(std::size_t* bytes, cuda::Device) {
  *bytes = memory_of_a_device();
  return cuda::success;
}

API cuda::Result cuDeviceCanAccessPeer(int* can, cuda::Device device, cuda::Device peer) {
  *can = device != peer;
  return cuda::success;
}

API cuda::Result cuDevicePrimaryCtxRetain(cuda::Context* context, cuda::Device device) {
  DeviceState& state = device_state(device);
  // A new context begins without what went wrong in the one before.
  if (state.retained++ == 0) state.broken = cuda::success;
  *context = reinterpret_cast<cuda::Context>(&state);
  return cuda::success;
}

API cuda::Result cuDevicePrimaryCtxRelease(cuda::Device device) {
  DeviceState& state = device_state(device);
  if (state.retained == 0) return cuda::invalid_context;
  if (--state.retained == 0) {
    finish_all(state);
    free_all(state.memory);
  }
  return cuda::success;
}

API cuda::Result cuCtxSetCurrent(cuda::Context context) {
  // NVIDIA's driver may hang or end the process here: nothing of it works in a fork.
  if (is_initialized && getpid() != initialized_by) {
    tell("called in a process that was forked from the one that started it");
    std::abort();
  }
  current = reinterpret_cast<DeviceState*>(context);
  return is_initialized ? cuda::success : cuda::not_initialized;
}

API cuda::Result cuMemGetInfo(std::size_t* free, std::size_t* total) {
  if (const auto error = require_current()) return error;
  *total = memory_of_a_device();
  *free = *total - used_bytes(current->memory);
  return cuda::success;
}

API cuda::Result cuMemAlloc_v2(cuda::Address* address, std::size_t bytes) {
  if (const auto error = require_current()) return error;
  if (bytes == 0) return cuda::invalid_value;
  if (fault_now(FaultPoint::allocate)) return cuda::out_of_memory;
  return allocate(current->memory, bytes, address) ? cuda::success : cuda::out_of_memory;
}

API cuda::Result cuMemFree_v2(cuda::Address address) {
  if (const auto error = require_current()) return error;
  finish_all(*current);
  return release(current->memory, address) ? cuda::success : cuda::invalid_value;
}

API cuda::Result cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
  if (const auto error = require_current()) return error;
  *memory = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  return *memory == nullptr ? cuda::out_of_memory : cuda::success;
}

API cuda::Result cuMemFreeHost(void* memory) {
  // Synchronises, as the driver does.
  if (current != nullptr) finish_all(*current);
  std::free(memory);
  return cuda::success;
}

API cuda::Result cuMemcpyAsync(cuda::Address to, cuda::Address from, std::size_t bytes, cuda::Stream stream) {
  if (const auto error = require_current()) return error;
  if (as_stream(stream)->captured != nullptr) return cuda::capture_unsupported;
  enqueue(*as_stream(stream), [=]() -> cuda::Result {
    std::memcpy(reinterpret_cast<void*>(to), reinterpret_cast<const void*>(from), bytes);
    return cuda::success;
  });
  return cuda::success;
}

API cuda::Result cuMemcpyPeerAsync(cuda::Address to, cuda::Context to_context, cuda::Address from, cuda::Context from_context,
                                   std::size_t bytes, cuda::Stream stream) {
  if (to_context == nullptr || from_context == nullptr) return cuda::invalid_context;
  return cuMemcpyAsync(to, from, bytes, stream);
}

API cuda::Result cuModuleLoadData(cuda::Module* module, const void* image) {
  if (const auto error = require_current()) return error;
  const auto text = static_cast<const char*>(image);
  const bool is_built_in = std::strncmp(text, "emulated module of ", 19) == 0;
  if (!is_built_in && !open_compiled_module(image)) return cuda::invalid_image;
  *module = reinterpret_cast<cuda::Module>(new std::string(is_built_in ? text : "compiled module"));
  return cuda::success;
}

API cuda::Result cuModuleUnload(cuda::Module module) {
  delete reinterpret_cast<std::string*>(module);
  return cuda::success;
}

API cuda::Result cuModuleGetFunction(cuda::Function* function, cuda::Module, const char* name) {
  if (const auto error = require_current()) return error;
  const Kernel* kernel = find_kernel(name);
  if (kernel == nullptr) return cuda::not_found;
  *function = reinterpret_cast<cuda::Function>(new FunctionState{kernel, 48 * 1024});
  return cuda::success;
}

API cuda::Result cuFuncGetParamInfo(cuda::Function function, std::size_t index, std::size_t* offset, std::size_t* bytes) {
  if (index > 0) return cuda::invalid_value;
  *offset = 0;
  *bytes = as_function(function)->kernel->parameter_bytes;
  return cuda::success;
}

API cuda::Result cuFuncSetAttribute(cuda::Function function, int attribute, int value) {
  if (attribute != cuda::most_dynamic_shared || value > 227 * 1024) return cuda::invalid_value;
  as_function(function)->most_shared = static_cast<unsigned>(value);
  return cuda::success;
}

API cuda::Result cuLaunchKernel(cuda::Function function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                                unsigned block_y, unsigned block_z, unsigned shared_bytes, cuda::Stream stream,
                                void** parameters, void** extra) {
  if (const auto error = require_current()) return error;
  const cuda::KernelNode node{function, grid_x, grid_y,     grid_z, block_x, block_y, block_z,
                              shared_bytes, parameters, extra,  nullptr, nullptr};
  Launch launch;
  if (const auto error = read_launch(node, launch)) return error;
  enqueue_launch(*current, *as_stream(stream), std::move(launch));
  return cuda::success;
}

API cuda::Result cuStreamCreate(cuda::Stream* stream, unsigned) {
  if (const auto error = require_current()) return error;
  *stream = reinterpret_cast<cuda::Stream>(new_stream(*current));
  return cuda::success;
}

API cuda::Result cuStreamDestroy_v2(cuda::Stream stream) {
  finish(*as_stream(stream));
  delete_stream(as_stream(stream));
  return cuda::success;
}

API cuda::Result cuStreamSynchronize(cuda::Stream stream) {
  if (as_stream(stream)->captured != nullptr) return cuda::capture_unsupported;
  finish(*as_stream(stream));
  return as_stream(stream)->device.broken;
}

API cuda::Result cuStreamWaitEvent(cuda::Stream stream, cuda::Event event, unsigned) {
  EventState* state = as_event(event);
  const unsigned recorded = state->recorded;
  enqueue(*as_stream(stream), [=]() -> cuda::Result { return finish_event(*state, recorded), cuda::success; });
  return cuda::success;
}

API cuda::Result cuEventCreate(cuda::Event* event, unsigned) {
  if (const auto error = require_current()) return error;
  *event = reinterpret_cast<cuda::Event>(new EventState);
  return cuda::success;
}

API cuda::Result cuEventDestroy_v2(cuda::Event event) {
  EventState* state = as_event(event);
  finish_event(*state, state->recorded);
  delete state;
  return cuda::success;
}

API cuda::Result cuEventRecord(cuda::Event event, cuda::Stream stream) {
  return record_event(*as_event(event), *as_stream(stream));
}

API cuda::Result cuEventQuery(cuda::Event event) {
  EventState& state = *as_event(event);
  if (state.stream == nullptr) return cuda::success;
  if (!has_come(state, state.recorded)) {
    // Time passes when somebody asks.
    step(*state.stream);
    if (!has_come(state, state.recorded)) return cuda::not_ready;
  }
  return state.device->broken;
}

API cuda::Result cuEventSynchronize(cuda::Event event) {
  EventState& state = *as_event(event);
  if (state.stream == nullptr) return cuda::success;
  finish_event(state, state.recorded);
  return state.device->broken;
}

API cuda::Result cuEventElapsedTime(float* milliseconds, cuda::Event start, cuda::Event end) {
  *milliseconds = static_cast<float>((as_event(end)->seconds - as_event(start)->seconds) * 1e3);
  return cuda::success;
}

API cuda::Result cuGraphCreate(cuda::Graph* graph, unsigned) {
  *graph = reinterpret_cast<cuda::Graph>(new GraphState);
  return cuda::success;
}

API cuda::Result cuGraphDestroy(cuda::Graph graph) {
  delete reinterpret_cast<GraphState*>(graph);
  return cuda::success;
}

namespace {

/** Nodes run in the order in which they were added: each has to wait for the one before. */
cuda::Result add_node(cuda::Node* node, cuda::Graph graph, const cuda::Node* dependencies, std::size_t count, GraphNode added) {
  auto& nodes = reinterpret_cast<GraphState*>(graph)->nodes;
  const auto previous = reinterpret_cast<cuda::Node>(nodes.size());
  if (!nodes.empty() && (count != 1 || dependencies[0] != previous)) return cuda::invalid_value;
  nodes.push_back(std::move(added));
  *node = reinterpret_cast<cuda::Node>(nodes.size());
  return cuda::success;
}

/** The node of an executable graph; null where there is none. */
GraphNode* node_of(cuda::Executable executable, cuda::Node node) {
  auto& nodes = reinterpret_cast<GraphState*>(executable)->nodes;
  const auto number = reinterpret_cast<std::size_t>(node);
  return number == 0 || number > nodes.size() ? nullptr : &nodes[number - 1];
}

}  // namespace

API cuda::Result cuGraphAddKernelNode_v2(cuda::Node* node, cuda::Graph graph, const cuda::Node* dependencies, std::size_t count,
                                         const cuda::KernelNode* parameters) {
  Launch launch;
  if (const auto error = read_launch(*parameters, launch)) return error;
  return add_node(node, graph, dependencies, count, {std::move(launch), nullptr, nullptr});
}

API cuda::Result cuGraphAddChildGraphNode(cuda::Node* node, cuda::Graph graph, const cuda::Node* dependencies, std::size_t count,
                                          cuda::Graph child) {
  const auto copy = std::make_shared<GraphState>(*reinterpret_cast<GraphState*>(child));
  return add_node(node, graph, dependencies, count, {{}, copy, nullptr});
}

API cuda::Result cuStreamBeginCapture_v2(cuda::Stream stream, int mode) {
  StreamState& state = *as_stream(stream);
  if (state.captured != nullptr || mode != cuda::relaxed_capture) return cuda::invalid_value;
  state.captured = std::make_unique<GraphState>();
  return cuda::success;
}

API cuda::Result cuStreamEndCapture(cuda::Stream stream, cuda::Graph* graph) {
  StreamState& state = *as_stream(stream);
  if (state.captured == nullptr) return cuda::invalid_value;
  *graph = reinterpret_cast<cuda::Graph>(state.captured.release());
  return cuda::success;
}

API cuda::Result cuGraphInstantiateWithFlags(cuda::Executable* executable, cuda::Graph graph, unsigned long long) {
  *executable = reinterpret_cast<cuda::Executable>(new GraphState(*reinterpret_cast<GraphState*>(graph)));
  return cuda::success;
}

API cuda::Result cuGraphExecKernelNodeSetParams_v2(cuda::Executable executable, cuda::Node node,
                                                   const cuda::KernelNode* parameters) {
  GraphNode* found = node_of(executable, node);
  if (found == nullptr || found->launch.kernel == nullptr) return cuda::invalid_handle;
  return read_launch(*parameters, found->launch);
}

API cuda::Result cuGraphExecChildGraphNodeSetParams(cuda::Executable executable, cuda::Node node, cuda::Graph child) {
  GraphNode* found = node_of(executable, node);
  if (found == nullptr || found->child == nullptr) return cuda::invalid_handle;
  const auto& given = *reinterpret_cast<GraphState*>(child);
  if (!is_alike(*found->child, given)) return cuda::graph_update_failed;
  if (const auto fault = fault_now(FaultPoint::update)) return fault;
  // The executable graph has its own copies.
  found->child = std::make_shared<GraphState>(given);
  return cuda::success;
}

API cuda::Result cuGraphUpload(cuda::Executable, cuda::Stream) { return require_current(); }

API cuda::Result cuGraphLaunch(cuda::Executable executable, cuda::Stream stream) {
  if (const auto error = require_current()) return error;
  enqueue_graph(*current, *as_stream(stream), *reinterpret_cast<GraphState*>(executable));
  return cuda::success;
}

API cuda::Result cuGraphExecDestroy(cuda::Executable executable) {
  delete reinterpret_cast<GraphState*>(executable);
  return cuda::success;
}

namespace {

struct Symbol {
  const char* name;
  /** The version of CUDA that has this form of it. */
  int version;
  void* function;
};

#define SAME(name, version) {#name, version, reinterpret_cast<void*>(&name)}
#define FORM(name, version, form) {#name, version, reinterpret_cast<void*>(&form)}

const Symbol symbols[] = {
    SAME(cuInit, 2000),
    SAME(cuDriverGetVersion, 2020),
    SAME(cuGetErrorName, 6000),
    SAME(cuGetErrorString, 6000),
    SAME(cuDeviceGetCount, 2000),
    SAME(cuDeviceGet, 2000),
    SAME(cuDeviceGetName, 2000),
    SAME(cuDeviceGetAttribute, 2000),
    SAME(cuDeviceTotalMem, 3020),
    SAME(cuDeviceCanAccessPeer, 4000),
    SAME(cuDevicePrimaryCtxRetain, 7000),
    SAME(cuDevicePrimaryCtxRelease, 11000),
    SAME(cuCtxSetCurrent, 4000),
    SAME(cuMemGetInfo, 3020),
    FORM(cuMemAlloc, 3020, cuMemAlloc_v2),
    FORM(cuMemFree, 3020, cuMemFree_v2),
    SAME(cuMemHostAlloc, 2020),
    SAME(cuMemFreeHost, 2000),
    SAME(cuMemcpyAsync, 4000),
    SAME(cuMemcpyPeerAsync, 4000),
    SAME(cuModuleLoadData, 2000),
    SAME(cuModuleUnload, 2000),
    SAME(cuModuleGetFunction, 2000),
    SAME(cuFuncGetParamInfo, 12040),
    SAME(cuFuncSetAttribute, 9000),
    SAME(cuLaunchKernel, 4000),
    SAME(cuStreamCreate, 2000),
    FORM(cuStreamDestroy, 4000, cuStreamDestroy_v2),
    SAME(cuStreamSynchronize, 2000),
    SAME(cuStreamWaitEvent, 3020),
    SAME(cuEventCreate, 2000),
    FORM(cuEventDestroy, 4000, cuEventDestroy_v2),
    SAME(cuEventRecord, 2000),
    SAME(cuEventQuery, 2000),
    SAME(cuEventSynchronize, 2000),
    SAME(cuEventElapsedTime, 2000),
    SAME(cuGraphCreate, 10000),
    SAME(cuGraphDestroy, 10000),
    FORM(cuGraphAddKernelNode, 12000, cuGraphAddKernelNode_v2),
    SAME(cuGraphInstantiateWithFlags, 11040),
    FORM(cuGraphExecKernelNodeSetParams, 12000, cuGraphExecKernelNodeSetParams_v2),
    SAME(cuGraphUpload, 11010),
    FORM(cuStreamBeginCapture, 10010, cuStreamBeginCapture_v2),
    SAME(cuStreamEndCapture, 10000),
    SAME(cuGraphAddChildGraphNode, 10000),
    SAME(cuGraphExecChildGraphNodeSetParams, 11010),
    SAME(cuGraphLaunch, 10000),
    SAME(cuGraphExecDestroy, 10000),
};

}  // namespace

API cuda::Result cuGetProcAddress_v2(const char* name, void** function, int version, unsigned long long, int* status) {
  *function = nullptr;
  if (status != nullptr) *status = 1;
  if (is_absent(name) || version > driver_version()) return cuda::not_found;
  for (const auto& symbol : symbols) {
    // A form that came later is not what was asked for.
    if (std::strcmp(symbol.name, name) != 0 || symbol.version > version) continue;
    *function = symbol.function;
    if (status != nullptr) *status = 0;
    return cuda::success;
  }
  return cuda::not_found;
}
