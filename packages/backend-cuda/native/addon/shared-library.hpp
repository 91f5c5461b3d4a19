/**
 * A library of NVIDIA's beside the driver (cuBLASLt, cuDNN, NVRTC), opened at run time where TypeScript has found it
 * (src/addon/find-library.ts); each symbol is looked up when it is first used.
 */
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>

namespace convnet {

/** A symbol that a library does not have. */
struct MissingLibrarySymbol : std::runtime_error {
  MissingLibrarySymbol(const char* symbol, const std::string& library)
      : std::runtime_error(library + " has no " + symbol), symbol(symbol), library(library) {}
  std::string symbol;
  /** Where it was looked for. */
  std::string library;
};

/** Stays open to the end of the process: these libraries keep state of threads, which outlives whoever opened them. */
class SharedLibrary {
 public:
  /** @throws std::runtime_error with the words of the loader. */
  explicit SharedLibrary(const std::string& path);
  SharedLibrary(const SharedLibrary&) = delete;
  SharedLibrary& operator=(const SharedLibrary&) = delete;

  /** Where it was found. */
  const std::string& path() const { return path_; }
  /** Null where there is none. */
  void* find(const char* name) const;

 private:
  void* handle_;
  std::string path_;
};

template <typename Signature>
class LibrarySymbol;

/** A function of a library. */
template <typename Result, typename... Parameters>
class LibrarySymbol<Result(Parameters...)> {
 public:
  LibrarySymbol(const SharedLibrary& library, const char* name) : library_(library), name_(name) {}

  /** @throws MissingLibrarySymbol. */
  Result operator()(Parameters... parameters) const {
    const auto found = found_.load(std::memory_order_relaxed);
    return (found != nullptr ? found : find())(parameters...);
  }

  bool exists() const { return found_.load(std::memory_order_relaxed) != nullptr || library_.find(name_) != nullptr; }
  const char* name() const { return name_; }

 private:
  using Function = Result (*)(Parameters...);

  Function find() const {
    const auto found = reinterpret_cast<Function>(library_.find(name_));
    if (found == nullptr) throw MissingLibrarySymbol(name_, library_.path());
    found_.store(found, std::memory_order_relaxed);
    return found;
  }

  const SharedLibrary& library_;
  const char* name_;
  mutable std::atomic<Function> found_{nullptr};
};

}  // namespace convnet
