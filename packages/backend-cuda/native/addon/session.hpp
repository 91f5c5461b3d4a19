/** One device as one user of it sees it: a stream, modules, memory, graphs, and marks in the stream. */
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "commands.hpp"

namespace convnet {

/** A recorded step, ready to be launched whole. */
struct StepGraph {
  cuda::Graph graph = nullptr;
  cuda::Executable executable = nullptr;
  std::vector<cuda::Node> nodes;
};

class Session {
 public:
  /** @throws DriverError. */
  Session(std::shared_ptr<Library> library, int index);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Library& library() { return *library_; }
  /** Makes its context the one of the running thread. @throws std::logic_error when it is closed, or in a forked process. */
  void enter();

  uint32_t load_module(const void* image);
  /** @return its number in commands. */
  uint32_t load_function(uint32_t module, const std::string& name);
  /** Bytes of its parameters; 0 where the driver does not say. */
  std::size_t parameter_bytes(uint32_t function);

  /** @return 0 where there is no room. */
  cuda::Address allocate(std::size_t bytes);
  void release(cuda::Address address);
  /** Memory of the host that the device reaches by itself. @return null where there is no room. */
  void* allocate_pinned(std::size_t bytes);
  void release_pinned(void* memory);

  void submit(const uint32_t* at, const uint32_t* end);
  /** Runs commands several times, each time behind all before. @return milliseconds that the device took for each. */
  std::vector<float> time(const uint32_t* at, const uint32_t* end, int rounds);

  /** Plans of libraries, which end with the session. */
  LibraryPlans& plans() { return plans_; }
  /** Keeps a library's handle for as long as the session, which closes it. */
  void keep(std::shared_ptr<LibraryHandle> handle) { handles_.push_back(std::move(handle)); }

  /** Copies from another device, behind what both were given; what the other is given later waits for it. */
  void copy_from(Session& other, cuda::Address to, cuda::Address from, std::size_t bytes);

  /** Marks the place in the stream that has been reached by now. */
  uint32_t mark();
  /** Whether the device has come to a mark, which ends with it. */
  bool has_passed(uint32_t mark);
  /** Waits for it, and ends it. */
  void wait(uint32_t mark);
  /** The event of a mark, for another thread that waits for it; `end_mark` behind it. */
  cuda::Event event_of(uint32_t mark) { return marks_.at(mark); }
  /** Waits on another thread than the session's own. @throws std::logic_error when it is closed. */
  cuda::Result wait_aside(cuda::Event event);
  void end_mark(uint32_t mark);

  uint32_t make_graph(const uint32_t* at, const uint32_t* end);
  /** Gives some of its launches new numbers: one command for each of the nodes. */
  void update_graph(uint32_t graph, const uint32_t* nodes, std::size_t count, const uint32_t* at, const uint32_t* end);
  void launch_graph(uint32_t graph);
  void destroy_graph(uint32_t graph);

  /** Gives all back, once the device is done. Never throws: a device that is gone has nothing to give. */
  void close() noexcept;
  bool is_open() const { return is_open_; }

 private:
  cuda::Event take_event();
  /** What a library gives a stream for a call, as a graph. The caller destroys it. */
  cuda::Graph capture(CallCommand& command);

  std::shared_ptr<Library> library_;
  cuda::Device device_ = 0;
  cuda::Context context_ = nullptr;
  cuda::Stream stream_ = nullptr;
  /** Takes what libraries would run, while it is captured; made when it is first needed. */
  cuda::Stream capture_stream_ = nullptr;
  std::atomic<bool> is_open_{false};
  /** Threads that wait hold it together; closing takes it alone. */
  std::shared_mutex waiting_;
  std::vector<cuda::Module> modules_;
  std::vector<LoadedFunction> functions_;
  std::deque<std::string> names_;
  LibraryPlans plans_;
  std::vector<std::shared_ptr<LibraryHandle>> handles_;
  std::unordered_set<cuda::Address> memory_;
  std::unordered_set<void*> pinned_;
  std::vector<cuda::Event> free_events_;
  std::unordered_map<uint32_t, cuda::Event> marks_;
  std::unordered_map<uint32_t, StepGraph> graphs_;
  uint32_t next_mark_ = 0, next_graph_ = 0;
};

}  // namespace convnet
