#include "channels.cuh"

// Mean and variance of channels in one pass over x. Small groups of rows are kept in registers and looked at twice, and joined by
// the rule of Chan, Golub and LeVeque ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979): a great
// mean takes nothing from a small variance, and equal values have none. Groups are joined in doubles, a few operations for eight
// elements: of means of ten thousand deviations float32 keeps too little.

namespace {

/** What is known of some elements: how many, their mean, the sum of their squared distances from it, and their plain sum. */
struct Moments {
  double mean, squares;
  float count, sum;
};

}  // namespace

DEVICE Moments joined(const Moments& a, const Moments& b) {
  if (b.count == 0) return a;
  if (a.count == 0) return b;
  const float count = a.count + b.count;
  const double share = b.count / count, apart = b.mean - a.mean;
  return {a.mean + apart * share, a.squares + b.squares + apart * apart * (a.count * share), count, a.sum + b.sum};
}

/** `shares` holds mean, squares and sum of each share of each channel, in doubles: [3, shares, channels]. */
struct StatisticsParams {
  const float* x;
  double* shares;
  uint32_t rows, channels, tiles, rows_of_share;
};

constexpr int together = 8;

template <int width>
DEVICE void statistics(const StatisticsParams& p) {
  __shared__ Moments of_rows[256];
  const Tile tile = own_tile<width>(p.tiles);
  const uint32_t channel = tile.channel;
  const uint32_t begin = tile.turn * p.rows_of_share, end = min(begin + p.rows_of_share, p.rows);
  Moments own[width];
#pragma unroll
  for (int k = 0; k < width; k++) own[k] = {0, 0, 0, 0};
  if (channel < p.channels) {
    const float* x = p.x + channel;
    for (uint32_t row = begin + threadIdx.y; row < end; row += together * blockDim.y) {
      Vector<float, width> values[together];
      float count = 0;
#pragma unroll
      for (int r = 0; r < together; r++) {
        const uint32_t at = row + r * blockDim.y;
        // What stands in for a row that is not there counts as no distance.
        values[r] = values[0];
        if (at < end) {
          values[r] = read_vector<width>(x + static_cast<int64_t>(at) * p.channels);
          count += 1;
        }
      }
#pragma unroll
      for (int k = 0; k < width; k++) {
        // Distances from the first one, so that equal values have none.
        float distance = 0, sum = 0;
#pragma unroll
        for (int r = 0; r < together; r++) {
          if (r < count) {
            distance += values[r].at[k] - values[0].at[k];
            sum += values[r].at[k];
          }
        }
        distance /= count;
        float squares = 0;
#pragma unroll
        for (int r = 0; r < together; r++) {
          const float apart = values[r].at[k] - values[0].at[k] - distance;
          if (r < count) squares += apart * apart;
        }
        own[k] = joined(own[k], {static_cast<double>(values[0].at[k]) + distance, squares, count, sum});
      }
    }
  }
#pragma unroll
  for (int k = 0; k < width; k++) {
    const uint32_t place = threadIdx.y * blockDim.x + threadIdx.x;
    of_rows[place] = own[k];
    __syncthreads();
    for (uint32_t half = blockDim.y / 2; half > 0; half /= 2) {
      if (threadIdx.y < half) of_rows[place] = joined(of_rows[place], of_rows[place + half * blockDim.x]);
      __syncthreads();
    }
    if (threadIdx.y == 0 && channel < p.channels) {
      const int64_t numbers = static_cast<int64_t>(tile.turns) * p.channels;
      double* to = p.shares + static_cast<int64_t>(tile.turn) * p.channels + channel + k;
      to[0] = of_rows[place].mean;
      to[numbers] = of_rows[place].squares;
      to[2 * numbers] = of_rows[place].sum;
    }
    __syncthreads();
  }
}

KERNEL(batch_norm_statistics_4, StatisticsParams, barriers, 256) { statistics<4>(p); }
KERNEL(batch_norm_statistics_1, StatisticsParams, barriers, 256) { statistics<1>(p); }

/**
 * Joins the shares of each channel and moves the running statistics, where there are some: they keep `kept` of themselves and
 * take `moved` of the mean and `moved_variance` of the variance.
 */
struct JoinStatisticsParams {
  const double* shares;
  float* mean;
  float* variance;
  float* running_mean;
  float* running_variance;
  int32_t* batches;
  uint32_t rows, channels, rows_of_share, shares_of_channel;
  float kept, moved, moved_variance;
};

/** 32 channels a block; eight threads share the shares of one. */
KERNEL(batch_norm_join_statistics, JoinStatisticsParams, barriers, 256) {
  __shared__ Moments of_rows[8][32];
  const uint32_t channel = blockIdx.x * 32 + threadIdx.x;
  Moments own = {0, 0, 0, 0};
  if (channel < p.channels) {
    const int64_t numbers = static_cast<int64_t>(p.shares_of_channel) * p.channels;
    for (uint32_t share = threadIdx.y; share < p.shares_of_channel; share += 8) {
      const double* from = p.shares + static_cast<int64_t>(share) * p.channels + channel;
      const uint32_t count = min(p.rows_of_share, p.rows - share * p.rows_of_share);
      own = joined(own, {from[0], from[numbers], static_cast<float>(count), static_cast<float>(from[2 * numbers])});
    }
  }
  of_rows[threadIdx.y][threadIdx.x] = own;
  __syncthreads();
  if (threadIdx.y != 0 || channel >= p.channels) return;
  for (int row = 1; row < 8; row++) own = joined(own, of_rows[row][threadIdx.x]);
  const float rows = static_cast<float>(p.rows);
  // From an infinity there is no distance: then the mean is what plain sums give.
  const float near = static_cast<float>(own.mean);
  const float mean = is_finite(near) && own.count > 0 ? near : own.sum / rows;
  const float variance = static_cast<float>(own.squares / p.rows);
  p.mean[channel] = mean;
  p.variance[channel] = variance;
  if (p.running_mean != nullptr) {
    p.running_mean[channel] = p.kept * p.running_mean[channel] + p.moved * mean;
    p.running_variance[channel] = p.kept * p.running_variance[channel] + p.moved_variance * variance;
  }
  if (p.batches != nullptr && channel == 0) p.batches[0] += 1;
}
