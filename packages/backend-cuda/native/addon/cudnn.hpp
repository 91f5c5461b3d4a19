/** cuDNN's descriptors, of which graphs and plans are made. Which ones is TypeScript's to say (src/libraries/cudnn). */
#pragma once

#include <unordered_map>
#include <vector>

#include "../libraries/cudnn-api.hpp"
#include "library-plan.hpp"
#include "shared-library.hpp"

namespace convnet {

class Cudnn : public LibraryHandle, public std::enable_shared_from_this<Cudnn> {
 public:
  /** @param has_device whether it will run plans, in the current context; else it only makes them. @throws LibraryError. */
  Cudnn(std::shared_ptr<SharedLibrary> library, bool has_device);
  ~Cudnn() override;
  void close() noexcept override;

  /** @return a descriptor's number. @throws LibraryError. */
  uint32_t create(int type);
  void destroy(uint32_t descriptor) noexcept;
  /** @throws LibraryError, for what an engine does not take too. */
  void finalize(uint32_t descriptor);
  /** Elements as numbers, by their type: descriptors by theirs, a handle by none. @throws LibraryError. */
  void set(uint32_t descriptor, int attribute, int type, const std::vector<double>& values);
  void set_text(uint32_t descriptor, int attribute, const std::string& text);
  std::vector<double> get(uint32_t descriptor, int attribute, int type, int64_t most);
  std::string get_text(uint32_t descriptor, int attribute);
  /** Elements that are descriptors, of which new ones are made. */
  std::vector<uint32_t> get_descriptors(uint32_t descriptor, int attribute, int type, int64_t most);

  /** What runs a finished plan, which stays as long. @param ids of tensors, in the order of the pointers */
  std::unique_ptr<LibraryPlan> plan(uint32_t descriptor, const std::vector<int64_t>& ids);

  void require(const char* call, cudnn::Status status);

  std::shared_ptr<SharedLibrary> library;
  cudnn::Handle handle = nullptr;
  /** The one that the handle was given last. */
  cuda::Stream stream = nullptr;

#define DECLARE(name, result, parameters) LibrarySymbol<result parameters> name{*library, #name};
  CUDNN_SYMBOLS(DECLARE)
#undef DECLARE

 private:
  std::unordered_map<uint32_t, cudnn::Descriptor> descriptors_;
  uint32_t next_ = 0;
};

}  // namespace convnet
