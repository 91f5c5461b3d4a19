#include "cudnn.hpp"

namespace convnet {

namespace {

/** Elements as the library reads them. */
template <typename Element>
std::vector<Element> elements(const std::vector<double>& values) {
  std::vector<Element> result;
  for (const double value : values) result.push_back(static_cast<Element>(value));
  return result;
}

/** Pointers: one for each id, then the workspace. */
class GraphPlan : public LibraryPlan {
 public:
  GraphPlan(std::shared_ptr<Cudnn> dnn, cudnn::Descriptor plan, std::vector<int64_t> ids)
      : dnn_(std::move(dnn)), plan_(plan), ids_(std::move(ids)) {}

  ~GraphPlan() override {
    try {
      dnn_->cudnnBackendDestroyDescriptor(plan_);
    } catch (const std::exception&) {
      // A symbol that is missing.
    }
  }

  std::size_t pointer_count() const override { return ids_.size() + 1; }

  void call(cuda::Stream stream, const cuda::Address* pointers) override {
    if (dnn_->stream != stream) {
      dnn_->require("cudnnSetStream", dnn_->cudnnSetStream(dnn_->handle, stream));
      dnn_->stream = stream;
    }
    const auto count = static_cast<int64_t>(ids_.size());
    cudnn::Descriptor pack = nullptr;
    dnn_->require("cudnnBackendCreateDescriptor", dnn_->cudnnBackendCreateDescriptor(cudnn::variant_pack, &pack));
    try {
      const auto set = [&](int attribute, int type, int64_t number, const void* values) {
        dnn_->require("cudnnBackendSetAttribute", dnn_->cudnnBackendSetAttribute(pack, attribute, type, number, values));
      };
      set(cudnn::pack_ids, cudnn::int64_type, count, ids_.data());
      set(cudnn::pack_pointers, cudnn::pointer_type, count, pointers);
      set(cudnn::pack_workspace, cudnn::pointer_type, 1, pointers + count);
      dnn_->require("cudnnBackendFinalize", dnn_->cudnnBackendFinalize(pack));
      dnn_->require("cudnnBackendExecute", dnn_->cudnnBackendExecute(dnn_->handle, plan_, pack));
    } catch (...) {
      dnn_->cudnnBackendDestroyDescriptor(pack);
      throw;
    }
    dnn_->cudnnBackendDestroyDescriptor(pack);
  }

