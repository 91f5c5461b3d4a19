/** The threads of a grid as the emulated driver runs them: blocks in turn, the threads of a block as fibers where they wait. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace emulator {

struct Dim3 {
  unsigned x, y, z;
};

/** What modules take of the driver that are compiled while it runs; to the driver itself they are as near as what is hidden. */
#ifdef COMPILED_MODULE
#define FOR_MODULES __attribute__((visibility("default")))
#else
#define FOR_MODULES __attribute__((visibility("protected")))
#endif

/** Where the running thread is. */
FOR_MODULES extern Dim3 threadIdx, blockIdx, blockDim, gridDim;

enum class Threads {
  /** They never wait for each other. */
  plain,
  barriers,
};

/** A kernel that was compiled in; it stands in the list of all from its construction. */
struct Kernel {
  const char* name;
  /** The source that defines it. */
  const char* file;
  std::size_t parameter_bytes;
  Threads threads;
  unsigned most_threads;
  void (*body)(const void* parameters);
  const Kernel* next;

  FOR_MODULES Kernel(const char* name, const char* file, std::size_t parameter_bytes, Threads threads, unsigned most_threads,
         void (*body)(const void*));
};

/** The kernel of a name, or null. */
const Kernel* find_kernel(const char* name);

/** All kernels, linked by `next`. */
__attribute__((visibility("default"))) const Kernel* first_kernel();

/**
 * Runs a grid to its end.
 * @return null, or what its threads did that a GPU would not survive: a text that stays until the next call.
 */
const char* run_grid(const Kernel& kernel, Dim3 grid, Dim3 block, unsigned shared_bytes, const void* parameters);

// ---- For the running thread

/** Its number in its warp. */
int lane();

/** Waits for all threads of the block. @return the sum of what they brought along. */
int sync_threads(int brought);

/** What a lane hands to the others of its warp. */
struct alignas(16) Slot {
  unsigned char bytes[64];
};

/** Waits for the lanes of `mask`. @return what each has brought, by its lane; valid until the next meeting of this thread. */
const Slot* meet(unsigned mask, const void* brought, std::size_t bytes);

/** The shared memory that the launch has sized, aligned to 16. */
void* dynamic_shared();

void copy_later(void* shared, const void* global, unsigned bytes, bool present);
void commit_copies();
void wait_copies(int pending);

uint16_t half_bits(float x);
float half_value(uint16_t bits);
uint32_t round_to_tf32(float x);
void multiply_add_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

}  // namespace emulator
