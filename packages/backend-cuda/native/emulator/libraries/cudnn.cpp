/**
 * `libcudnn` 9 on a host, as far as the addon and src/libraries/cudnn call it: descriptors are checked strictly, graphs computed plainly
 * when the emulated stream comes to them. Its engines stand for the kinds that there are.
 */

#include <cstring>

#include "../library-work.hpp"
#include "cudnn-graph.hpp"
#include "faults.hpp"

using namespace cudnn;
using namespace emulator;

#define API extern "C" __attribute__((visibility("default")))

namespace cudnn {
struct HandleOfCudnn {
  cuda::Stream stream = nullptr;
};
}  // namespace cudnn

namespace {

constexpr Status not_initialized = 1001, bad_param = 2000, not_supported = 3000, execution_failed = 5000;
constexpr int fallback_mode = 2;

/** cudnnBackendNumericalNote_t. */
constexpr int tensor_core = 0, down_converts = 1, nondeterministic = 4, winograd = 5;

struct Engine {
  std::vector<int> notes;
  std::size_t workspace;
  /** Whether it takes a graph after it was proposed for it. */
  bool serves;
};

/** In the order in which they are proposed. */
const Engine engines[] = {
    {{}, 0, false},
    {{nondeterministic}, 0, true},
    {{winograd}, 0, true},
    {{tensor_core, down_converts}, 8192, true},
    {{}, std::size_t{300} << 20, true},
    {{}, 8192, true},
    {{}, 0, true},
};
/** The last is proposed where the others fall away. */
constexpr int64_t last_engine = 6;

thread_local std::string last_error;

Status refuse(Status status, const std::string& text) {
  last_error = text;
  if (status == bad_param) tell("cuDNN", text);
  return status;
}

DescriptorState* state_of(Descriptor descriptor) { return static_cast<DescriptorState*>(descriptor); }
const Body& graph_of(const Body& plan) { return plan.body(plan_config).body(config_engine).body(heuristics_graph); }
int64_t engine_of(const Body& plan) { return plan.body(plan_config).body(config_engine).number(engine_index); }

/** An engine of a graph, as a configuration. */
BodyPointer config_of(const BodyPointer& graph, int64_t index) {
  auto engine = std::make_shared<Body>();
  engine->type = engine_descriptor;
  engine->is_final = true;
  engine->values[engine_index] = {int64_type, {index}, {}, {}, ""};
  engine->values[heuristics_graph] = {descriptor_type, {}, {}, {graph}, ""};
  auto config = std::make_shared<Body>();
  config->type = config_descriptor;
  config->is_final = true;
  config->values[config_engine] = {descriptor_type, {}, {}, {engine}, ""};
  return config;
}

Status give_numbers(const std::vector<int64_t>& from, int64_t most, int64_t* count, void* elements, bool is_wide) {
  *count = static_cast<int64_t>(from.size());
  for (int64_t i = 0; i < std::min(most, *count); i++) {
    if (is_wide) static_cast<int64_t*>(elements)[i] = from[i];
    else static_cast<int32_t*>(elements)[i] = static_cast<int32_t>(from[i]);
  }
  return success;
}

Status give_bodies(const std::vector<BodyPointer>& from, int64_t most, int64_t* count, void* elements) {
  *count = static_cast<int64_t>(from.size());
  for (int64_t i = 0; i < std::min(most, *count); i++) {
    auto* to = static_cast<DescriptorState**>(elements)[i];
    if (to == nullptr || to->body->type != from[i]->type || to->body->is_final) return refuse(bad_param, "a descriptor of another type to fill");
    to->body = from[i];
  }
  return success;
}

}  // namespace

API std::size_t cudnnGetVersion() { return number_of("EMULATED_LIBRARY_VERSION", 92801); }
API std::size_t cudnnGetCudartVersion() { return number_of("EMULATED_LIBRARY_CUDA", 13000); }

API const char* cudnnGetErrorString(Status status) {
  switch (status) {
    case success: return "CUDNN_STATUS_SUCCESS";
    case not_initialized: return "CUDNN_STATUS_NOT_INITIALIZED";
    case bad_param: return "CUDNN_STATUS_BAD_PARAM";
    case not_supported: return "CUDNN_STATUS_NOT_SUPPORTED";
    default: return "CUDNN_STATUS_EXECUTION_FAILED";
  }
}

API void cudnnGetLastErrorString(char* text, std::size_t bytes) {
  std::snprintf(text, bytes, "%s", last_error.c_str());
  last_error.clear();
}

API Status cudnnCreate(Handle* handle) {
  if (fails_now("cudnnCreate")) return not_initialized;
  return *handle = new HandleOfCudnn, success;
}
API Status cudnnDestroy(Handle handle) { return delete handle, success; }
API Status cudnnSetStream(Handle handle, cuda::Stream stream) { return handle->stream = stream, success; }

API Status cudnnBackendCreateDescriptor(int type, Descriptor* descriptor) {
  auto body = std::make_shared<Body>();
  body->type = type;
  return *descriptor = new DescriptorState{body}, success;
}

API Status cudnnBackendDestroyDescriptor(Descriptor descriptor) { return delete state_of(descriptor), success; }

