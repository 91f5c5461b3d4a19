#include "objects.hpp"

#include <chrono>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "faults.hpp"
#include "library-work.hpp"

namespace emulator {

namespace {

/** Guards what streams hold; and lets one thread of the host run work at a time. */
std::mutex queues;
std::recursive_mutex running;

constexpr int most_devices = 16;
DeviceState devices[most_devices];

// A kernel that touches what is not there ends as on a GPU: the device is broken, the process lives.

thread_local bool is_in_kernel = false;
thread_local sigjmp_buf way_out;
struct sigaction handler_before;

void on_segfault(int signal, siginfo_t* info, void* context) {
  if (is_in_kernel) siglongjmp(way_out, 1);
  // Somebody else's, such as that of WebAssembly.
  if (handler_before.sa_flags & SA_SIGINFO) handler_before.sa_sigaction(signal, info, context);
  else if (handler_before.sa_handler != SIG_DFL && handler_before.sa_handler != SIG_IGN) handler_before.sa_handler(signal);
  else {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

void install_handler() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = on_segfault;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, &handler_before);
  });
}

cuda::Result run_launch(const Launch& launch) {
  install_handler();
  if (sigsetjmp(way_out, 0) != 0) {
    is_in_kernel = false;
    char text[256];
    std::snprintf(text, sizeof text, "kernel %s, block (%u, %u, %u), thread (%u, %u, %u): touches memory that is not there",
                  launch.kernel->name, blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
    tell(text);
    return cuda::illegal_address;
  }
  is_in_kernel = true;
  const char* fault = run_grid(*launch.kernel, launch.grid, launch.block, launch.shared_bytes, launch.parameters.data());
  is_in_kernel = false;
  if (fault == nullptr) return cuda::success;
  tell(fault);
  return cuda::launch_failed;
}

}  // namespace

DeviceState& device_state(cuda::Device device) { return devices[device]; }

StreamState* new_stream(DeviceState& device) {
  const std::lock_guard lock(queues);
  return &device.streams.emplace_back(StreamState{device, {}, nullptr});
}

void delete_stream(StreamState* stream) {
  const std::lock_guard lock(queues);
  stream->device.streams.remove_if([&](const StreamState& each) { return &each == stream; });
}

void enqueue(StreamState& stream, Work work) {
  const std::lock_guard lock(queues);
  stream.pending.push_back(std::move(work));
}

void step(StreamState& stream) {
  const std::lock_guard turn(running);
  Work work;
  {
    const std::lock_guard lock(queues);
    if (stream.pending.empty()) return;
    work = std::move(stream.pending.front());
    stream.pending.pop_front();
  }
  const auto error = work();
  if (error != cuda::success && stream.device.broken == cuda::success) stream.device.broken = error;
}

void finish(StreamState& stream) {
  const std::lock_guard turn(running);
  for (;;) {
    {
      const std::lock_guard lock(queues);
      if (stream.pending.empty()) return;
    }
    step(stream);
  }
}

void finish_all(DeviceState& device) {
  for (StreamState& stream : device.streams) finish(stream);
}

cuda::Result record_event(EventState& event, StreamState& stream) {
  if (stream.device.broken != cuda::success) return stream.device.broken;
  event.stream = &stream;
  event.device = &stream.device;
  const unsigned recorded = ++event.recorded;
  enqueue(stream, [&event, recorded]() -> cuda::Result {
    event.come = recorded;
    event.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    return cuda::success;
  });
  return cuda::success;
}

bool has_come(const EventState& event, unsigned recorded) {
  const std::lock_guard turn(running);
  return static_cast<int>(event.come - recorded) >= 0;
}

void finish_event(EventState& event, unsigned recorded) {
  const std::lock_guard turn(running);
  while (event.stream != nullptr && !has_come(event, recorded)) step(*event.stream);
}

