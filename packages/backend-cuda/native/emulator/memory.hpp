/** Memory of an emulated device: pages of the host, each allocation with a page behind it that nobody may touch. */
#pragma once

#include <cstddef>
#include <map>

#include "../driver/driver-api.hpp"

namespace emulator {

struct DeviceMemory {
  /** Bytes that were asked for, by address. */
  std::map<cuda::Address, std::size_t> allocations;
  std::size_t used = 0;
};

/** Filled with NaN. @return false where the device has no room. */
bool allocate(DeviceMemory& memory, std::size_t bytes, cuda::Address* address);
/** @return false for what was not allocated. */
bool release(DeviceMemory& memory, cuda::Address address);
void free_all(DeviceMemory& memory);
std::size_t used_bytes(const DeviceMemory& memory);
/** Whether so many bytes are in one allocation. */
bool lies_in(const DeviceMemory& memory, cuda::Address address, std::size_t bytes);

}  // namespace emulator