 private:
  std::shared_ptr<Cudnn> dnn_;
  cudnn::Descriptor plan_;
  std::vector<int64_t> ids_;
};

}  // namespace

Cudnn::Cudnn(std::shared_ptr<SharedLibrary> opened, bool has_device) : library(std::move(opened)) {
  if (has_device) require("cudnnCreate", cudnnCreate(&handle));
}

Cudnn::~Cudnn() {
  while (!descriptors_.empty()) destroy(descriptors_.begin()->first);
}

void Cudnn::close() noexcept {
  while (!descriptors_.empty()) destroy(descriptors_.begin()->first);
  try {
    if (handle != nullptr) cudnnDestroy(handle);
  } catch (const std::exception&) {
    // A symbol that is missing: what it would have given back goes with the process.
  }
  handle = nullptr;
}

void Cudnn::require(const char* call, cudnn::Status status) {
  if (status == cudnn::success) return;
  std::string name = cudnnGetErrorString.exists() ? cudnnGetErrorString(status) : "error " + std::to_string(status);
  char text[512] = "";
  if (cudnnGetLastErrorString.exists()) cudnnGetLastErrorString(text, sizeof text);
  if (*text != '\0') name += std::string(" (") + text + ")";
  throw LibraryError(call, status, name);
}

uint32_t Cudnn::create(int type) {
  cudnn::Descriptor made = nullptr;
  require("cudnnBackendCreateDescriptor", cudnnBackendCreateDescriptor(type, &made));
  descriptors_[next_] = made;
  return next_++;
}

void Cudnn::destroy(uint32_t descriptor) noexcept {
  const auto found = descriptors_.find(descriptor);
  if (found == descriptors_.end()) return;
  try {
    cudnnBackendDestroyDescriptor(found->second);
  } catch (const std::exception&) {
    // A symbol that is missing.
  }
  descriptors_.erase(found);
}

void Cudnn::finalize(uint32_t descriptor) {
  require("cudnnBackendFinalize", cudnnBackendFinalize(descriptors_.at(descriptor)));
}

void Cudnn::set(uint32_t descriptor, int attribute, int type, const std::vector<double>& values) {
  const auto give = [&](const auto& list) {
    require("cudnnBackendSetAttribute",
            cudnnBackendSetAttribute(descriptors_.at(descriptor), attribute, type, static_cast<int64_t>(list.size()), list.data()));
  };
  switch (type) {
    case cudnn::handle_type: return give(std::vector<cudnn::Handle>{handle});
    case cudnn::boolean_type: return give(elements<char>(values));
    case cudnn::int64_type: return give(elements<int64_t>(values));
    case cudnn::float_type: return give(elements<float>(values));
    case cudnn::double_type: return give(values);
    case cudnn::descriptor_type: {
      std::vector<cudnn::Descriptor> list;
      for (const double value : values) list.push_back(descriptors_.at(static_cast<uint32_t>(value)));
      return give(list);
    }
    default: return give(elements<int32_t>(values));
  }
}

void Cudnn::set_text(uint32_t descriptor, int attribute, const std::string& text) {
  require("cudnnBackendSetAttribute", cudnnBackendSetAttribute(descriptors_.at(descriptor), attribute, cudnn::char_type,
                                                               static_cast<int64_t>(text.size()), text.data()));
}

std::vector<double> Cudnn::get(uint32_t descriptor, int attribute, int type, int64_t most) {
  int64_t count = 0;
  const auto ask = [&](auto list) {
    list.resize(static_cast<std::size_t>(most));
    require("cudnnBackendGetAttribute",
            cudnnBackendGetAttribute(descriptors_.at(descriptor), attribute, type, most, &count, list.data()));
    return std::vector<double>(list.begin(), list.begin() + std::min(count, most));
  };
  return type == cudnn::int64_type ? ask(std::vector<int64_t>()) : ask(std::vector<int32_t>());
}

std::string Cudnn::get_text(uint32_t descriptor, int attribute) {
  const auto from = descriptors_.at(descriptor);
  int64_t count = 0;
  require("cudnnBackendGetAttribute", cudnnBackendGetAttribute(from, attribute, cudnn::char_type, 0, &count, nullptr));
  std::string text(static_cast<std::size_t>(count), '\0');
  require("cudnnBackendGetAttribute", cudnnBackendGetAttribute(from, attribute, cudnn::char_type, count, &count, text.data()));
  // It counts the zero behind it.
  while (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

std::vector<uint32_t> Cudnn::get_descriptors(uint32_t descriptor, int attribute, int type, int64_t most) {
  std::vector<uint32_t> made;
  std::vector<cudnn::Descriptor> list;
  for (int64_t i = 0; i < most; i++) {
    made.push_back(create(type));
    list.push_back(descriptors_.at(made.back()));
  }
  int64_t count = 0;
  const auto status = cudnnBackendGetAttribute(descriptors_.at(descriptor), attribute, cudnn::descriptor_type, most, &count,
                                               list.data());
  const auto kept = status == cudnn::success ? static_cast<std::size_t>(std::min(count, most)) : 0;
  for (std::size_t i = kept; i < made.size(); i++) destroy(made[i]);
  made.resize(kept);
  require("cudnnBackendGetAttribute", status);
  return made;
}

std::unique_ptr<LibraryPlan> Cudnn::plan(uint32_t descriptor, const std::vector<int64_t>& ids) {
  const auto found = descriptors_.at(descriptor);
  descriptors_.erase(descriptor);
  return std::make_unique<GraphPlan>(shared_from_this(), found, ids);
}

}  // namespace convnet
