#include "session.hpp"

#ifndef _WIN32
#include <pthread.h>
#endif

#include <atomic>
#include <mutex>

namespace convnet {

namespace {

/** Set in the child of a fork, where the driver's state is of no use. */
std::atomic<bool> is_forked{false};

void watch_forks() {
#ifndef _WIN32
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, [] { is_forked = true; }); });
#endif
}

}  // namespace

Session::Session(std::shared_ptr<Library> library, int index) : library_(std::move(library)) {
  watch_forks();
  library_->cuDeviceGet.require(&device_, index);
  library_->cuDevicePrimaryCtxRetain.require(&context_, device_);
  is_open_ = true;
  try {
    enter();
    library_->cuStreamCreate.require(&stream_, cuda::non_blocking);
  } catch (...) {
    close();
    throw;
  }
}

Session::~Session() { close(); }

void Session::enter() {
  if (is_forked) throw std::logic_error("forked");
  if (!is_open_) throw std::logic_error("closed");
  library_->cuCtxSetCurrent.require(context_);
}

uint32_t Session::load_module(const void* image) {
  enter();
  cuda::Module module;
  library_->cuModuleLoadData.require(&module, image);
  modules_.push_back(module);
  return static_cast<uint32_t>(modules_.size() - 1);
}

uint32_t Session::load_function(uint32_t module, const std::string& name) {
  enter();
  cuda::Function function;
  library_->cuModuleGetFunction.require(&function, modules_.at(module), name.c_str());
  functions_.push_back({function, 48 * 1024, names_.emplace_back(name).c_str()});
  return static_cast<uint32_t>(functions_.size() - 1);
}

std::size_t Session::parameter_bytes(uint32_t function) {
  enter();
  std::size_t offset = 0, bytes = 0;
  if (!library_->cuFuncGetParamInfo.exists()) return 0;
  library_->cuFuncGetParamInfo.require(functions_.at(function).function, 0, &offset, &bytes);
  return bytes;
}

cuda::Address Session::allocate(std::size_t bytes) {
  enter();
  cuda::Address address = 0;
  const auto result = library_->cuMemAlloc(&address, bytes);
  if (result == cuda::out_of_memory) return 0;
  if (result != cuda::success) throw library_->error("cuMemAlloc", result);
  memory_.insert(address);
  return address;
}

void Session::release(cuda::Address address) {
  enter();
  memory_.erase(address);
  library_->cuMemFree.require(address);
}

void* Session::allocate_pinned(std::size_t bytes) {
  enter();
  void* memory = nullptr;
  const auto result = library_->cuMemHostAlloc(&memory, bytes, 0);
  if (result == cuda::out_of_memory) return nullptr;
  if (result != cuda::success) throw library_->error("cuMemHostAlloc", result);
  pinned_.insert(memory);
  return memory;
}

void Session::release_pinned(void* memory) {
  enter();
  pinned_.erase(memory);
  library_->cuMemFreeHost.require(memory);
}

void Session::submit(const uint32_t* at, const uint32_t* end) {
  enter();
  walk(*library_, stream_, functions_, plans_, at, end);
}

std::vector<float> Session::time(const uint32_t* at, const uint32_t* end, int rounds) {
  enter();
  cuda::Event start = nullptr, stop = nullptr;
  std::vector<float> taken;
  const auto destroy = [&] {
    if (start != nullptr) library_->cuEventDestroy(start);
    if (stop != nullptr) library_->cuEventDestroy(stop);
  };
  try {
    library_->cuEventCreate.require(&start, 0);
    library_->cuEventCreate.require(&stop, 0);
    for (int round = 0; round < rounds; round++) {
      library_->cuEventRecord.require(start, stream_);
      walk(*library_, stream_, functions_, plans_, at, end);
      library_->cuEventRecord.require(stop, stream_);
      library_->cuEventSynchronize.require(stop);
      library_->cuEventElapsedTime.require(&taken.emplace_back(), start, stop);
    }
  } catch (...) {
    destroy();
    throw;
  }
  destroy();
  return taken;
}

void Session::copy_from(Session& other, cuda::Address to, cuda::Address from, std::size_t bytes) {
  other.enter();
  const cuda::Event written = other.take_event();
  library_->cuEventRecord.require(written, other.stream_);
  enter();
  library_->cuStreamWaitEvent.require(stream_, written, 0);
  library_->cuMemcpyPeerAsync.require(to, context_, from, other.context_, bytes, stream_);
  const cuda::Event read = take_event();
  library_->cuEventRecord.require(read, stream_);
  other.enter();
  library_->cuStreamWaitEvent.require(other.stream_, read, 0);
  // A wait is for what was recorded when it was asked for: the events may serve others at once.
  other.free_events_.push_back(written);
  free_events_.push_back(read);
}

cuda::Event Session::take_event() {
  if (!free_events_.empty()) {
    const cuda::Event event = free_events_.back();
    free_events_.pop_back();
    return event;
  }
  cuda::Event event;
  library_->cuEventCreate.require(&event, cuda::blocking_sync | cuda::disable_timing);
  return event;
}

uint32_t Session::mark() {
  enter();
  const cuda::Event event = take_event();
  library_->cuEventRecord.require(event, stream_);
  const uint32_t number = next_mark_++;
  marks_[number] = event;
  return number;
}

bool Session::has_passed(uint32_t mark) {
  enter();
  const auto result = library_->cuEventQuery(marks_.at(mark));
  if (result == cuda::not_ready) return false;
  end_mark(mark);
  if (result != cuda::success) throw library_->error("cuEventQuery", result);
  return true;
}

