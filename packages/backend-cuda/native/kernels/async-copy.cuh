/** Copies from global into shared memory that run beside the threads: `cp.async` and its groups. */
#pragma once

#include "portable.cuh"

#ifdef __CUDACC__

/** Copies 16 bytes, both sides aligned to 16; zeros where `present` is false, and then nothing is read. */
DEVICE void copy_async_16(void* shared, const void* global, bool present = true) {
  const uint32_t to = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(global), "r"(present ? 16 : 0) : "memory");
}

/** Copies 4 bytes in the same way. */
DEVICE void copy_async_4(void* shared, const void* global, bool present = true) {
  const uint32_t to = static_cast<uint32_t>(__cvta_generic_to_shared(shared));
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(global), "r"(present ? 4 : 0) : "memory");
}

/** Ends the group of the copies that this thread has asked for since the last. */
DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/** Waits until at most `pending` groups of this thread are under way. Other threads see them behind `__syncthreads`. */
template <int pending>
DEVICE void wait_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
}

#else

DEVICE void copy_async_16(void* shared, const void* global, bool present = true) {
  emulator::copy_later(shared, global, 16, present);
}

DEVICE void copy_async_4(void* shared, const void* global, bool present = true) {
  emulator::copy_later(shared, global, 4, present);
}

DEVICE void commit_copies() { emulator::commit_copies(); }

template <int pending>
DEVICE void wait_copies() {
  emulator::wait_copies(pending);
}

#endif
