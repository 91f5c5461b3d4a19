#include "channels.cuh"

/** y = (x - mean) / sqrt(variance + epsilon) * weight + bias + residual, kept within bounds. The last three may be null. */
struct NormalizeParams {
  const float* x;
  const float* mean;
  const float* variance;
  const float* weight;
  const float* bias;
  const float* residual;
  float* y;
  uint32_t rows, channels, tiles;
  float epsilon, low, high;
};

template <int width>
DEVICE void normalize(const NormalizeParams& p) {
  const Tile tile = own_tile<width>(p.tiles);
  const uint32_t channel = tile.channel;
  if (channel >= p.channels) return;
  const auto mean = of_channels<width>(p.mean, channel, 0), variance = of_channels<width>(p.variance, channel, 0);
  const auto weight = of_channels<width>(p.weight, channel, 1), bias = of_channels<width>(p.bias, channel, 0);
  Vector<float, width> inverse;
#pragma unroll
  for (int k = 0; k < width; k++) inverse.at[k] = 1.0f / sqrtf(variance.at[k] + p.epsilon);
  for (uint32_t row = tile.turn * blockDim.y + threadIdx.y; row < p.rows; row += tile.turns * blockDim.y) {
    const int64_t at = static_cast<int64_t>(row) * p.channels + channel;
    Vector<float, width> values = read_vector<width>(p.x + at), residual = {};
    if (p.residual != nullptr) residual = read_vector<width>(p.residual + at);
#pragma unroll
    for (int k = 0; k < width; k++) {
      float y = normalized(values.at[k], mean.at[k], inverse.at[k], weight.at[k], bias.at[k]);
      // Rounded by itself, as the sum is where the two are apart.
      if (p.residual != nullptr) y = __fadd_rn(y, residual.at[k]);
      values.at[k] = within(y, p.low, p.high);
    }
    write_vector<width>(p.y + at, values);
  }
}

KERNEL(batch_norm_normalize_4, NormalizeParams, plain, 256) { normalize<4>(p); }
KERNEL(batch_norm_normalize_1, NormalizeParams, plain, 256) { normalize<1>(p); }
