#include "cudnn-descriptors.hpp"

#include <set>

namespace emulator {

namespace {

/** cudnnBackendAttributeType_t, of enumerations that are used. */
constexpr int data_type = 1, convolution_mode_type = 7, heuristics_mode_type = 8, nan_type = 10, pointwise_mode_type = 14;

struct Rule {
  int descriptor, name, type;
  /** At least and at most so many elements. */
  int64_t least, most;
  bool is_required;
};

constexpr int64_t any = 1 << 20;
using namespace cudnn;

const Rule rules[] = {
    {pointwise_descriptor, pointwise_mode, pointwise_mode_type, 1, 1, true},
    {pointwise_descriptor, pointwise_precision, data_type, 1, 1, true},
    {pointwise_descriptor, pointwise_nan, nan_type, 1, 1, false},
    {convolution_descriptor, convolution_type, data_type, 1, 1, true},
    {convolution_descriptor, convolution_mode, convolution_mode_type, 1, 1, true},
    {convolution_descriptor, convolution_dims, int64_type, 1, 1, true},
    {convolution_descriptor, convolution_dilations, int64_type, 2, 3, true},
    {convolution_descriptor, convolution_strides, int64_type, 2, 3, true},
    {convolution_descriptor, convolution_pre_paddings, int64_type, 2, 3, true},
    {convolution_descriptor, convolution_post_paddings, int64_type, 2, 3, true},
    {tensor_descriptor, tensor_type, data_type, 1, 1, true},
    {tensor_descriptor, tensor_dims, int64_type, 4, 5, true},
    {tensor_descriptor, tensor_strides, int64_type, 4, 5, true},
    {tensor_descriptor, tensor_id, int64_type, 1, 1, true},
    {tensor_descriptor, tensor_alignment, int64_type, 1, 1, true},
    {tensor_descriptor, tensor_is_virtual, boolean_type, 1, 1, false},
    {forward_descriptor, forward_alpha, float_type, 1, 1, true},
    {forward_descriptor, forward_beta, float_type, 1, 1, true},
    {forward_descriptor, forward_convolution, descriptor_type, 1, 1, true},
    {forward_descriptor, forward_w, descriptor_type, 1, 1, true},
    {forward_descriptor, forward_x, descriptor_type, 1, 1, true},
    {forward_descriptor, forward_y, descriptor_type, 1, 1, true},
    {input_grad_descriptor, input_grad_alpha, float_type, 1, 1, true},
    {input_grad_descriptor, input_grad_beta, float_type, 1, 1, true},
    {input_grad_descriptor, input_grad_convolution, descriptor_type, 1, 1, true},
    {input_grad_descriptor, input_grad_w, descriptor_type, 1, 1, true},
    {input_grad_descriptor, input_grad_dx, descriptor_type, 1, 1, true},
    {input_grad_descriptor, input_grad_dy, descriptor_type, 1, 1, true},
    {weight_grad_descriptor, weight_grad_alpha, float_type, 1, 1, true},
    {weight_grad_descriptor, weight_grad_beta, float_type, 1, 1, true},
    {weight_grad_descriptor, weight_grad_convolution, descriptor_type, 1, 1, true},
    {weight_grad_descriptor, weight_grad_dw, descriptor_type, 1, 1, true},
    {weight_grad_descriptor, weight_grad_x, descriptor_type, 1, 1, true},
    {weight_grad_descriptor, weight_grad_dy, descriptor_type, 1, 1, true},
    {pointwise_operation_descriptor, operation_pointwise, descriptor_type, 1, 1, true},
    {pointwise_operation_descriptor, operation_x, descriptor_type, 1, 1, true},
    {pointwise_operation_descriptor, operation_b, descriptor_type, 1, 1, false},
    {pointwise_operation_descriptor, operation_y, descriptor_type, 1, 1, true},
    {graph_descriptor, graph_handle, handle_type, 1, 1, true},
    {graph_descriptor, graph_operations, descriptor_type, 1, any, true},
    {heuristics_descriptor, heuristics_graph, descriptor_type, 1, 1, true},
    {heuristics_descriptor, heuristics_mode, heuristics_mode_type, 1, 1, true},
    {plan_descriptor, plan_handle, handle_type, 1, 1, true},
    {plan_descriptor, plan_config, descriptor_type, 1, 1, false},
    {plan_descriptor, plan_text, char_type, 1, any, false},
    {pack_descriptor, pack_ids, int64_type, 1, any, true},
    {pack_descriptor, pack_pointers, pointer_type, 1, any, true},
    {pack_descriptor, pack_workspace, pointer_type, 1, 1, true},
};

std::string check_tensor(const Body& b) {
  const auto &dims = b.numbers(tensor_dims), &strides = b.numbers(tensor_strides);
  if (dims.size() != strides.size()) return "as many dims as strides are not there";
  for (const auto extent : dims) if (extent <= 0) return "an extent that is not positive";
  for (const auto stride : strides) if (stride <= 0) return "a stride that is not positive";
  return b.number(tensor_type) == 0 ? "" : "another type than float";
}

std::string check_convolution(const Body& b) {
  const auto dims = static_cast<std::size_t>(b.number(convolution_dims));
  for (const int name : {convolution_dilations, convolution_strides, convolution_pre_paddings, convolution_post_paddings}) {
    if (b.numbers(name).size() != dims) return "numbers for another count of axes";
    const bool is_padding = name == convolution_pre_paddings || name == convolution_post_paddings;
    for (const auto value : b.numbers(name)) if (value < (is_padding ? 0 : 1)) return "a number that is too small";
  }
  return b.number(convolution_mode) == 1 ? "" : "a convolution that turns the filter";
}

/** Whether x, w and y are what a convolution has: y of x by w, whichever of them is computed. */
std::string check_shapes(const Body& c, const Body& x, const Body& w, const Body& y) {
  const auto &xs = x.numbers(tensor_dims), &ws = w.numbers(tensor_dims), &ys = y.numbers(tensor_dims);
  const auto axes = static_cast<std::size_t>(c.number(convolution_dims));
  if (xs.size() != axes + 2 || ws.size() != axes + 2 || ys.size() != axes + 2) return "tensors of another rank";
  if (xs[0] != ys[0] || ys[1] != ws[0] || xs[1] % ws[1] != 0 || ws[0] % (xs[1] / ws[1]) != 0) return "batch or channels differ";
  for (std::size_t i = 0; i < axes; i++) {
    const auto padded = xs[i + 2] + c.numbers(convolution_pre_paddings)[i] + c.numbers(convolution_post_paddings)[i];
    const auto reach = c.numbers(convolution_dilations)[i] * (ws[i + 2] - 1) + 1;
    if (ys[i + 2] != (padded - reach) / c.numbers(convolution_strides)[i] + 1 || padded < reach) return "an extent does not follow";
  }
  return "";
}

std::string check_scales(const Body& b, int alpha, int beta) {
  return b.values.at(alpha).reals[0] == 1 && b.values.at(beta).reals[0] == 0 ? "" : "scales other than 1 and 0";
}

std::string check_pointwise(const Body& b) {
  const auto mode = b.body(operation_pointwise).number(pointwise_mode);
  if (mode != 0 && mode != 100) return "a mode that is not emulated";
  if ((mode == 0) != b.has(operation_b)) return "another count of terms";
  return "";
}

std::string check_graph(const Body& b) {
  std::set<int64_t> made;
  for (const auto& operation : b.values.at(graph_operations).bodies) {
    for (const auto& [name, value] : operation->values) {
      for (const auto& each : value.bodies) {
        if (each->type != tensor_descriptor) continue;
        const bool is_output = name == forward_y || name == input_grad_dx || name == weight_grad_dw || name == operation_y;
        const auto id = each->number(tensor_id);
        if (is_output && !made.insert(id).second) return "a tensor is made twice";
      }
    }
    for (const auto& [name, value] : operation->values) {
      for (const auto& each : value.bodies) {
        if (each->type == tensor_descriptor && each->has(tensor_is_virtual) && made.count(each->number(tensor_id)) == 0)
          return "a virtual tensor that nothing makes before it is read";
      }
    }
  }
  return "";
}

}  // namespace

std::string set_attribute(Body& body, int name, int type, int64_t count, const void* elements) {
  if (body.is_final) return "the descriptor is finished";
  for (const Rule& rule : rules) {
    if (rule.descriptor != body.type || rule.name != name) continue;
    if (rule.type != type) return "attribute " + std::to_string(name) + " is of another type";
    if (count < rule.least || count > rule.most) return "attribute " + std::to_string(name) + " has another count of elements";
    AttributeValue value;
    value.type = type;
    for (int64_t i = 0; i < count; i++) {
      switch (type) {
        case handle_type:
          if (static_cast<void* const*>(elements)[i] == nullptr) return "no handle";
          break;
        case pointer_type: value.numbers.push_back(static_cast<int64_t>(static_cast<const cuda::Address*>(elements)[i])); break;
        case boolean_type: value.numbers.push_back(static_cast<const char*>(elements)[i]); break;
        case int64_type: value.numbers.push_back(static_cast<const int64_t*>(elements)[i]); break;
        case float_type: value.reals.push_back(static_cast<const float*>(elements)[i]); break;
        case char_type: value.text.push_back(static_cast<const char*>(elements)[i]); break;
        case descriptor_type: {
          const auto* state = static_cast<DescriptorState* const*>(elements)[i];
          if (state == nullptr || !state->body->is_final) return "a descriptor that is not finished";
          value.bodies.push_back(state->body);
          break;
        }
        default: value.numbers.push_back(static_cast<const int32_t*>(elements)[i]);
      }
    }
    body.values[name] = value;
    return "";
  }
  return "descriptor " + std::to_string(body.type) + " has no attribute " + std::to_string(name);
}

std::string check_descriptor(const Body& b) {
  for (const Rule& rule : rules) {
    if (rule.descriptor == b.type && rule.is_required && !b.has(rule.name)) return "attribute " + std::to_string(rule.name) + " is missing";
  }
  std::string wrong;
  switch (b.type) {
    case tensor_descriptor: return check_tensor(b);
    case convolution_descriptor: return check_convolution(b);
    case forward_descriptor:
      wrong = check_scales(b, forward_alpha, forward_beta);
      return !wrong.empty() ? wrong : check_shapes(b.body(forward_convolution), b.body(forward_x), b.body(forward_w), b.body(forward_y));
    case input_grad_descriptor:
      wrong = check_scales(b, input_grad_alpha, input_grad_beta);
      return !wrong.empty() ? wrong
                            : check_shapes(b.body(input_grad_convolution), b.body(input_grad_dx), b.body(input_grad_w), b.body(input_grad_dy));
    case weight_grad_descriptor:
      wrong = check_scales(b, weight_grad_alpha, weight_grad_beta);
      return !wrong.empty() ? wrong
                            : check_shapes(b.body(weight_grad_convolution), b.body(weight_grad_x), b.body(weight_grad_dw), b.body(weight_grad_dy));
    case pointwise_operation_descriptor: return check_pointwise(b);
    case graph_descriptor: return check_graph(b);
    case plan_descriptor: return b.has(plan_config) == b.has(plan_text) ? "a plan has a configuration or a text" : "";
    case pack_descriptor:
      return b.numbers(pack_ids).size() == b.numbers(pack_pointers).size() ? "" : "as many ids as pointers are not there";
    default: return "";
  }
}

std::string text_of(const Body& body) {
  std::string text = "(" + std::to_string(body.type);
  for (const auto& [name, value] : body.values) {
    if (value.type == handle_type) continue;
    text += " [" + std::to_string(name) + " " + std::to_string(value.type);
    for (const auto number : value.numbers) text += " " + std::to_string(number);
    for (const auto real : value.reals) text += " " + std::to_string(real);
    for (const auto& each : value.bodies) text += " " + text_of(*each);
    text += " ]";
  }
  return text + " )";
}

namespace {

std::string word(const std::string& text, std::size_t& at) {
  while (at < text.size() && text[at] == ' ') at++;
  if (at < text.size() && (text[at] == '(' || text[at] == ')' || text[at] == '[' || text[at] == ']')) return {text[at++]};
  const auto start = at;
  while (at < text.size() && std::string(" ()[]").find(text[at]) == std::string::npos) at++;
  return text.substr(start, at - start);
}

}  // namespace

BodyPointer body_of(const std::string& text, std::size_t& at) {
  if (word(text, at) != "(") return nullptr;
  auto body = std::make_shared<Body>();
  body->is_final = true;
  body->type = std::atoi(word(text, at).c_str());
  for (;;) {
    const auto begin = word(text, at);
    if (begin == ")") return body;
    if (begin != "[") return nullptr;
    const int name = std::atoi(word(text, at).c_str());
    AttributeValue& value = body->values[name];
    value.type = std::atoi(word(text, at).c_str());
    for (;;) {
      const auto before = at;
      const auto next = word(text, at);
      if (next == "]") break;
      if (next.empty()) return nullptr;
      if (next == "(") {
        at = before;
        value.bodies.push_back(body_of(text, at));
        if (value.bodies.back() == nullptr) return nullptr;
      } else if (value.type == float_type) {
        value.reals.push_back(std::atof(next.c_str()));
      } else {
        value.numbers.push_back(std::atoll(next.c_str()));
      }
    }
  }
}

}  // namespace emulator
