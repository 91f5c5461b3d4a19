/** Streams, events, launches and graphs of the emulated driver. */
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "../driver/driver-api.hpp"
#include "memory.hpp"
#include "threads.hpp"

namespace emulator {

struct DeviceState;
struct GraphState;

using Work = std::function<cuda::Result()>;

struct StreamState;

struct EventState {
  StreamState* stream = nullptr;
  DeviceState* device = nullptr;
  /** How often it was recorded, and how often the stream has come to it. */
  unsigned recorded = 0, come = 0;
  double seconds = 0;
};

struct FunctionState {
  const Kernel* kernel;
  unsigned most_shared;
};

struct Launch {
  const Kernel* kernel = nullptr;
  Dim3 grid{}, block{};
  unsigned shared_bytes = 0;
  /** Words of 8 bytes, for alignment. */
  std::vector<unsigned long long> parameters;
};

/** One of: a launch, the nodes of a graph, or what a library runs. */
struct GraphNode {
  Launch launch;
  std::shared_ptr<GraphState> child;
  Work work;
};

struct GraphState {
  std::vector<GraphNode> nodes;
};

/** What was asked for and has not run. */
struct StreamState {
  DeviceState& device;
  std::deque<Work> pending;
  /** Takes what the stream is given, while it is captured. */
  std::unique_ptr<GraphState> captured;
};

struct DeviceState {
  DeviceMemory memory;
  unsigned retained = 0;
  /** What has gone wrong: nothing works from then on. */
  cuda::Result broken = cuda::success;
  std::list<StreamState> streams;
};

inline StreamState* as_stream(cuda::Stream stream) { return reinterpret_cast<StreamState*>(stream); }
inline EventState* as_event(cuda::Event event) { return reinterpret_cast<EventState*>(event); }
inline FunctionState* as_function(cuda::Function function) { return reinterpret_cast<FunctionState*>(function); }

DeviceState& device_state(cuda::Device device);
StreamState* new_stream(DeviceState& device);
void delete_stream(StreamState* stream);

void enqueue(StreamState& stream, Work work);
/** Runs the oldest work. */
void step(StreamState& stream);
/** Runs all. */
void finish(StreamState& stream);
void finish_all(DeviceState& device);

cuda::Result record_event(EventState& event, StreamState& stream);
bool has_come(const EventState& event, unsigned recorded);
void finish_event(EventState& event, unsigned recorded);

/** Checks what a launch is given, and keeps it. */
cuda::Result read_launch(const cuda::KernelNode& node, Launch& launch);
void enqueue_launch(DeviceState& device, StreamState& stream, Launch launch);
/** Gives a stream what a graph holds, in order. */
void enqueue_graph(DeviceState& device, StreamState& stream, const GraphState& graph);
/** Whether two graphs have nodes of the same kinds. */
bool is_alike(const GraphState& a, const GraphState& b);

}  // namespace emulator
