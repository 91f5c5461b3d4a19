#include "../portable.cuh"

struct CopyParams {
  const void* from;
  void* to;
  uint32_t bytes_low, bytes_high;
};

/** Bytes to where they do not overlap, 16 at a time where both sides are aligned. */
KERNEL(copy_bytes, CopyParams, plain, 256) {
  const unsigned char* from = static_cast<const unsigned char*>(p.from);
  unsigned char* to = static_cast<unsigned char*>(p.to);
  const int64_t bytes = wide(p.bytes_low, p.bytes_high);
  const bool is_aligned = (reinterpret_cast<uintptr_t>(from) | reinterpret_cast<uintptr_t>(to)) % 16 == 0;
  const int64_t vectors = is_aligned ? bytes / 16 : 0;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) {
    reinterpret_cast<uint4*>(to)[i] = reinterpret_cast<const uint4*>(from)[i];
  }
  for (int64_t i = vectors * 16 + first_element(); i < bytes; i += grid_stride()) to[i] = from[i];
}