void Session::wait(uint32_t mark) {
  enter();
  const auto result = library_->cuEventSynchronize(marks_.at(mark));
  end_mark(mark);
  if (result != cuda::success) throw library_->error("cuEventSynchronize", result);
}

cuda::Result Session::wait_aside(cuda::Event event) {
  const std::shared_lock lock(waiting_);
  if (!is_open_) throw std::logic_error("closed");
  library_->cuCtxSetCurrent.require(context_);
  return library_->cuEventSynchronize(event);
}

void Session::end_mark(uint32_t mark) {
  const auto found = marks_.find(mark);
  if (found == marks_.end()) return;
  free_events_.push_back(found->second);
  marks_.erase(found);
}

cuda::Graph Session::capture(CallCommand& command) {
  if (capture_stream_ == nullptr) library_->cuStreamCreate.require(&capture_stream_, cuda::non_blocking);
  library_->cuStreamBeginCapture.require(capture_stream_, cuda::relaxed_capture);
  cuda::Graph graph = nullptr;
  try {
    command.call(capture_stream_);
  } catch (...) {
    library_->cuStreamEndCapture(capture_stream_, &graph);
    if (graph != nullptr) library_->cuGraphDestroy(graph);
    throw;
  }
  library_->cuStreamEndCapture.require(capture_stream_, &graph);
  return graph;
}

uint32_t Session::make_graph(const uint32_t* at, const uint32_t* end) {
  enter();
  const uint32_t number = next_graph_++;
  StepGraph& step = graphs_[number];
  try {
    library_->cuGraphCreate.require(&step.graph, 0);
    while (at < end) {
      cuda::Node node = nullptr;
      const auto* before = step.nodes.empty() ? nullptr : &step.nodes.back();
      const std::size_t count = before == nullptr ? 0 : 1;
      if (CallCommand::stands_at(at)) {
        CallCommand command(at, end, plans_);
        const cuda::Graph child = capture(command);
        const auto result = library_->cuGraphAddChildGraphNode(&node, step.graph, before, count, child);
        // The node has a copy.
        library_->cuGraphDestroy(child);
        if (result != cuda::success) throw library_->error("cuGraphAddChildGraphNode", result);
      } else {
        LaunchCommand command(at, end, functions_);
        command.prepare(*library_);
        command.as_node([&](const cuda::KernelNode& parameters) {
          library_->cuGraphAddKernelNode.require(&node, step.graph, before, count, &parameters);
        });
      }
      step.nodes.push_back(node);
    }
    library_->cuGraphInstantiateWithFlags.require(&step.executable, step.graph, 0);
    library_->cuGraphUpload.require(step.executable, stream_);
  } catch (...) {
    destroy_graph(number);
    throw;
  }
  return number;
}

void Session::update_graph(uint32_t graph, const uint32_t* nodes, std::size_t count, const uint32_t* at, const uint32_t* end) {
  enter();
  const StepGraph& step = graphs_.at(graph);
  for (std::size_t i = 0; i < count; i++) {
    if (CallCommand::stands_at(at)) {
      CallCommand command(at, end, plans_);
      const cuda::Graph child = capture(command);
      const auto result = library_->cuGraphExecChildGraphNodeSetParams(step.executable, step.nodes.at(nodes[i]), child);
      library_->cuGraphDestroy(child);
      if (result != cuda::success) throw library_->error("cuGraphExecChildGraphNodeSetParams", result);
      continue;
    }
    LaunchCommand(at, end, functions_).as_node([&](const cuda::KernelNode& parameters) {
      library_->cuGraphExecKernelNodeSetParams.require(step.executable, step.nodes.at(nodes[i]), &parameters);
    });
  }
}

void Session::launch_graph(uint32_t graph) {
  enter();
  library_->cuGraphLaunch.require(graphs_.at(graph).executable, stream_);
}

void Session::destroy_graph(uint32_t graph) {
  enter();
  const auto found = graphs_.find(graph);
  if (found == graphs_.end()) return;
  if (found->second.executable != nullptr) library_->cuGraphExecDestroy(found->second.executable);
  if (found->second.graph != nullptr) library_->cuGraphDestroy(found->second.graph);
  graphs_.erase(found);
}

void Session::close() noexcept {
  if (!is_open_) return;
  is_open_ = false;
  // The process has no driver any more.
  if (is_forked) return;
  try {
    library_->cuCtxSetCurrent(context_);
    if (stream_ != nullptr) library_->cuStreamSynchronize(stream_);
    // Threads that wait for marks have come to their end, too.
    const std::unique_lock lock(waiting_);
    for (auto& [number, step] : graphs_) {
      if (step.executable != nullptr) library_->cuGraphExecDestroy(step.executable);
      if (step.graph != nullptr) library_->cuGraphDestroy(step.graph);
    }
    plans_.clear();
    for (const auto& handle : handles_) handle->close();
    handles_.clear();
    if (capture_stream_ != nullptr) library_->cuStreamDestroy(capture_stream_);
    for (auto& [number, event] : marks_) library_->cuEventDestroy(event);
    for (const auto event : free_events_) library_->cuEventDestroy(event);
    for (const auto address : memory_) library_->cuMemFree(address);
    for (const auto memory : pinned_) library_->cuMemFreeHost(memory);
    for (const auto module : modules_) library_->cuModuleUnload(module);
    if (stream_ != nullptr) library_->cuStreamDestroy(stream_);
    library_->cuCtxSetCurrent(nullptr);
    library_->cuDevicePrimaryCtxRelease(device_);
  } catch (const std::exception&) {
    // A symbol that is missing: what it would have given back goes with the process.
  }
}

}  // namespace convnet
