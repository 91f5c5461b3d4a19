/**
 * What tests make go wrong, told by the environment:
 * EMULATED_CUDA_VERSION    version of the driver, default 13000
 * EMULATED_CUDA_ARCHITECTURE of the devices, default 90
 * EMULATED_CUDA_DEVICES    devices, default 2
 * EMULATED_CUDA_MEMORY     bytes of each, default 8 GiB
 * EMULATED_CUDA_BLOCKS     of a grid's axis with more than twice as many blocks only so many at each end run: memory that no block
 *                          touches takes none of the host's, so that kernels are tried at sizes of any GPU. Memory begins as zero then
 * EMULATED_CUDA_ABSENT     names of symbols that it does not have, separated by commas
 * EMULATED_CUDA_FAULT      `allocate:3`: the third allocation from now on fails; `launch:3`: the third launch touches memory that is
 *                          not there; `lost:3`: with the third launch the device is gone. Read anew each time: setting it to
 *                          another value starts the count; `update:3`: the third graph that gets another child does not take it.
 */
#pragma once

#include <cstddef>

#include "../driver/driver-api.hpp"

namespace emulator {

int driver_version();
int architecture();
int device_count();
std::size_t memory_of_a_device();
/** 0: all blocks run. */
unsigned blocks_at_ends();
bool is_absent(const char* symbol);

enum class FaultPoint { allocate, launch, update };

/** Counts one and says what goes wrong with it: 0 for nothing. */
cuda::Result fault_now(FaultPoint point);

/** Says to standard error what kernels did wrong, unless EMULATED_CUDA_QUIET is set. */
void tell(const char* text);

}  // namespace emulator
