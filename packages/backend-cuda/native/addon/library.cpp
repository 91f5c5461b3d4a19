#include "library.hpp"

#include "loader.hpp"

namespace convnet {

Library::Library(const std::string& path) : handle_(open_library(path)), path_(file_of(handle_, path)) {
  using GetVersion = cuda::Result (*)(int*);
  const auto get_version = reinterpret_cast<GetVersion>(symbol_of(handle_, "cuDriverGetVersion"));
  if (get_version == nullptr || get_version(&version_) != cuda::success) {
    throw std::runtime_error("it has no cuDriverGetVersion, so it is no CUDA driver");
  }
  // Drivers before CUDA 12 do not have it; their version says enough.
  get_address_ = reinterpret_cast<decltype(get_address_)>(symbol_of(handle_, "cuGetProcAddress_v2"));
}

void* Library::find(const char* name, int version) {
  if (get_address_ == nullptr) return nullptr;
  void* found = nullptr;
  return get_address_(name, &found, version, 0, nullptr) == cuda::success ? found : nullptr;
}

DriverError Library::error(const char* call, cuda::Result code) {
  const char *name = nullptr, *text = nullptr;
  if (!cuGetErrorName.exists() || cuGetErrorName(code, &name) != cuda::success) name = nullptr;
  if (!cuGetErrorString.exists() || cuGetErrorString(code, &text) != cuda::success) text = nullptr;
  return {call, code, name != nullptr ? name : "error " + std::to_string(code), text != nullptr ? text : "no description"};
}

}  // namespace convnet
