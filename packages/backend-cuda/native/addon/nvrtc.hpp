/** Kernels from source by NVRTC. */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../libraries/nvrtc-api.hpp"
#include "library-plan.hpp"
#include "shared-library.hpp"

namespace convnet {

class Nvrtc {
 public:
  explicit Nvrtc(std::shared_ptr<SharedLibrary> opened) : library(std::move(opened)) {}

  /** Those that it compiles for, such as 90, ascending. @throws LibraryError; MissingLibrarySymbol. */
  std::vector<int> architectures();
  /**
   * What a driver loads: a cubin, or PTX where the options name a virtual architecture.
   * @param name of the source, in the log
   * @throws LibraryError with the log; MissingLibrarySymbol.
   */
  std::string compile(const std::string& source, const std::string& name, const std::vector<std::string>& options,
                      bool gives_ptx);

  std::shared_ptr<SharedLibrary> library;

#define DECLARE(name, result, parameters) LibrarySymbol<result parameters> name{*library, #name};
  NVRTC_SYMBOLS(DECLARE)
#undef DECLARE

 private:
  /** @param more what the library says beside the status. */
  void require(const char* call, nvrtc::Status status, const std::string& more = "");
  std::string log(nvrtc::Program program);
};

}  // namespace convnet
