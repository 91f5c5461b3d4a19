/** Stacks to switch between: what a barrier needs on a host. */
#pragma once

#include <cstddef>

namespace emulator {

/** A flow of control on a stack of its own, which runs until it switches away. */
struct Fiber {
  /** Where it stands while another runs. */
  void* stack_pointer = nullptr;
};

/** Leaves one flow of control for another, until somebody switches back. */
void switch_fiber(Fiber& from, const Fiber& to);

/** Prepares a fiber to begin with `entry`, which never returns. `stack_end` is behind its highest byte. */
void begin_fiber(Fiber& fiber, void* stack_end, void (*entry)());

/** Memory for `count` stacks of `bytes` each, with a page between them that nobody may touch. Lives as long as the process. */
unsigned char* map_stacks(std::size_t count, std::size_t bytes);

}  // namespace emulator
