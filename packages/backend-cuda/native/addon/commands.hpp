/**
 * The command buffer: 32-bit words that TypeScript writes (src/commands/encoder.ts) and this walks. A command begins with its kind.
 *
 * launch  1, function, grid x y z, block x y z, shared bytes, number of parameter words, parameter words…
 * copy    2, to, from, bytes: each in two words, the low one first; between device and pinned host memory in any direction
 * call    3, plan of a library, number of pointers, pointers in two words each…
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "library-plan.hpp"
#include "library.hpp"

namespace convnet {

/** A kernel that was loaded. */
struct LoadedFunction {
  cuda::Function function;
  /** Shared memory that its launches may size so far. */
  unsigned most_shared = 48 * 1024;
  const char* name;
};

/** One launch as the driver takes it; it points into the words. */
class LaunchCommand {
 public:
  /** Reads the command at `at` and moves behind it. @throws std::out_of_range for what is no launch of these functions. */
  LaunchCommand(const uint32_t*& at, const uint32_t* end, std::vector<LoadedFunction>& functions);

  /** Lets the function have the shared memory that the launch sizes. */
  void prepare(Library& library);
  void launch(Library& library, cuda::Stream stream);
  /** Hands the launch to `use` as the node of a graph. */
  template <typename Use>
  void as_node(Use use) {
    void* extra[] = {cuda::parameters_pointer, const_cast<uint32_t*>(parameters_), cuda::parameters_size, &parameter_bytes_,
                     cuda::parameters_end};
    const cuda::KernelNode node{function_->function, grid_[0],      grid_[1], grid_[2], block_[0], block_[1], block_[2],
                                shared_bytes_,       nullptr, extra,    nullptr,  nullptr};
    use(node);
  }

 private:
  LoadedFunction* function_;
  const uint32_t* grid_;
  const uint32_t* block_;
  uint32_t shared_bytes_;
  const uint32_t* parameters_;
  std::size_t parameter_bytes_;
};

/** One call of a library. */
class CallCommand {
 public:
  /** Reads the command at `at` and moves behind it. @throws std::out_of_range for what is no call of these plans. */
  CallCommand(const uint32_t*& at, const uint32_t* end, const LibraryPlans& plans);

  /** Whether a call, or a broken one, stands at `at`. */
  static bool stands_at(const uint32_t* at);
  void call(cuda::Stream stream) { plan_->call(stream, pointers_.data()); }

 private:
  LibraryPlan* plan_;
  std::vector<cuda::Address> pointers_;
};

/** Hands the commands to a stream, in order. */
void walk(Library& library, cuda::Stream stream, std::vector<LoadedFunction>& functions, const LibraryPlans& plans,
          const uint32_t* at, const uint32_t* end);

}  // namespace convnet
