#include "threads.hpp"

#include <sys/mman.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "faults.hpp"
#include "fibers.hpp"

namespace emulator {

Dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace {

constexpr unsigned most_threads_of_a_block = 1024;
constexpr unsigned warp_size = 32;
constexpr std::size_t stack_bytes = 128 * 1024;
/** Shared memory that a block may have, and what it is filled with: NaN. */
constexpr std::size_t most_shared = 256 * 1024;
constexpr unsigned char unwritten[4] = {0xff, 0x7f, 0xff, 0x7f};

const Kernel* kernels = nullptr;

/** A copy into shared memory that runs beside its thread. */
struct Copy {
  void* to;
  const void* from;
  unsigned bytes;
};

struct Thread {
  Fiber fiber;
  Dim3 index;
  bool is_done;
  /** Where it waits: for this count to go on from `seen`. */
  const unsigned* waits_for;
  unsigned seen;
  std::vector<Copy> copies;
  /** How many copies there were when each open group ended. */
  std::vector<std::size_t> groups;
};

/** Lanes that meet; named by the lowest of them. */
struct Meeting {
  unsigned mask = 0;
  unsigned arrived = 0;
  /** How often all have come. */
  unsigned count = 0;
  /** What they have brought, in turns: who is late still reads what was brought to the meeting before. */
  Slot slots[2][warp_size];
};

struct Warp {
  std::unique_ptr<Meeting> meetings[warp_size];
  unsigned lanes = 0;
};

/** `__syncthreads`. */
struct Barrier {
  unsigned arrived = 0;
  unsigned count = 0;
  int sum = 0;
  int sums[2] = {0, 0};
};

struct Block {
  const Kernel* kernel = nullptr;
  const void* parameters = nullptr;
  unsigned size = 0;
  std::vector<Thread> threads{most_threads_of_a_block};
  Warp warps[most_threads_of_a_block / warp_size];
  Barrier barrier;
  unsigned char* stacks = nullptr;
  unsigned char* shared = nullptr;
  unsigned shared_bytes = 0;
};

Block block;
Fiber scheduler;
/** The thread that runs; null in kernels whose threads never wait. */
Thread* running = nullptr;
char fault[512];
bool has_fault = false;

unsigned number_of(const Thread& thread) { return static_cast<unsigned>(&thread - block.threads.data()); }

template <typename... Arguments>
void report(const char* format, Arguments... arguments) {
  if (has_fault) return;
  has_fault = true;
  const int length = std::snprintf(fault, sizeof fault, "kernel %s, block (%u, %u, %u): ", block.kernel->name, blockIdx.x,
                                   blockIdx.y, blockIdx.z);
  std::snprintf(fault + length, sizeof fault - static_cast<std::size_t>(length), format, arguments...);
}

/** Leaves the running thread for good: what it did cannot go on. */
[[noreturn]] void give_up() {
  running->is_done = true;
  switch_fiber(running->fiber, scheduler);
  std::abort();
}

void wait_for(const unsigned& count, unsigned seen) {
  running->waits_for = &count;
  running->seen = seen;
  switch_fiber(running->fiber, scheduler);
}

void run_copies(Thread& thread, std::size_t count) {
  for (std::size_t i = 0; i < count; i++) {
    const Copy& copy = thread.copies[i];
    if (copy.from == nullptr) std::memset(copy.to, 0, copy.bytes);
    else std::memcpy(copy.to, copy.from, copy.bytes);
  }
  thread.copies.erase(thread.copies.begin(), thread.copies.begin() + static_cast<std::ptrdiff_t>(count));
  for (auto& end : thread.groups) end -= count;
}

void thread_entry() {
  block.kernel->body(block.parameters);
  run_copies(*running, running->copies.size());
  running->groups.clear();
  running->is_done = true;
  switch_fiber(running->fiber, scheduler);
  std::abort();
}

/** Lets a thread run until it waits or ends. */
void resume(Thread& thread) {
  running = &thread;
  threadIdx = thread.index;
  switch_fiber(scheduler, thread.fiber);
  running = nullptr;
}

/** Lets all threads of a warp run until each waits or has ended. @return whether one of them could run. */
bool run_warp(unsigned first, unsigned end) {
  bool any = false;
  for (bool moved = true; moved && !has_fault;) {
    moved = false;
    for (unsigned i = first; i < end && !has_fault; i++) {
      Thread& thread = block.threads[i];
      if (thread.is_done || (thread.waits_for != nullptr && *thread.waits_for == thread.seen)) continue;
      thread.waits_for = nullptr;
      resume(thread);
      moved = any = true;
    }
  }
  return any;
}

void report_stuck() {
  unsigned at_barrier = 0, at_meeting = 0, ended = 0;
  for (unsigned i = 0; i < block.size; i++) {
    const Thread& thread = block.threads[i];
    if (thread.is_done) ended++;
    else if (thread.waits_for == &block.barrier.count) at_barrier++;
    else at_meeting++;
  }
  report("its threads wait for ever: %u of %u at __syncthreads, %u at a shuffle of their warp, %u have ended", at_barrier,
         block.size, at_meeting, ended);
}

void begin_block() {
  if (block.stacks == nullptr) block.stacks = map_stacks(most_threads_of_a_block, stack_bytes);
  block.barrier = {};
  for (unsigned i = 0; i < block.size; i++) {
    Thread& thread = block.threads[i];
    thread.index = {i % blockDim.x, i / blockDim.x % blockDim.y, i / (blockDim.x * blockDim.y)};
    thread.is_done = false;
    thread.waits_for = nullptr;
    thread.copies.clear();
    thread.groups.clear();
    // Stacks begin at different places of their pages: caches keep few lines of the same place.
    unsigned char* end = block.stacks + (i + 1) * stack_bytes - i % 128 * 192;
    begin_fiber(thread.fiber, end, thread_entry);
  }
  for (unsigned warp = 0; warp * warp_size < block.size; warp++) {
    const unsigned lanes = std::min(warp_size, block.size - warp * warp_size);
    block.warps[warp].lanes = lanes == warp_size ? ~0u : (1u << lanes) - 1;
    for (auto& meeting : block.warps[warp].meetings) if (meeting) meeting->arrived = 0;
  }
}

void run_with_barriers() {
  begin_block();
  for (bool moved = true; moved && !has_fault;) {
    moved = false;
    for (unsigned first = 0; first < block.size && !has_fault; first += warp_size) {
      moved = run_warp(first, std::min(first + warp_size, block.size)) || moved;
    }
  }
  if (has_fault) return;
  for (unsigned i = 0; i < block.size; i++) {
    if (!block.threads[i].is_done) return report_stuck();
  }
}

void run_plain() {
  for (unsigned z = 0; z < blockDim.z; z++) {
    for (unsigned y = 0; y < blockDim.y; y++) {
      for (unsigned x = 0; x < blockDim.x; x++) {
        threadIdx = {x, y, z};
        block.kernel->body(block.parameters);
      }
    }
  }
}

/** Shared memory ends where a page begins that nobody may touch. */
void prepare_shared(unsigned bytes) {
  if (block.shared == nullptr) {
    void* memory = mmap(nullptr, most_shared + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    block.shared = static_cast<unsigned char*>(memory);
    mprotect(block.shared + most_shared, 4096, PROT_NONE);
  }
  block.shared_bytes = (bytes + 15) & ~15u;
}

void mark_shared() {
  auto* words = static_cast<unsigned char*>(dynamic_shared());
  for (unsigned i = 0; i < block.shared_bytes; i += 4) std::memcpy(words + i, unwritten, 4);
}

}  // namespace

Kernel::Kernel(const char* name, const char* file, std::size_t parameter_bytes, Threads threads, unsigned most_threads,
               void (*body)(const void*))
    : name(name),
      file(file),
      parameter_bytes(parameter_bytes),
      threads(threads),
      most_threads(most_threads),
      body(body),
      next(kernels) {
  kernels = this;
}

const Kernel* first_kernel() { return kernels; }

const Kernel* find_kernel(const char* name) {
  for (const Kernel* kernel = kernels; kernel != nullptr; kernel = kernel->next) {
    if (std::strcmp(kernel->name, name) == 0) return kernel;
  }
  return nullptr;
}

const char* run_grid(const Kernel& kernel, Dim3 grid, Dim3 threads, unsigned shared_bytes, const void* parameters) {
  block.kernel = &kernel;
  block.parameters = parameters;
  block.size = threads.x * threads.y * threads.z;
  gridDim = grid;
  blockDim = threads;
  has_fault = false;
  // One that was left in the middle stays behind.
  running = nullptr;
  prepare_shared(shared_bytes);
  const unsigned at_ends = blocks_at_ends();
  // Of a long axis only the places at its ends.
  const auto next = [at_ends](unsigned at, unsigned extent) {
    return at_ends > 0 && at + 1 == at_ends && extent > 2 * at_ends ? extent - at_ends : at + 1;
  };
  for (unsigned z = 0; z < grid.z; z = next(z, grid.z)) {
    for (unsigned y = 0; y < grid.y; y = next(y, grid.y)) {
      for (unsigned x = 0; x < grid.x; x = next(x, grid.x)) {
        blockIdx = {x, y, z};
        mark_shared();
        if (kernel.threads == Threads::plain) run_plain();
        else run_with_barriers();
        if (has_fault) return fault;
      }
    }
  }
  return nullptr;
}

int lane() {
  const unsigned number = running != nullptr ? number_of(*running)
                                             : threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
  return static_cast<int>(number % warp_size);
}

int sync_threads(int brought) {
  if (running == nullptr) {
    report("it is defined as plain, but its threads wait for each other");
    return brought;
  }
  Barrier& barrier = block.barrier;
  const unsigned seen = barrier.count;
  barrier.sum += brought;
  if (++barrier.arrived < block.size) {
    wait_for(barrier.count, seen);
  } else {
    barrier.sums[seen % 2] = barrier.sum;
    barrier.arrived = 0;
    barrier.sum = 0;
    barrier.count++;
  }
  return barrier.sums[seen % 2];
}

const Slot* meet(unsigned mask, const void* brought, std::size_t bytes) {
  static Slot none[warp_size];
  if (running == nullptr) {
    report("it is defined as plain, but lanes of a warp meet");
    return none;
  }
  const unsigned number = number_of(*running), own = number % warp_size;
  Warp& warp = block.warps[number / warp_size];
  if ((mask >> own & 1) == 0) {
    report("lane %u meets others by a mask that does not name it: %08x", own, mask);
    give_up();
  }
  auto& found = warp.meetings[std::countr_zero(mask)];
  if (!found) found = std::make_unique<Meeting>();
  Meeting& meeting = *found;
  if (meeting.arrived != 0 && meeting.mask != mask) {
    report("lanes of a warp meet by different masks: %08x and %08x", meeting.mask, mask);
    give_up();
  }
  const unsigned seen = meeting.count;
  Slot* slots = meeting.slots[seen % 2];
  if (bytes > 0) std::memcpy(slots[own].bytes, brought, bytes);
  meeting.mask = mask;
  meeting.arrived |= 1u << own;
  if (meeting.arrived != (mask & warp.lanes)) {
    wait_for(meeting.count, seen);
  } else {
    meeting.arrived = 0;
    meeting.count++;
  }
  return slots;
}

void* dynamic_shared() { return block.shared + most_shared - block.shared_bytes; }

void copy_later(void* shared, const void* global, unsigned bytes, bool present) {
  if (running == nullptr) return report("it is defined as plain, but copies behind the back of its threads");
  if (reinterpret_cast<std::uintptr_t>(shared) % bytes != 0 ||
      (present && reinterpret_cast<std::uintptr_t>(global) % bytes != 0)) {
    report("a copy of %u bytes behind the back is not aligned: from %p to %p", bytes, global, shared);
    give_up();
  }
  running->copies.push_back({shared, present ? global : nullptr, bytes});
}

void commit_copies() {
  if (running != nullptr) running->groups.push_back(running->copies.size());
}

void wait_copies(int pending) {
  if (running == nullptr) return;
  auto& groups = running->groups;
  const auto open = static_cast<std::ptrdiff_t>(groups.size()) - pending;
  if (open <= 0) return;
  const std::size_t count = groups[static_cast<std::size_t>(open) - 1];
  groups.erase(groups.begin(), groups.begin() + open);
  run_copies(*running, count);
}

}  // namespace emulator
