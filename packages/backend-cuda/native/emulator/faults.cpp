#include "faults.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>

namespace emulator {

namespace {

long long number(const char* name, long long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::atoll(text);
}

/** The fault that is asked for, and how often its point was passed since. */
struct Asked {
  std::string text, kind;
  long long at = 0, passed = 0;
};

std::mutex mutex;
Asked asked;

}  // namespace

int driver_version() { return static_cast<int>(number("EMULATED_CUDA_VERSION", 13000)); }
int architecture() { return static_cast<int>(number("EMULATED_CUDA_ARCHITECTURE", 90)); }
int device_count() { return static_cast<int>(number("EMULATED_CUDA_DEVICES", 2)); }
std::size_t memory_of_a_device() { return static_cast<std::size_t>(number("EMULATED_CUDA_MEMORY", 8ll << 30)); }

unsigned blocks_at_ends() { return static_cast<unsigned>(number("EMULATED_CUDA_BLOCKS", 0)); }

bool is_absent(const char* symbol) {
  const char* list = std::getenv("EMULATED_CUDA_ABSENT");
  if (list == nullptr) return false;
  return ("," + std::string(list) + ",").find("," + std::string(symbol) + ",") != std::string::npos;
}

cuda::Result fault_now(FaultPoint point) {
  const char* text = std::getenv("EMULATED_CUDA_FAULT");
  const std::lock_guard lock(mutex);
  if (text == nullptr) text = "";
  if (asked.text != text) {
    asked = {text, "", 0, 0};
    if (const char* colon = std::strchr(text, ':')) {
      asked.kind = std::string(text, colon);
      asked.at = std::atoll(colon + 1);
    }
  }
  const bool concerns = point == FaultPoint::allocate ? asked.kind == "allocate"
                        : point == FaultPoint::update ? asked.kind == "update"
                                                      : asked.kind == "launch" || asked.kind == "lost";
  if (!concerns || ++asked.passed != asked.at) return cuda::success;
  if (asked.kind == "allocate") return cuda::out_of_memory;
  if (asked.kind == "update") return cuda::graph_update_failed;
  return asked.kind == "launch" ? cuda::illegal_address : cuda::unknown;
}

void tell(const char* text) {
  if (std::getenv("EMULATED_CUDA_QUIET") == nullptr) std::fprintf(stderr, "emulated driver: %s\n", text);
}

}  // namespace emulator
