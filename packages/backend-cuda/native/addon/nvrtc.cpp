#include "nvrtc.hpp"

namespace convnet {

void Nvrtc::require(const char* call, nvrtc::Status status, const std::string& more) {
  if (status == nvrtc::success) return;
  const std::string name = nvrtcGetErrorString.exists() ? nvrtcGetErrorString(status) : "error " + std::to_string(status);
  throw LibraryError(call, status, more.empty() ? name : name + "\n" + more);
}

std::vector<int> Nvrtc::architectures() {
  int count = 0;
  require("nvrtcGetNumSupportedArchs", nvrtcGetNumSupportedArchs(&count));
  std::vector<int> found(static_cast<std::size_t>(count));
  require("nvrtcGetSupportedArchs", nvrtcGetSupportedArchs(found.data()));
  return found;
}

std::string Nvrtc::log(nvrtc::Program program) {
  std::size_t bytes = 0;
  if (nvrtcGetProgramLogSize(program, &bytes) != nvrtc::success || bytes == 0) return "";
  std::string text(bytes, '\0');
  if (nvrtcGetProgramLog(program, text.data()) != nvrtc::success) return "";
  // It ends with a zero.
  return text.c_str();
}

std::string Nvrtc::compile(const std::string& source, const std::string& name, const std::vector<std::string>& options,
                           bool gives_ptx) {
  nvrtc::Program program = nullptr;
  require("nvrtcCreateProgram", nvrtcCreateProgram(&program, source.c_str(), name.c_str(), 0, nullptr, nullptr));
  std::string image;
  try {
    std::vector<const char*> given;
    for (const auto& option : options) given.push_back(option.c_str());
    const auto status = nvrtcCompileProgram(program, static_cast<int>(given.size()), given.data());
    if (status != nvrtc::success) require("nvrtcCompileProgram", status, log(program));
    std::size_t bytes = 0;
    if (gives_ptx) require("nvrtcGetPTXSize", nvrtcGetPTXSize(program, &bytes));
    else require("nvrtcGetCUBINSize", nvrtcGetCUBINSize(program, &bytes));
    image.resize(bytes);
    if (gives_ptx) require("nvrtcGetPTX", nvrtcGetPTX(program, image.data()));
    else require("nvrtcGetCUBIN", nvrtcGetCUBIN(program, image.data()));
  } catch (...) {
    if (nvrtcDestroyProgram.exists()) nvrtcDestroyProgram(&program);
    throw;
  }
  nvrtcDestroyProgram(&program);
  return image;
}

}  // namespace convnet
