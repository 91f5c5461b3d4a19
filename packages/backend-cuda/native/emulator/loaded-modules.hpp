/** Modules that were compiled while the process runs: shared libraries, whose kernels join the list of all when they are opened. */
#pragma once

namespace emulator {

/** Opens what the emulated NVRTC made: the library itself, or the text that names it. @return whether it is one and opens. */
bool open_compiled_module(const void* image);

}  // namespace emulator
