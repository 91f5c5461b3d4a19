#include "cudnn-graph.hpp"

#include <array>

#include "faults.hpp"

namespace emulator {

namespace {

/** A tensor of five axes, the missing ones of extent 1 in front of the last two. */
struct View {
  std::array<int64_t, 5> dims, strides;
  float* data;
  float& at(int64_t n, int64_t c, int64_t d, int64_t h, int64_t w) const {
    const std::array<int64_t, 5> place{n, c, d, h, w};
    int64_t offset = 0;
    // An axis of extent 1 is repeated.
    for (int i = 0; i < 5; i++) offset += dims[i] == 1 ? 0 : place[i] * strides[i];
    return data[offset];
  }
};

/** Memory of virtual tensors, and where the others are. */
struct Tensors {
  const std::map<int64_t, cuda::Address>& pointers;
  std::map<int64_t, std::vector<float>> made;

  View view(const Body& tensor) {
    const auto id = tensor.number(tensor_id);
    View view{};
    if (tensor.has(tensor_is_virtual)) {
      auto& memory = made[id];
      memory.resize(span_of(tensor) / 4);
      view.data = memory.data();
    } else {
      view.data = reinterpret_cast<float*>(pointers.at(id));
    }
    const auto &dims = tensor.numbers(tensor_dims), &strides = tensor.numbers(tensor_strides);
    view.dims = {dims[0], dims[1], dims.size() == 5 ? dims[2] : 1, dims[dims.size() - 2], dims[dims.size() - 1]};
    view.strides = {strides[0], strides[1], dims.size() == 5 ? strides[2] : 0, strides[dims.size() - 2], strides[dims.size() - 1]};
    return view;
  }
};

struct Numbers {
  std::array<int64_t, 3> stride{1, 1, 1}, dilation{1, 1, 1}, pad{0, 0, 0};
  explicit Numbers(const Body& c) {
    const auto axes = static_cast<std::size_t>(c.number(convolution_dims));
    for (std::size_t i = 0; i < axes; i++) {
      stride[3 - axes + i] = c.numbers(convolution_strides)[i];
      dilation[3 - axes + i] = c.numbers(convolution_dilations)[i];
      pad[3 - axes + i] = c.numbers(convolution_pre_paddings)[i];
    }
  }
};

/** Calls `visit(n, k, y place, c, x place, tap, channel of the group)` for all that meet, for a fixed output of the group. */
template <typename Visit>
void meet(const View& x, const View& w, const View& y, const Numbers& s, Visit visit) {
  const int64_t per_group = w.dims[1], groups = x.dims[1] / per_group, outputs = y.dims[1] / groups;
  for (int64_t n = 0; n < y.dims[0]; n++)
    for (int64_t k = 0; k < y.dims[1]; k++)
      for (int64_t a = 0; a < y.dims[2]; a++)
        for (int64_t b = 0; b < y.dims[3]; b++)
          for (int64_t c = 0; c < y.dims[4]; c++)
            for (int64_t ta = 0; ta < w.dims[2]; ta++)
              for (int64_t tb = 0; tb < w.dims[3]; tb++)
                for (int64_t tc = 0; tc < w.dims[4]; tc++) {
                  const int64_t xa = a * s.stride[0] + ta * s.dilation[0] - s.pad[0];
                  const int64_t xb = b * s.stride[1] + tb * s.dilation[1] - s.pad[1];
                  const int64_t xc = c * s.stride[2] + tc * s.dilation[2] - s.pad[2];
                  if (xa < 0 || xb < 0 || xc < 0 || xa >= x.dims[2] || xb >= x.dims[3] || xc >= x.dims[4]) continue;
                  for (int64_t i = 0; i < per_group; i++) {
                    const int64_t channel = k / outputs * per_group + i;
                    visit(std::array<int64_t, 5>{n, k, a, b, c}, std::array<int64_t, 5>{n, channel, xa, xb, xc},
                          std::array<int64_t, 5>{k, i, ta, tb, tc});
                  }
                }
}

float& at(const View& view, const std::array<int64_t, 5>& p) { return view.at(p[0], p[1], p[2], p[3], p[4]); }

/** Sums of products in doubles, for each element of the output. */
struct Sums {
  View out;
  explicit Sums(const View& out) : out(out) {
    for (int64_t n = 0; n < out.dims[0]; n++)
      for (int64_t c = 0; c < out.dims[1]; c++)
        for (int64_t d = 0; d < out.dims[2]; d++)
          for (int64_t h = 0; h < out.dims[3]; h++)
            for (int64_t w = 0; w < out.dims[4]; w++) keep(out.at(n, c, d, h, w));
  }
  void keep(float& element) {
    const auto offset = static_cast<std::size_t>(&element - out.data);
    if (sums.size() <= offset) sums.resize(offset + 1), present.resize(offset + 1);
    present[offset] = true;
  }
  void add(float& element, double value) { sums[static_cast<std::size_t>(&element - out.data)] += value; }
  void write() {
    for (std::size_t i = 0; i < sums.size(); i++) {
      if (present[i]) out.data[i] = static_cast<float>(sums[i]);
    }
  }
  std::vector<double> sums;
  std::vector<bool> present;
};

void run_convolution(const Body& operation, Tensors& tensors, bool is_tf32) {
  const auto value = [&](float v) { return static_cast<double>(is_tf32 ? to_tf32(v) : v); };
  const bool is_forward = operation.type == forward_descriptor, is_input = operation.type == input_grad_descriptor;
  const auto name = [&](int forward, int input, int weight) { return is_forward ? forward : is_input ? input : weight; };
  const View x = tensors.view(operation.body(name(forward_x, input_grad_dx, weight_grad_x)));
  const View w = tensors.view(operation.body(name(forward_w, input_grad_w, weight_grad_dw)));
  const View y = tensors.view(operation.body(name(forward_y, input_grad_dy, weight_grad_dy)));
  const Numbers numbers(operation.body(name(forward_convolution, input_grad_convolution, weight_grad_convolution)));
  Sums sums(is_forward ? y : is_input ? x : w);
  meet(x, w, y, numbers, [&](const auto& yp, const auto& xp, const auto& wp) {
    if (is_forward) sums.add(at(y, yp), value(at(x, xp)) * value(at(w, wp)));
    else if (is_input) sums.add(at(x, xp), value(at(y, yp)) * value(at(w, wp)));
    else sums.add(at(w, wp), value(at(y, yp)) * value(at(x, xp)));
  });
  sums.write();
}

void run_pointwise(const Body& operation, Tensors& tensors) {
  const auto mode = operation.body(operation_pointwise).number(pointwise_mode);
  const bool keeps_nan = operation.body(operation_pointwise).has(pointwise_nan);
  const View x = tensors.view(operation.body(operation_x));
  const View out = tensors.view(operation.body(operation_y));
  const View b = mode == 0 ? tensors.view(operation.body(operation_b)) : x;
  for (int64_t n = 0; n < out.dims[0]; n++)
    for (int64_t c = 0; c < out.dims[1]; c++)
      for (int64_t d = 0; d < out.dims[2]; d++)
        for (int64_t h = 0; h < out.dims[3]; h++)
          for (int64_t w = 0; w < out.dims[4]; w++) {
            const float v = x.at(n, c, d, h, w), other = b.at(n, c, d, h, w);
            float& to = out.at(n, c, d, h, w);
            if (mode == 0) to = v + other;
            // Without the attribute a NaN becomes zero.
            else to = v > 0 || (keeps_nan && v != v) ? v : 0;
          }
}

}  // namespace

std::size_t span_of(const Body& tensor) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < tensor.numbers(tensor_dims).size(); i++) {
    last += static_cast<std::size_t>((tensor.numbers(tensor_dims)[i] - 1) * tensor.numbers(tensor_strides)[i]);
  }
  return 4 * (last + 1);
}

std::map<int64_t, const Body*> tensors_in_memory(const Body& graph) {
  std::map<int64_t, const Body*> found;
  for (const auto& operation : graph.values.at(graph_operations).bodies) {
    for (const auto& [name, value] : operation->values) {
      for (const auto& each : value.bodies) {
        if (each->type == tensor_descriptor && !each->has(tensor_is_virtual)) found[each->number(tensor_id)] = each.get();
      }
    }
  }
  return found;
}

void run_graph(const Body& graph, const std::map<int64_t, cuda::Address>& pointers, bool is_tf32) {
  Tensors tensors{pointers, {}};
  for (const auto& operation : graph.values.at(graph_operations).bodies) {
    if (operation->type == pointwise_operation_descriptor) run_pointwise(*operation, tensors);
    else run_convolution(*operation, tensors, is_tf32);
  }
}

}  // namespace emulator
