/** What a library of NVIDIA's computes, planned for one shape and ready to be called. */
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "../driver/driver-api.hpp"

namespace convnet {

/** A call that a library answered with an error. */
struct LibraryError : std::runtime_error {
  LibraryError(const std::string& call, int status, const std::string& name)
      : std::runtime_error(call + ": " + name), call(call), status(status), name(name) {}
  std::string call;
  int status;
  std::string name;
};

class LibraryPlan {
 public:
  virtual ~LibraryPlan() = default;
  /**
   * Gives the stream its kernels; also one that is being captured.
   * @param pointers as many as it takes, the last to its workspace
   * @throws LibraryError.
   */
  virtual void call(cuda::Stream stream, const cuda::Address* pointers) = 0;
  /** Pointers that it takes, the one to its workspace among them. */
  virtual std::size_t pointer_count() const = 0;
};

/** Plans by their numbers in commands. */
class LibraryPlans {
 public:
  uint32_t add(std::unique_ptr<LibraryPlan> plan) {
    plans_[next_] = std::move(plan);
    return next_++;
  }
  /** @throws std::out_of_range. */
  LibraryPlan& get(uint32_t number) const { return *plans_.at(number); }
  bool has(uint32_t number) const { return plans_.count(number) > 0; }
  void drop(uint32_t number) { plans_.erase(number); }
  void clear() { plans_.clear(); }

 private:
  std::unordered_map<uint32_t, std::unique_ptr<LibraryPlan>> plans_;
  uint32_t next_ = 0;
};

/** A library's state for one session; it ends with it, behind the plans. */
class LibraryHandle {
 public:
  virtual ~LibraryHandle() = default;
  /** Gives back what the library holds of the device. The session's context is current. */
  virtual void close() noexcept = 0;
};

}  // namespace convnet
