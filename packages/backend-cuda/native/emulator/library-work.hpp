/** What emulated libraries ask of the emulated driver beside the driver API: they run no kernels of their own. */
#pragma once

#include <cstddef>
#include <functional>

#include "../driver/driver-api.hpp"

namespace emulator {

/** Gives a stream what a library computes: it runs when its turn comes, or becomes a node of the graph that is being captured. */
__attribute__((visibility("default"))) cuda::Result give_library_work(cuda::Stream stream, std::function<cuda::Result()> work);

/** Whether so many bytes are in one allocation of a device. */
__attribute__((visibility("default"))) bool is_device_memory(cuda::Address address, std::size_t bytes);

}  // namespace emulator