cuda::Result read_launch(const cuda::KernelNode& node, Launch& launch) {
  const FunctionState* function = as_function(node.function);
  const Dim3 grid{node.grid_x, node.grid_y, node.grid_z}, block{node.block_x, node.block_y, node.block_z};
  const auto blocks = static_cast<unsigned long long>(grid.x) * grid.y * grid.z;
  const auto threads = static_cast<unsigned long long>(block.x) * block.y * block.z;
  char text[256];
  const auto refuse = [&](const char* what) {
    std::snprintf(text, sizeof text, "kernel %s is launched with %s: grid (%u, %u, %u), block (%u, %u, %u), %u bytes shared",
                  function->kernel->name, what, grid.x, grid.y, grid.z, block.x, block.y, block.z, node.shared_bytes);
    tell(text);
    return cuda::invalid_value;
  };
  if (blocks == 0 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) return refuse("a grid that no device takes");
  if (threads == 0 || block.z > 64) return refuse("a block that no device takes");
  if (threads > function->kernel->most_threads) return refuse("more threads a block than it is defined for");
  if (node.shared_bytes > function->most_shared) return refuse("more shared memory than was allowed");
  const void* bytes = nullptr;
  std::size_t size = 0;
  for (void** at = node.extra; at != nullptr && *at != cuda::parameters_end; at += 2) {
    if (*at == cuda::parameters_pointer) bytes = at[1];
    if (*at == cuda::parameters_size) size = *static_cast<std::size_t*>(at[1]);
  }
  if (bytes == nullptr || size != function->kernel->parameter_bytes) {
    std::snprintf(text, sizeof text, "kernel %s takes %zu bytes of parameters and is given %zu", function->kernel->name,
                  function->kernel->parameter_bytes, size);
    tell(text);
    return cuda::invalid_value;
  }
  launch.kernel = function->kernel;
  launch.grid = grid;
  launch.block = block;
  launch.shared_bytes = node.shared_bytes;
  launch.parameters.resize((size + 7) / 8);
  std::memcpy(launch.parameters.data(), bytes, size);
  return cuda::success;
}

void enqueue_launch(DeviceState& device, StreamState& stream, Launch launch) {
  if (stream.captured != nullptr) {
    stream.captured->nodes.push_back({std::move(launch), nullptr, nullptr});
    return;
  }
  enqueue(stream, [&device, launch = std::move(launch)]() -> cuda::Result {
    if (device.broken != cuda::success) return device.broken;
    if (const auto fault = fault_now(FaultPoint::launch)) return fault;
    return run_launch(launch);
  });
}

void enqueue_graph(DeviceState& device, StreamState& stream, const GraphState& graph) {
  for (const GraphNode& node : graph.nodes) {
    if (node.child != nullptr) enqueue_graph(device, stream, *node.child);
    else if (node.work != nullptr) enqueue(stream, node.work);
    else enqueue_launch(device, stream, node.launch);
  }
}

bool is_alike(const GraphState& a, const GraphState& b) {
  if (a.nodes.size() != b.nodes.size()) return false;
  for (std::size_t i = 0; i < a.nodes.size(); i++) {
    if ((a.nodes[i].work != nullptr) != (b.nodes[i].work != nullptr)) return false;
    if (a.nodes[i].launch.kernel != b.nodes[i].launch.kernel) return false;
  }
  return true;
}

cuda::Result give_library_work(cuda::Stream stream, Work work) {
  StreamState& state = *as_stream(stream);
  if (state.device.broken != cuda::success) return state.device.broken;
  if (state.captured != nullptr) state.captured->nodes.push_back({{}, nullptr, std::move(work)});
  else enqueue(state, std::move(work));
  return cuda::success;
}

bool is_device_memory(cuda::Address address, std::size_t bytes) {
  for (const DeviceState& device : devices) {
    if (lies_in(device.memory, address, bytes)) return true;
  }
  return false;
}

}  // namespace emulator
