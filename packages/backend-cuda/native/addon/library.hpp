/** libcuda, opened at run time; each symbol is looked up when it is first used. */
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>

#include "../driver/driver-api.hpp"

namespace convnet {

/** A symbol that the driver does not have. */
struct MissingSymbol : std::runtime_error {
  MissingSymbol(const char* symbol, int version)
      : std::runtime_error(std::string("the driver has no ") + symbol), symbol(symbol), version(version) {}
  std::string symbol;
  /** Of CUDA, in the driver's form: 13000 is 13.0. */
  int version;
};

/** A call that the driver answered with an error. */
struct DriverError : std::runtime_error {
  DriverError(const char* call, cuda::Result code, const std::string& name, const std::string& text)
      : std::runtime_error(std::string(call) + ": " + name + " (" + text + ")"), call(call), code(code), name(name) {}
  std::string call;
  cuda::Result code;
  std::string name;
};

class Library;

template <typename Signature>
class Symbol;

template <typename... Parameters>
class Symbol<cuda::Result(Parameters...)> {
 public:
  Symbol(Library& library, const char* name, int version) : library_(library), name_(name), version_(version) {}

  /** @throws MissingSymbol. */
  cuda::Result operator()(Parameters... parameters) {
    const auto found = found_.load(std::memory_order_relaxed);
    return (found != nullptr ? found : find())(parameters...);
  }

  /** The same. @throws DriverError for anything but success. */
  void require(Parameters... parameters);

  bool exists();
  const char* name() const { return name_; }

 private:
  using Function = cuda::Result (*)(Parameters...);
  Function find();

  Library& library_;
  const char* name_;
  int version_;
  std::atomic<Function> found_{nullptr};
};

class Library {
 public:
  /** @throws std::runtime_error with the words of the loader, or what the file lacks. */
  explicit Library(const std::string& path);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /** As the driver says it: 13000 is 13.0. */
  int version() const { return version_; }
  /** Where it was found. */
  const std::string& path() const { return path_; }

  /** Null where there is none. */
  void* find(const char* name, int version);

  DriverError error(const char* call, cuda::Result code);

#define DECLARE(name, version, parameters) Symbol<cuda::Result parameters> name{*this, #name, version};
  CUDA_SYMBOLS(DECLARE)
#undef DECLARE

 private:
  void* handle_;
  cuda::Result (*get_address_)(const char*, void**, int, unsigned long long, int*);
  int version_ = 0;
  std::string path_;
};

template <typename... Parameters>
typename Symbol<cuda::Result(Parameters...)>::Function Symbol<cuda::Result(Parameters...)>::find() {
  const auto found = reinterpret_cast<Function>(library_.find(name_, version_));
  if (found == nullptr) throw MissingSymbol(name_, version_);
  found_.store(found, std::memory_order_relaxed);
  return found;
}

template <typename... Parameters>
bool Symbol<cuda::Result(Parameters...)>::exists() {
  return found_.load(std::memory_order_relaxed) != nullptr || library_.find(name_, version_) != nullptr;
}

template <typename... Parameters>
void Symbol<cuda::Result(Parameters...)>::require(Parameters... parameters) {
  const auto result = (*this)(parameters...);
  if (result != cuda::success) throw library_.error(name_, result);
}

}  // namespace convnet
