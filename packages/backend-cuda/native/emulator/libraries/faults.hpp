/**
 * What tests make go wrong with emulated libraries, told by the environment:
 * EMULATED_LIBRARY_VERSION  the library's version as it counts itself, default of the newest kind
 * EMULATED_LIBRARY_CUDA     the version of CUDA that it was built for, default 13000
 * EMULATED_LIBRARY_FAULT    `cublasLtMatmul:2`: the second such call from now on fails. Read anew each time: setting it to another
 *                           value starts the count.
 */
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace emulator {

inline std::size_t number_of(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : static_cast<std::size_t>(std::atoll(text));
}

/** Counts one call and says whether it fails. */
inline bool fails_now(const char* call) {
  static std::string asked;
  static long long passed = 0;
  const char* text = std::getenv("EMULATED_LIBRARY_FAULT");
  if (text == nullptr) text = "";
  if (asked != text) asked = text, passed = 0;
  const auto colon = asked.find(':');
  return colon != std::string::npos && asked.compare(0, colon, call) == 0 && ++passed == std::atoll(asked.c_str() + colon + 1);
}

/** Says to standard error what a library was asked for wrongly, unless EMULATED_CUDA_QUIET is set. */
inline void tell(const char* library, const std::string& text) {
  if (std::getenv("EMULATED_CUDA_QUIET") == nullptr) std::fprintf(stderr, "emulated %s: %s\n", library, text.c_str());
}

/** Rounds to ten bits of fraction, halves away from zero. */
inline float to_tf32(float x) {
  if (!std::isfinite(x)) return x;
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  bits = (bits + 0x1000u) & ~0x1fffu;
  std::memcpy(&x, &bits, 4);
  return x;
}

/** A library may write all over its workspace. */
inline void spoil(void* workspace, std::size_t bytes) { std::memset(workspace, 0x7f, bytes); }

}  // namespace emulator
