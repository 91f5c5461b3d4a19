#include "../vectors.cuh"

// Steps of optimisers in place, element by element.

/** Nothing without decay, also of an infinite weight, which times 0 is NaN. */
DEVICE float decay_of(float decay, float weight) { return decay == 0 ? 0.0f : decay * weight; }

/** As torch.optim.SGD. `velocity` is null where the momentum is 0. */
struct SgdParams {
  float* weight;
  const float* gradient;
  float* velocity;
  uint32_t count_low, count_high;
  float rate, momentum, kept, decay, sign;
  uint32_t is_nesterov, is_first;
};

DEVICE void sgd_element(const SgdParams& p, float& weight, float gradient, float& velocity) {
  float step = p.sign * gradient + decay_of(p.decay, weight);
  if (p.velocity != nullptr) {
    velocity = p.is_first ? step : p.momentum * velocity + p.kept * step;
    step = p.is_nesterov ? step + p.momentum * velocity : velocity;
  }
  weight -= p.rate * step;
}

KERNEL(sgd, SgdParams, plain, 256) {
  const int64_t count = wide(p.count_low, p.count_high), vectors = count / 4;
  const bool has_velocity = p.velocity != nullptr;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) {
    Vector<float, 4> weight = read_vector<4>(p.weight + 4 * i), velocity{};
    const Vector<float, 4> gradient = read_vector<4>(p.gradient + 4 * i);
    if (has_velocity) velocity = read_vector<4>(p.velocity + 4 * i);
#pragma unroll
    for (int k = 0; k < 4; k++) sgd_element(p, weight.at[k], gradient.at[k], velocity.at[k]);
    write_vector<4>(p.weight + 4 * i, weight);
    if (has_velocity) write_vector<4>(p.velocity + 4 * i, velocity);
  }
  const int64_t i = 4 * vectors + first_element();
  if (i < count) {
    float none = 0;
    sgd_element(p, p.weight[i], p.gradient[i], has_velocity ? p.velocity[i] : none);
  }
}

/** As torch.optim.Adam and AdamW. `mean_share` and `square_share` are what the betas leave of 1, which float32 would round. */
struct AdamParams {
  float* weight;
  const float* gradient;
  float* mean;
  float* square;
  uint32_t count_low, count_high;
  float rate, root_correction, kept;
  float beta1, beta2, mean_share, square_share;
  float epsilon, decay, sign;
  uint32_t is_decoupled;
};

DEVICE void adam_element(const AdamParams& p, float& weight, float gradient, float& mean, float& square) {
  float g = p.sign * gradient;
  if (p.is_decoupled) weight *= p.kept;
  else g += decay_of(p.decay, weight);
  mean = p.beta1 * mean + p.mean_share * g;
  square = p.beta2 * square + p.square_share * g * g;
  weight -= p.rate * mean / (sqrtf(square) / p.root_correction + p.epsilon);
}

KERNEL(adam, AdamParams, plain, 256) {
  const int64_t count = wide(p.count_low, p.count_high), vectors = count / 4;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) {
    Vector<float, 4> weight = read_vector<4>(p.weight + 4 * i);
    Vector<float, 4> mean = read_vector<4>(p.mean + 4 * i), square = read_vector<4>(p.square + 4 * i);
    const Vector<float, 4> gradient = read_vector<4>(p.gradient + 4 * i);
#pragma unroll
    for (int k = 0; k < 4; k++) adam_element(p, weight.at[k], gradient.at[k], mean.at[k], square.at[k]);
    write_vector<4>(p.weight + 4 * i, weight);
    write_vector<4>(p.mean + 4 * i, mean);
    write_vector<4>(p.square + 4 * i, square);
  }
  const int64_t i = 4 * vectors + first_element();
  if (i < count) adam_element(p, p.weight[i], p.gradient[i], p.mean[i], p.square[i]);
}
