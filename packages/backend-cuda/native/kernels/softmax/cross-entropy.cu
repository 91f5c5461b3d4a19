#include "../rows.cuh"

/**
 * Softmax cross-entropy over rows of classes: the log-probabilities, and for each row its loss and the weight with which it counts,
 * in one pass. Rows go over [samples, first, rest] positions; targets and losses lie as [samples, rest, first], channels last.
 */
struct CrossEntropyParams {
  const float* logits;
  const int32_t* target;
  /** Of the classes, or null. */
  const float* weight;
  float* logs;
  float* losses;
  float* counted;
  uint32_t rows, classes;
  uint32_t first, rest;
  float smoothing;
  int32_t ignored;
};

/** Where the target of a row lies. */
DEVICE int64_t target_of(uint32_t row, uint32_t first, uint32_t rest) {
  const uint32_t line = row / rest, along_rest = row - line * rest;
  const uint32_t sample = line / first, along_first = line - sample * first;
  return (static_cast<int64_t>(sample) * rest + along_rest) * first + along_first;
}

/** Share of a class in the smoothed target, times its weight. */
DEVICE float share_of(int32_t k, int32_t label, float smoothing, uint32_t classes, const float* weight) {
  const float part = (k == label ? 1.0f - smoothing : 0.0f) + smoothing / static_cast<float>(classes);
  return weight == nullptr ? part : part * weight[k];
}

KERNEL(cross_entropy, CrossEntropyParams, barriers, 256) {
  __shared__ float of_warps[32];
  for (int64_t base = first_row(); base < p.rows; base += row_stride()) {
    const int64_t row = base + threadIdx.y;
    const bool is_inside = row < p.rows;
    const uint32_t classes = is_inside ? p.classes : 0;
    const float* x = p.logits + row * p.classes;
    float* logs = p.logs + row * p.classes;
    float most = -infinity();
    for (uint32_t k = threadIdx.x; k < classes; k += blockDim.x) most = greater(most, x[k]);
    most = join_row<GreatestOfFloats>(most, of_warps);
    float sum = 0;
    for (uint32_t k = threadIdx.x; k < classes; k += blockDim.x) sum += expf(x[k] - most);
    const float log_sum = logf(join_row<SumOfFloats>(sum, of_warps));
    const int64_t at = is_inside ? target_of(static_cast<uint32_t>(row), p.first, p.rest) : 0;
    const int32_t label = is_inside ? p.target[at] : p.ignored;
    float loss = 0;
    for (uint32_t k = threadIdx.x; k < classes; k += blockDim.x) {
      const float log = x[k] - most - log_sum;
      logs[k] = log;
      const float share = share_of(static_cast<int32_t>(k), label, p.smoothing, p.classes, p.weight);
      if (share != 0) loss -= share * log;
    }
    loss = join_row<SumOfFloats>(loss, of_warps);
    if (is_inside && threadIdx.x == 0) {
      const bool exists = label >= 0 && static_cast<uint32_t>(label) < p.classes;
      const bool counts = label != p.ignored;
      p.losses[at] = !counts ? 0.0f : exists ? loss : nan_value();
      p.counted[at] = !counts || !exists ? 0.0f : p.weight == nullptr ? 1.0f : p.weight[label];
    }
  }
}

/** Sums of pairs: each block adds up `each` of them. The last pass divides losses by weights where the mean is wanted. */
struct LossSumParams {
  const float* losses;
  const float* weights;
  float* loss;
  float* counted;
  uint32_t count, each;
  uint32_t is_mean;
};

KERNEL(cross_entropy_sum, LossSumParams, barriers, 256) {
  __shared__ float of_warps[32];
  const int64_t begin = static_cast<int64_t>(blockIdx.x) * p.each, end = min(begin + p.each, static_cast<int64_t>(p.count));
  float loss = 0, weight = 0;
  for (int64_t k = begin + threadIdx.x; k < end; k += blockDim.x) {
    loss += p.losses[k];
    weight += p.weights[k];
  }
  loss = join_row<SumOfFloats>(loss, of_warps);
  weight = join_row<SumOfFloats>(weight, of_warps);
  if (threadIdx.x == 0) {
    p.loss[blockIdx.x] = p.is_mean ? loss / weight : loss;
    p.counted[blockIdx.x] = weight;
  }
}

struct CrossEntropyGradParams {
  const float* logs;
  const int32_t* target;
  const float* weight;
  const float* counted;
  const float* dloss;
  float* dx;
  uint32_t rows, classes;
  uint32_t first, rest;
  float smoothing;
  int32_t ignored;
  /** Whether each row has a gradient of its own; whether it is divided by what is counted. */
  uint32_t is_each, is_mean;
};

KERNEL(cross_entropy_grad, CrossEntropyGradParams, barriers, 256) {
  __shared__ float of_warps[32];
  for (int64_t base = first_row(); base < p.rows; base += row_stride()) {
    const int64_t row = base + threadIdx.y;
    const bool is_inside = row < p.rows;
    const uint32_t classes = is_inside ? p.classes : 0;
    const int64_t start = row * p.classes;
    const int64_t at = is_inside ? target_of(static_cast<uint32_t>(row), p.first, p.rest) : 0;
    const int32_t label = is_inside ? p.target[at] : p.ignored;
    const bool exists = label >= 0 && static_cast<uint32_t>(label) < p.classes;
    float gradient = is_inside ? p.dloss[p.is_each ? at : 0] : 0.0f;
    if (p.is_mean) gradient /= p.counted[0];
    // Without weights all shares make 1, without smoothing there is one.
    float shares = exists ? 1.0f : p.smoothing;
    if (p.weight != nullptr) {
      float own = 0;
      for (uint32_t k = threadIdx.x; k < classes; k += blockDim.x) {
        own += share_of(static_cast<int32_t>(k), label, p.smoothing, p.classes, p.weight);
      }
      shares = join_row<SumOfFloats>(own, of_warps);
    }
    for (uint32_t k = threadIdx.x; k < classes; k += blockDim.x) {
      const float share = share_of(static_cast<int32_t>(k), label, p.smoothing, p.classes, p.weight);
      p.dx[start + k] = label == p.ignored ? 0.0f : gradient * (shares * expf(p.logs[start + k]) - share);
    }
  }
}
