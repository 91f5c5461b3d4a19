#include "commands.hpp"

namespace convnet {

namespace {

constexpr uint32_t launch_kind = 1, copy_kind = 2, call_kind = 3;
constexpr std::ptrdiff_t launch_words = 10, copy_words = 7, call_words = 3;

uint64_t wide(const uint32_t* at) { return at[0] | static_cast<uint64_t>(at[1]) << 32; }

}  // namespace

LaunchCommand::LaunchCommand(const uint32_t*& at, const uint32_t* end, std::vector<LoadedFunction>& functions) {
  if (end - at < launch_words || at[0] != launch_kind || at[1] >= functions.size() ||
      static_cast<uint64_t>(end - at) < launch_words + uint64_t{at[9]}) {
    throw std::out_of_range("a command buffer holds no launch where one should stand");
  }
  function_ = &functions[at[1]];
  grid_ = at + 2;
  block_ = at + 5;
  shared_bytes_ = at[8];
  parameter_bytes_ = std::size_t{at[9]} * 4;
  parameters_ = at + launch_words;
  at += launch_words + at[9];
}

void LaunchCommand::prepare(Library& library) {
  if (shared_bytes_ <= function_->most_shared) return;
  library.cuFuncSetAttribute.require(function_->function, cuda::most_dynamic_shared, static_cast<int>(shared_bytes_));
  function_->most_shared = shared_bytes_;
}

void LaunchCommand::launch(Library& library, cuda::Stream stream) {
  prepare(library);
  void* extra[] = {cuda::parameters_pointer, const_cast<uint32_t*>(parameters_), cuda::parameters_size, &parameter_bytes_,
                   cuda::parameters_end};
  const auto result =
      library.cuLaunchKernel(function_->function, grid_[0], grid_[1], grid_[2], block_[0], block_[1], block_[2], shared_bytes_,
                             stream, nullptr, extra);
  if (result != cuda::success) throw library.error((std::string("cuLaunchKernel of ") + function_->name).c_str(), result);
}

bool CallCommand::stands_at(const uint32_t* at) { return *at == call_kind; }

CallCommand::CallCommand(const uint32_t*& at, const uint32_t* end, const LibraryPlans& plans) {
  if (end - at < call_words || !stands_at(at) || !plans.has(at[1]) || plans.get(at[1]).pointer_count() != at[2] ||
      end - at < call_words + 2 * static_cast<std::ptrdiff_t>(at[2])) {
    throw std::out_of_range("a command buffer holds no call of a library where one should stand");
  }
  plan_ = &plans.get(at[1]);
  for (uint32_t i = 0; i < at[2]; i++) pointers_.push_back(wide(at + call_words + 2 * i));
  at += call_words + 2 * at[2];
}

void walk(Library& library, cuda::Stream stream, std::vector<LoadedFunction>& functions, const LibraryPlans& plans,
          const uint32_t* at, const uint32_t* end) {
  while (at < end) {
    if (*at == copy_kind && end - at >= copy_words) {
      library.cuMemcpyAsync.require(wide(at + 1), wide(at + 3), wide(at + 5), stream);
      at += copy_words;
    } else if (CallCommand::stands_at(at)) {
      CallCommand(at, end, plans).call(stream);
    } else {
      LaunchCommand(at, end, functions).launch(library, stream);
    }
  }
}

}  // namespace convnet
