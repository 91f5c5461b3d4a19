/**
 * What is used of NVRTC, in words of our own: no header of NVIDIA's is needed to build. `pnpm build:cuda` compares it with `nvrtc.h`
 * (check/nvrtc-api-check.cpp).
 */
#pragma once

#include <cstddef>

namespace nvrtc {

using Status = int;
using Program = struct ProgramOfNvrtc*;

constexpr Status success = 0, invalid_option = 5, compilation = 6;

}  // namespace nvrtc

/** Functions that are resolved: X(name, result, parameters). */
#define NVRTC_SYMBOLS(X)                                                                                               \
  X(nvrtcGetErrorString, const char*, (nvrtc::Status status))                                                          \
  X(nvrtcGetNumSupportedArchs, nvrtc::Status, (int* count))                                                            \
  X(nvrtcGetSupportedArchs, nvrtc::Status, (int* architectures))                                                       \
  X(nvrtcCreateProgram, nvrtc::Status,                                                                                 \
    (nvrtc::Program * program, const char* source, const char* name, int headers, const char* const* header_sources,   \
     const char* const* header_names))                                                                                 \
  X(nvrtcDestroyProgram, nvrtc::Status, (nvrtc::Program * program))                                                    \
  X(nvrtcCompileProgram, nvrtc::Status, (nvrtc::Program program, int count, const char* const* options))               \
  X(nvrtcGetProgramLogSize, nvrtc::Status, (nvrtc::Program program, std::size_t* bytes))                               \
  X(nvrtcGetProgramLog, nvrtc::Status, (nvrtc::Program program, char* log))                                            \
  X(nvrtcGetCUBINSize, nvrtc::Status, (nvrtc::Program program, std::size_t* bytes))                                    \
  X(nvrtcGetCUBIN, nvrtc::Status, (nvrtc::Program program, char* cubin))                                               \
  X(nvrtcGetPTXSize, nvrtc::Status, (nvrtc::Program program, std::size_t* bytes))                                      \
  X(nvrtcGetPTX, nvrtc::Status, (nvrtc::Program program, char* ptx))
