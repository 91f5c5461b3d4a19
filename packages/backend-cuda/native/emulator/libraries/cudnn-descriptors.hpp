/** cuDNN's descriptors as the emulated library keeps them, and what each may and must say. */
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../../libraries/cudnn-api.hpp"

namespace emulator {

/** cudnnBackendDescriptorType_t. */
enum DescriptorType {
  pointwise_descriptor = 0,
  convolution_descriptor = 1,
  engine_descriptor = 2,
  config_descriptor = 3,
  heuristics_descriptor = 4,
  plan_descriptor = 5,
  forward_descriptor = 10,
  weight_grad_descriptor = 11,
  input_grad_descriptor = 12,
  pointwise_operation_descriptor = 13,
  graph_descriptor = 15,
  pack_descriptor = 16,
  tensor_descriptor = 17,
};

/** cudnnBackendAttributeName_t. */
enum AttributeName {
  pointwise_mode = 0,
  pointwise_precision = 1,
  pointwise_nan = 2,
  convolution_type = 100,
  convolution_mode = 101,
  convolution_dilations = 102,
  convolution_strides = 103,
  convolution_post_paddings = 104,
  convolution_pre_paddings = 105,
  convolution_dims = 106,
  heuristics_mode = 200,
  heuristics_graph = 201,
  heuristics_results = 202,
  config_engine = 300,
  plan_handle = 400,
  plan_config = 401,
  plan_workspace = 402,
  plan_text = 405,
  forward_alpha = 700,
  forward_beta = 701,
  forward_convolution = 702,
  forward_w = 703,
  forward_x = 704,
  forward_y = 705,
  input_grad_alpha = 706,
  input_grad_beta = 707,
  input_grad_convolution = 708,
  input_grad_w = 709,
  input_grad_dx = 710,
  input_grad_dy = 711,
  weight_grad_alpha = 712,
  weight_grad_beta = 713,
  weight_grad_convolution = 714,
  weight_grad_dw = 715,
  weight_grad_x = 716,
  weight_grad_dy = 717,
  operation_pointwise = 750,
  operation_x = 751,
  operation_b = 752,
  operation_y = 753,
  graph_handle = 800,
  graph_operations = 801,
  tensor_alignment = 900,
  tensor_type = 901,
  tensor_dims = 902,
  tensor_strides = 903,
  tensor_id = 906,
  tensor_is_virtual = 907,
  engine_index = 1301,
  engine_notes = 1303,
};

struct Body;
using BodyPointer = std::shared_ptr<Body>;

struct AttributeValue {
  int type = 0;
  std::vector<int64_t> numbers;
  std::vector<double> reals;
  std::vector<BodyPointer> bodies;
  std::string text;
};

/** What a descriptor says. It lives as long as another, or a plan, needs it. */
struct Body {
  int type = 0;
  bool is_final = false;
  std::map<int, AttributeValue> values;

  bool has(int name) const { return values.count(name) > 0; }
  int64_t number(int name) const { return values.at(name).numbers.at(0); }
  const std::vector<int64_t>& numbers(int name) const { return values.at(name).numbers; }
  const Body& body(int name) const { return *values.at(name).bodies.at(0); }
};

/** What the library hands out: a descriptor that may be filled with another. */
struct DescriptorState {
  BodyPointer body;
};

/** Sets an attribute. @return why not, or nothing. */
std::string set_attribute(Body& body, int name, int type, int64_t count, const void* elements);
/** Checks that a descriptor says what it must. @return what is wrong, or nothing. */
std::string check_descriptor(const Body& body);

/** A body as text, and back. */
std::string text_of(const Body& body);
BodyPointer body_of(const std::string& text, std::size_t& at);

}  // namespace emulator
