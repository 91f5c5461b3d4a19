#include "channels.cuh"

// Gradients of batch norm in two passes over x and dy. What bounds let through is computed again, so that nothing is kept for it.

namespace {

/** What a thread knows of its channels. */
template <int width>
struct Channels {
  Vector<float, width> mean, inverse, weight, bias;
};

}  // namespace

template <int width>
DEVICE Channels<width> channels_of(const float* mean, const float* variance, const float* weight, const float* bias,
                                   float epsilon, uint32_t channel) {
  Channels<width> own;
  own.mean = of_channels<width>(mean, channel, 0);
  own.weight = of_channels<width>(weight, channel, 1);
  own.bias = of_channels<width>(bias, channel, 0);
  const auto variances = of_channels<width>(variance, channel, 0);
#pragma unroll
  for (int k = 0; k < width; k++) own.inverse.at[k] = 1.0f / sqrtf(variances.at[k] + epsilon);
  return own;
}

/** A gradient that has come through the bounds: 0 where the result stood on one or outside. */
template <int width>
DEVICE float passed(const Channels<width>& own, int k, float x, float dy, uint32_t has_bounds, float low, float high) {
  if (!has_bounds) return dy;
  const float y = normalized(x, own.mean.at[k], own.inverse.at[k], own.weight.at[k], own.bias.at[k]);
  return y > low && y < high ? dy : 0.0f;
}

/** `shares` holds the sums of the gradient, and of it times the distance from the mean: [2, shares, channels]. */
struct GradientSumsParams {
  const float* x;
  const float* dy;
  const float* mean;
  const float* variance;
  const float* weight;
  const float* bias;
  float* shares;
  uint32_t rows, channels, tiles, rows_of_share;
  uint32_t has_bounds;
  float epsilon, low, high;
};

template <int width>
DEVICE void gradient_sums(const GradientSumsParams& p) {
  __shared__ float2 of_rows[256];
  const Tile tile = own_tile<width>(p.tiles);
  const uint32_t channel = tile.channel;
  const uint32_t begin = tile.turn * p.rows_of_share, end = min(begin + p.rows_of_share, p.rows);
  float sums[width], products[width];
#pragma unroll
  for (int k = 0; k < width; k++) sums[k] = products[k] = 0;
  if (channel < p.channels) {
    const auto own = channels_of<width>(p.mean, p.variance, p.weight, p.bias, p.epsilon, channel);
#pragma unroll 4
    for (uint32_t row = begin + threadIdx.y; row < end; row += blockDim.y) {
      const int64_t at = static_cast<int64_t>(row) * p.channels + channel;
      const Vector<float, width> x = read_vector<width>(p.x + at), dy = read_vector<width>(p.dy + at);
#pragma unroll
      for (int k = 0; k < width; k++) {
        const float g = passed(own, k, x.at[k], dy.at[k], p.has_bounds, p.low, p.high);
        sums[k] += g;
        products[k] += g * (x.at[k] - own.mean.at[k]);
      }
    }
  }
#pragma unroll
  for (int k = 0; k < width; k++) {
    const uint32_t place = threadIdx.y * blockDim.x + threadIdx.x;
    of_rows[place] = make_float2(sums[k], products[k]);
    __syncthreads();
    for (uint32_t half = blockDim.y / 2; half > 0; half /= 2) {
      if (threadIdx.y < half) {
        of_rows[place].x += of_rows[place + half * blockDim.x].x;
        of_rows[place].y += of_rows[place + half * blockDim.x].y;
      }
      __syncthreads();
    }
    if (threadIdx.y == 0 && channel < p.channels) {
      const int64_t numbers = static_cast<int64_t>(tile.turns) * p.channels;
      float* to = p.shares + static_cast<int64_t>(tile.turn) * p.channels + channel + k;
      to[0] = of_rows[place].x;
      to[numbers] = of_rows[place].y;
    }
    __syncthreads();
  }
}

KERNEL(batch_norm_gradient_sums_4, GradientSumsParams, barriers, 256) { gradient_sums<4>(p); }
KERNEL(batch_norm_gradient_sums_1, GradientSumsParams, barriers, 256) { gradient_sums<1>(p); }

/** Joins the shares into the gradients of weight and bias. */
struct JoinGradientsParams {
  const float* shares;
  const float* variance;
  float* dweight;
  float* dbias;
  uint32_t channels, shares_of_channel;
  float epsilon;
};

/** 32 channels a block; eight threads share the shares of one. */
KERNEL(batch_norm_join_gradients, JoinGradientsParams, barriers, 256) {
  __shared__ float2 of_rows[8][32];
  const uint32_t channel = blockIdx.x * 32 + threadIdx.x;
  float sum = 0, products = 0;
  if (channel < p.channels) {
    const int64_t numbers = static_cast<int64_t>(p.shares_of_channel) * p.channels;
    for (uint32_t share = threadIdx.y; share < p.shares_of_channel; share += 8) {
      const float* from = p.shares + static_cast<int64_t>(share) * p.channels + channel;
      sum += from[0];
      products += from[numbers];
    }
  }
  of_rows[threadIdx.y][threadIdx.x] = make_float2(sum, products);
  __syncthreads();
  if (threadIdx.y != 0 || channel >= p.channels) return;
  for (int row = 1; row < 8; row++) {
    sum += of_rows[row][threadIdx.x].x;
    products += of_rows[row][threadIdx.x].y;
  }
  p.dbias[channel] = sum;
  p.dweight[channel] = products * (1.0f / sqrtf(p.variance[channel] + p.epsilon));
}

struct InputGradientParams {
  const float* x;
  const float* dy;
  const float* mean;
  const float* variance;
  const float* weight;
  const float* bias;
  const float* dweight;
  const float* dbias;
  float* dx;
  uint32_t rows, channels, tiles;
  uint32_t has_bounds;
  float epsilon, low, high;
};

template <int width>
DEVICE void input_gradient(const InputGradientParams& p) {
  const Tile tile = own_tile<width>(p.tiles);
  const uint32_t channel = tile.channel;
  if (channel >= p.channels) return;
  const auto own = channels_of<width>(p.mean, p.variance, p.weight, p.bias, p.epsilon, channel);
  const auto dweight = of_channels<width>(p.dweight, channel, 0), dbias = of_channels<width>(p.dbias, channel, 0);
  Vector<float, width> scale, slope, level;
  const float rows = static_cast<float>(p.rows);
#pragma unroll
  for (int k = 0; k < width; k++) {
    scale.at[k] = own.inverse.at[k] * own.weight.at[k];
    slope.at[k] = own.inverse.at[k] * dweight.at[k] / rows;
    level.at[k] = dbias.at[k] / rows;
  }
  for (uint32_t row = tile.turn * blockDim.y + threadIdx.y; row < p.rows; row += tile.turns * blockDim.y) {
    const int64_t at = static_cast<int64_t>(row) * p.channels + channel;
    const Vector<float, width> x = read_vector<width>(p.x + at), dy = read_vector<width>(p.dy + at);
    Vector<float, width> dx;
#pragma unroll
    for (int k = 0; k < width; k++) {
      const float g = passed(own, k, x.at[k], dy.at[k], p.has_bounds, p.low, p.high);
      dx.at[k] = scale.at[k] * (g - level.at[k] - (x.at[k] - own.mean.at[k]) * slope.at[k]);
    }
    write_vector<width>(p.dx + at, dx);
  }
}

KERNEL(batch_norm_input_gradient_4, InputGradientParams, plain, 256) { input_gradient<4>(p); }
KERNEL(batch_norm_input_gradient_1, InputGradientParams, plain, 256) { input_gradient<1>(p); }
