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

/** Which gradients go through bounds: all, where there are none; those of results strictly between; of all not at or below `low`. */
enum Gate : uint32_t { open = 0, between = 1, one_sided = 2 };

/** A gradient that has come through the bounds, of a result y. */
DEVICE float let_through(float dy, float y, uint32_t gate, float low, float high) {
  if (gate == one_sided) return y <= low ? 0.0f : dy;
  return y > low && y < high ? dy : 0.0f;
}

/** The same, of a result that is computed again. */
template <int width>
DEVICE float passed(const Channels<width>& own, int k, float x, float dy, uint32_t gate, float low, float high) {
  if (gate == open) return dy;
  const float y = normalized(x, own.mean.at[k], own.inverse.at[k], own.weight.at[k], own.bias.at[k]);
  return let_through(dy, y, gate, low, high);
}

/** Adds up what the rows of a block have of each channel, in order, and writes it down as its share. */
template <int width>
DEVICE void write_sums(const Tile& tile, const float (&sums)[width], const float (&products)[width], float2* of_rows, float* shares,
                       uint32_t channels) {
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
    if (threadIdx.y == 0 && tile.channel < channels) {
      const int64_t numbers = static_cast<int64_t>(tile.turns) * channels;
      float* to = shares + static_cast<int64_t>(tile.turn) * channels + tile.channel + k;
      to[0] = of_rows[place].x;
      to[numbers] = of_rows[place].y;
    }
    __syncthreads();
  }
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
  uint32_t gate;
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
        const float g = passed(own, k, x.at[k], dy.at[k], p.gate, p.low, p.high);
        sums[k] += g;
        products[k] += g * (x.at[k] - own.mean.at[k]);
      }
    }
  }
  write_sums(tile, sums, products, of_rows, p.shares, p.channels);
}

KERNEL(batch_norm_gradient_sums_4, GradientSumsParams, barriers, 256) { gradient_sums<4>(p); }
KERNEL(batch_norm_gradient_sums_1, GradientSumsParams, barriers, 256) { gradient_sums<1>(p); }

/** The same where the results are read, of which the batch norm was only a part: dy becomes what the bounds let through. */
struct ResidualGradientSumsParams {
  const float* x;
  const float* y;
  float* dy;
  const float* mean;
  float* shares;
  uint32_t rows, channels, tiles, rows_of_share;
  uint32_t gate;
  float low, high;
};

template <int width>
DEVICE void residual_gradient_sums(const ResidualGradientSumsParams& p) {
  __shared__ float2 of_rows[256];
  const Tile tile = own_tile<width>(p.tiles);
  const uint32_t channel = tile.channel;
  const uint32_t begin = tile.turn * p.rows_of_share, end = min(begin + p.rows_of_share, p.rows);
  float sums[width], products[width];
#pragma unroll
  for (int k = 0; k < width; k++) sums[k] = products[k] = 0;
  if (channel < p.channels) {
    const auto mean = of_channels<width>(p.mean, channel, 0);
#pragma unroll 4
    for (uint32_t row = begin + threadIdx.y; row < end; row += blockDim.y) {
      const int64_t at = static_cast<int64_t>(row) * p.channels + channel;
      const Vector<float, width> x = read_vector<width>(p.x + at), y = read_vector<width>(p.y + at);
      Vector<float, width> dy = read_vector<width>(p.dy + at);
#pragma unroll
      for (int k = 0; k < width; k++) {
        const float g = let_through(dy.at[k], y.at[k], p.gate, p.low, p.high);
        dy.at[k] = g;
        sums[k] += g;
        products[k] += g * (x.at[k] - mean.at[k]);
      }
      write_vector<width>(p.dy + at, dy);
    }
  }
  write_sums(tile, sums, products, of_rows, p.shares, p.channels);
}

KERNEL(batch_norm_residual_gradient_sums_4, ResidualGradientSumsParams, barriers, 256) { residual_gradient_sums<4>(p); }
KERNEL(batch_norm_residual_gradient_sums_1, ResidualGradientSumsParams, barriers, 256) { residual_gradient_sums<1>(p); }

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
  uint32_t gate;
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
      const float g = passed(own, k, x.at[k], dy.at[k], p.gate, p.low, p.high);
      dx.at[k] = scale.at[k] * (g - level.at[k] - (x.at[k] - own.mean.at[k]) * slope.at[k]);
    }
    write_vector<width>(p.dx + at, dx);
  }
}

KERNEL(batch_norm_input_gradient_4, InputGradientParams, plain, 256) { input_gradient<4>(p); }
KERNEL(batch_norm_input_gradient_1, InputGradientParams, plain, 256) { input_gradient<1>(p); }