API Status cudnnBackendSetAttribute(Descriptor descriptor, int attribute, int type, int64_t count, const void* elements) {
  const auto wrong = set_attribute(*state_of(descriptor)->body, attribute, type, count, elements);
  return wrong.empty() ? success : refuse(bad_param, wrong);
}

API Status cudnnBackendFinalize(Descriptor descriptor) {
  Body& body = *state_of(descriptor)->body;
  const auto wrong = check_descriptor(body);
  if (!wrong.empty()) return refuse(bad_param, "descriptor " + std::to_string(body.type) + ": " + wrong);
  if (body.type == plan_descriptor) {
    if (fails_now("cudnnBackendFinalize")) return refuse(not_supported, "this engine does not take the graph");
    if (body.has(plan_text)) {
      std::size_t at = 0;
      const auto config = body_of(body.values[plan_text].text, at);
      if (config == nullptr || config->type != config_descriptor) return refuse(bad_param, "a text that is no plan");
      body.values[plan_config] = {descriptor_type, {}, {}, {config}, ""};
    }
    if (!engines[engine_of(body)].serves) return refuse(not_supported, "this engine does not take the graph");
  }
  body.is_final = true;
  return success;
}

API Status cudnnBackendGetAttribute(Descriptor descriptor, int attribute, int type, int64_t most, int64_t* count, void* elements) {
  const Body& body = *state_of(descriptor)->body;
  if (!body.is_final) return refuse(bad_param, "a descriptor that is not finished is asked");
  if (body.type == heuristics_descriptor && attribute == heuristics_results && type == descriptor_type) {
    const auto& graph = body.values.at(heuristics_graph).bodies[0];
    std::vector<BodyPointer> found;
    const bool is_fallback = body.number(heuristics_mode) == fallback_mode;
    for (int64_t i = is_fallback ? last_engine : 0; is_fallback ? i <= last_engine : i < last_engine; i++) found.push_back(config_of(graph, i));
    return give_bodies(found, most, count, elements);
  }
  if (body.type == config_descriptor && attribute == config_engine && type == descriptor_type)
    return give_bodies(body.values.at(config_engine).bodies, most, count, elements);
  if (body.type == engine_descriptor && attribute == engine_notes && type == 11) {
    const auto& notes = engines[body.number(engine_index)].notes;
    return give_numbers({notes.begin(), notes.end()}, most, count, elements, false);
  }
  if (body.type == plan_descriptor && attribute == plan_workspace && type == int64_type)
    return give_numbers({static_cast<int64_t>(engines[engine_of(body)].workspace)}, most, count, elements, true);
  if (body.type == plan_descriptor && attribute == plan_text && type == char_type) {
    const auto text = text_of(body.body(plan_config));
    *count = static_cast<int64_t>(text.size()) + 1;
    if (most > 0) std::memcpy(elements, text.c_str(), static_cast<std::size_t>(std::min(most, *count)));
    return success;
  }
  return refuse(bad_param, "descriptor " + std::to_string(body.type) + " has no attribute " + std::to_string(attribute) + " to tell");
}

API Status cudnnBackendExecute(Handle handle, Descriptor plan, Descriptor pack) {
  if (fails_now("cudnnBackendExecute")) return refuse(execution_failed, "asked for");
  const auto body = state_of(plan)->body;
  const auto given = state_of(pack)->body;
  if (!body->is_final || body->type != plan_descriptor || !given->is_final) return refuse(bad_param, "a plan or pack that is not finished");
  std::map<int64_t, cuda::Address> pointers;
  for (std::size_t i = 0; i < given->numbers(pack_ids).size(); i++) {
    pointers[given->numbers(pack_ids)[i]] = static_cast<cuda::Address>(given->numbers(pack_pointers)[i]);
  }
  const auto tensors = tensors_in_memory(graph_of(*body));
  if (tensors.size() != pointers.size()) return refuse(bad_param, "pointers for other tensors than the graph has");
  for (const auto& [id, tensor] : tensors) {
    const auto found = pointers.find(id);
    if (found == pointers.end()) return refuse(bad_param, "no pointer for tensor " + std::to_string(id));
    if (found->second % static_cast<cuda::Address>(tensor->number(tensor_alignment)) != 0 || !is_device_memory(found->second, span_of(*tensor)))
      return refuse(bad_param, "tensor " + std::to_string(id) + " is not on the device, or not aligned");
  }
  const auto index = engine_of(*body);
  const std::size_t bytes = engines[index].workspace;
  const auto workspace = static_cast<cuda::Address>(given->number(pack_workspace));
  if (bytes > 0 && !is_device_memory(workspace, bytes)) return refuse(bad_param, "a workspace that is not on the device");
  const bool is_tf32 = !engines[index].notes.empty() && engines[index].notes[0] == tensor_core;
  const auto work = [body, pointers, workspace, bytes, is_tf32]() -> cuda::Result {
    if (bytes > 0) spoil(reinterpret_cast<void*>(workspace), bytes);
    run_graph(graph_of(*body), pointers, is_tf32);
    return cuda::success;
  };
  return give_library_work(handle->stream, work) == cuda::success ? success : execution_failed;
}
