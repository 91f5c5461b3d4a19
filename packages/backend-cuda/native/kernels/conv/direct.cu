/**
 * Convolutions one element at a time, for those that are too small for tiles, and those with more positions than 32 bits count. Three
 * axes: depth, height, width.
 */
#include "../product/ending.cuh"

struct ConvDirectParams {
  /** x and weight; dy and weight; x and dy. */
  const float* left;
  const float* right;
  float* out;
  const float* bias;
  const float* residual;
  /** Elements of the output. */
  uint32_t count_low, count_high;
  int32_t samples, channels, outputs, channels_of_group, outputs_of_group;
  int32_t input[3], output[3], taps[3], stride[3], dilation[3], pad[3];
  EndingWords ending;
};

/** Takes the last axis off `n`. @return the place on it */
DEVICE int split(int64_t& n, int extent) {
  const int place = static_cast<int>(n % extent);
  n /= extent;
  return place;
}

KERNEL(conv_direct_forward, ConvDirectParams, plain, 256) {
  const int64_t count = wide(p.count_low, p.count_high);
  const Ending ending{p.bias, p.residual, p.ending};
  for (int64_t i = first_element(); i < count; i += grid_stride()) {
    int64_t rest = i;
    const int output = split(rest, p.outputs), w = split(rest, p.output[2]), h = split(rest, p.output[1]), d = split(rest, p.output[0]);
    const float* weight = p.right + static_cast<int64_t>(output) * p.taps[0] * p.taps[1] * p.taps[2] * p.channels_of_group;
    const float* x = p.left + output / p.outputs_of_group * p.channels_of_group;
    float sum = 0.0f;
    for (int a = 0; a < p.taps[0]; a++) {
      const int at_d = d * p.stride[0] - p.pad[0] + a * p.dilation[0];
      for (int b = 0; b < p.taps[1]; b++) {
        const int at_h = h * p.stride[1] - p.pad[1] + b * p.dilation[1];
        for (int c = 0; c < p.taps[2]; c++) {
          const int at_w = w * p.stride[2] - p.pad[2] + c * p.dilation[2];
          const bool inside = at_d >= 0 && at_d < p.input[0] && at_h >= 0 && at_h < p.input[1] && at_w >= 0 && at_w < p.input[2];
          if (inside) {
            const float* from = x + (((rest * p.input[0] + at_d) * p.input[1] + at_h) * p.input[2] + at_w) * p.channels;
            for (int k = 0; k < p.channels_of_group; k++) sum = fmaf(from[k], weight[k], sum);
          }
          weight += p.channels_of_group;
        }
      }
    }
    ending.write(p.out, i, make_float4(sum, 0.0f, 0.0f, 0.0f), 0, output, 1, false);
  }
}

/** The output position that reaches input position `at` with a tap, or -1. */
DEVICE int reaching(int at, int tap, int pad, int dilation, int stride, int outputs) {
  const int reach = at + pad - tap * dilation;
  return reach >= 0 && reach % stride == 0 && reach / stride < outputs ? reach / stride : -1;
}

KERNEL(conv_direct_input_grad, ConvDirectParams, plain, 256) {
  const int64_t count = wide(p.count_low, p.count_high);
  const int64_t all_taps = static_cast<int64_t>(p.taps[0]) * p.taps[1] * p.taps[2];
  for (int64_t i = first_element(); i < count; i += grid_stride()) {
    int64_t rest = i;
    const int channel = split(rest, p.channels), w = split(rest, p.input[2]), h = split(rest, p.input[1]), d = split(rest, p.input[0]);
    const int first_output = channel / p.channels_of_group * p.outputs_of_group;
    const float* weight = p.right + first_output * all_taps * p.channels_of_group + channel % p.channels_of_group;
    float sum = 0.0f;
    for (int a = 0; a < p.taps[0]; a++) {
      const int at_d = reaching(d, a, p.pad[0], p.dilation[0], p.stride[0], p.output[0]);
      if (at_d < 0) continue;
      for (int b = 0; b < p.taps[1]; b++) {
        const int at_h = reaching(h, b, p.pad[1], p.dilation[1], p.stride[1], p.output[1]);
        if (at_h < 0) continue;
        for (int c = 0; c < p.taps[2]; c++) {
          const int at_w = reaching(w, c, p.pad[2], p.dilation[2], p.stride[2], p.output[2]);
          if (at_w < 0) continue;
          const float* dy = p.left + (((rest * p.output[0] + at_d) * p.output[1] + at_h) * p.output[2] + at_w) * p.outputs + first_output;
          const float* own = weight + ((a * p.taps[1] + b) * p.taps[2] + c) * static_cast<int64_t>(p.channels_of_group);
          for (int k = 0; k < p.outputs_of_group; k++) sum = fmaf(dy[k], own[k * all_taps * p.channels_of_group], sum);
        }
      }
    }
    p.out[i] = sum;
  }
}

KERNEL(conv_direct_weight_grad, ConvDirectParams, plain, 256) {
  const int64_t count = wide(p.count_low, p.count_high);
  for (int64_t i = first_element(); i < count; i += grid_stride()) {
    int64_t rest = i;
    const int own_channel = split(rest, p.channels_of_group);
    const int c = split(rest, p.taps[2]), b = split(rest, p.taps[1]), a = split(rest, p.taps[0]);
    const int output = static_cast<int>(rest);
    const float* x = p.left + output / p.outputs_of_group * p.channels_of_group + own_channel;
    const float* dy = p.right + output;
    float sum = 0.0f;
    for (int64_t sample = 0; sample < p.samples; sample++) {
      for (int d = 0; d < p.output[0]; d++) {
        const int at_d = d * p.stride[0] - p.pad[0] + a * p.dilation[0];
        for (int h = 0; h < p.output[1]; h++) {
          const int at_h = h * p.stride[1] - p.pad[1] + b * p.dilation[1];
          if (at_d < 0 || at_d >= p.input[0] || at_h < 0 || at_h >= p.input[1]) continue;
          const float* line = x + ((sample * p.input[0] + at_d) * p.input[1] + at_h) * p.input[2] * p.channels;
          const float* gradients = dy + ((sample * p.output[0] + d) * p.output[1] + h) * p.output[2] * p.outputs;
          for (int w = 0; w < p.output[2]; w++) {
            const int at_w = w * p.stride[2] - p.pad[2] + c * p.dilation[2];
            if (at_w >= 0 && at_w < p.input[2]) {
              sum = fmaf(line[static_cast<int64_t>(at_w) * p.channels], gradients[static_cast<int64_t>(w) * p.outputs], sum);
            }
          }
        }
      }
    }
    p.out[i] = sum;
  }
}
