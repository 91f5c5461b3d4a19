/**
 * `libnvrtc` on a host: compiles the same sources with g++ to a shared library, which the emulated driver loads as a module. What was compiled
 * is kept beside this library, with its source, since a suite meets the same kernels over and over.
 *
 * COMPILER and FLAGS say how the kernels beside it were compiled, MODULE_FLAGS what such a source has in addition. A header that all of
 * them include was compiled before, `precompiled.hpp` beside this library.
 */

#include "../../libraries/nvrtc-api.hpp"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "faults.hpp"

using namespace nvrtc;

#define API extern "C" __attribute__((visibility("default")))

namespace nvrtc {

struct ProgramOfNvrtc {
  std::string source, name;
  std::string log, cubin, ptx;
};

}  // namespace nvrtc

namespace {

constexpr int architectures[] = {80, 86, 89, 90, 100, 120};

/** Where this library is. */
std::string own_folder() {
  Dl_info info;
  dladdr(reinterpret_cast<void*>(&own_folder), &info);
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool exists(const std::string& path) { return access(path.c_str(), R_OK) == 0; }

/** FNV-1a. */
std::string hash_of(const std::string& text) {
  uint64_t hash = 14695981039346656037ull;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 1099511628211ull;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

/** Compiles a source to a shared library, or finds it. @return its path; empty where it does not compile, which `log` tells. */
std::string compiled(const std::string& source, std::string& log) {
  const std::string folder = own_folder() + "/compiled", base = folder + "/" + hash_of(source);
  const std::string kept = base + ".so";
  if (exists(kept)) return kept;
  mkdir(folder.c_str(), 0777);
  const std::string draft = base + "." + std::to_string(getpid());
  std::ofstream(draft + ".cu") << source;
  const std::string command = COMPILER " " FLAGS " " MODULE_FLAGS " -include '" + own_folder() + "/precompiled.hpp' -x c++ '" + draft + ".cu' -x none -shared -L'" + own_folder() +
                              "' -l:libcuda-emulated.so -Wl,-rpath,'" + own_folder() + "' -o '" + draft + ".so' 2> '" + draft + ".log'";
  const bool is_done = std::system(command.c_str()) == 0;
  log = contents_of(draft + ".log");
  std::remove((draft + ".log").c_str());
  // They come whole, whoever else compiles the same.
  if (is_done) {
    std::rename((draft + ".cu").c_str(), (base + ".cu").c_str());
    std::rename((draft + ".so").c_str(), kept.c_str());
    return kept;
  }
  std::remove((draft + ".cu").c_str());
  return "";
}

Status refuse(Program program, const std::string& text) {
  emulator::tell("NVRTC", text);
  program->log = "nvrtc: error: " + text + "\n";
  return invalid_option;
}

std::size_t with_zero(const std::string& text) { return text.size() + 1; }

}  // namespace

API Status nvrtcVersion(int* major, int* minor) {
  const auto version = emulator::number_of("EMULATED_LIBRARY_CUDA", 13000);
  *major = static_cast<int>(version / 1000);
  *minor = static_cast<int>(version % 1000 / 10);
  return success;
}

API const char* nvrtcGetErrorString(Status status) {
  switch (status) {
    case success: return "NVRTC_SUCCESS";
    case invalid_option: return "NVRTC_ERROR_INVALID_OPTION";
    case compilation: return "NVRTC_ERROR_COMPILATION";
    default: return "NVRTC_ERROR unknown";
  }
}

API Status nvrtcGetNumSupportedArchs(int* count) { return *count = sizeof architectures / sizeof *architectures, success; }

API Status nvrtcGetSupportedArchs(int* found) {
  for (const int each : architectures) *found++ = each;
  return success;
}

API Status nvrtcCreateProgram(Program* program, const char* source, const char* name, int headers, const char* const*,
                              const char* const*) {
  // The real one has none but its own either.
  if (headers != 0) return invalid_option;
  return *program = new ProgramOfNvrtc{source, name, "", "", ""}, success;
}

API Status nvrtcDestroyProgram(Program* program) {
  delete *program;
  return *program = nullptr, success;
}

API Status nvrtcCompileProgram(Program program, int count, const char* const* options) {
  bool is_real = false, is_known = false, contracts = true;
  for (int i = 0; i < count; i++) {
    const std::string option = options[i];
    const std::string wanted = "--gpu-architecture=";
    if (option.rfind(wanted, 0) == 0) {
      const std::string target = option.substr(wanted.size());
      is_real = target.rfind("sm_", 0) == 0;
      for (const int each : architectures) is_known |= target == (is_real ? "sm_" : "compute_") + std::to_string(each);
    } else if (option == "--fmad=false") {
      contracts = false;
    } else if (option != "--std=c++17" && option != "--disable-warnings") {
      return refuse(program, "unrecognized option " + option);
    }
  }
  if (!is_known) return refuse(program, "invalid value for --gpu-architecture");
  if (contracts) return refuse(program, "products and sums would be contracted, which g++ is told not to do");
  if (emulator::fails_now("nvrtcCompileProgram")) {
    program->log = program->name + "(1): error: asked for by EMULATED_LIBRARY_FAULT\n";
    return compilation;
  }
  const std::string file = compiled(program->source, program->log);
  if (file.empty()) return compilation;
  // The driver is handed the library itself, or, in the place of PTX, which is a text, its name.
  if (is_real) program->cubin = contents_of(file);
  program->ptx = "emulated module in " + file;
  return success;
}

API Status nvrtcGetProgramLogSize(Program program, std::size_t* bytes) { return *bytes = with_zero(program->log), success; }
API Status nvrtcGetProgramLog(Program program, char* log) { return std::memcpy(log, program->log.c_str(), with_zero(program->log)), success; }
API Status nvrtcGetCUBINSize(Program program, std::size_t* bytes) { return *bytes = program->cubin.size(), success; }
API Status nvrtcGetCUBIN(Program program, char* cubin) {
  return std::memcpy(cubin, program->cubin.data(), program->cubin.size()), success;
}
API Status nvrtcGetPTXSize(Program program, std::size_t* bytes) { return *bytes = with_zero(program->ptx), success; }
API Status nvrtcGetPTX(Program program, char* ptx) { return std::memcpy(ptx, program->ptx.c_str(), with_zero(program->ptx)), success; }
