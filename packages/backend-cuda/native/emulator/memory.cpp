#include "memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <mutex>

#include "faults.hpp"

namespace emulator {

namespace {

constexpr std::size_t page = 4096;
/** Only so much is filled: larger allocations would take longer than what is computed with them. */
constexpr std::size_t most_filled = std::size_t{64} << 20;
std::mutex mutex;

std::size_t whole_pages(std::size_t bytes) { return (bytes + page - 1) / page * page; }

}  // namespace

bool allocate(DeviceMemory& memory, std::size_t bytes, cuda::Address* address) {
  const std::size_t taken = whole_pages(bytes);
  const std::lock_guard lock(mutex);
  if (memory.used + taken > memory_of_a_device()) return false;
  void* mapped = mmap(nullptr, taken + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) return false;
  mprotect(static_cast<unsigned char*>(mapped) + taken, page, PROT_NONE);
  // Where not all blocks run, what the others would have written is taken for zero.
  if (blocks_at_ends() == 0) std::fill_n(static_cast<unsigned*>(mapped), std::min(taken, most_filled) / 4, 0x7fff7fffu);
  *address = reinterpret_cast<cuda::Address>(mapped);
  memory.allocations[*address] = taken;
  memory.used += taken;
  return true;
}

bool release(DeviceMemory& memory, cuda::Address address) {
  const std::lock_guard lock(mutex);
  const auto found = memory.allocations.find(address);
  if (found == memory.allocations.end()) return false;
  munmap(reinterpret_cast<void*>(address), found->second + page);
  memory.used -= found->second;
  memory.allocations.erase(found);
  return true;
}

void free_all(DeviceMemory& memory) {
  while (!memory.allocations.empty()) release(memory, memory.allocations.begin()->first);
}

std::size_t used_bytes(const DeviceMemory& memory) {
  const std::lock_guard lock(mutex);
  return memory.used;
}

bool lies_in(const DeviceMemory& memory, cuda::Address address, std::size_t bytes) {
  const std::lock_guard lock(mutex);
  for (const auto& [start, size] : memory.allocations) {
    if (address >= start && address + bytes <= start + size) return true;
  }
  return false;
}

}  // namespace emulator
