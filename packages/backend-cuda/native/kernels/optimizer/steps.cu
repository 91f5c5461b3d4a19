#include "../vectors.cuh"

// Steps of optimisers in place, element by element: of one parameter, or of several in one launch.

/** Nothing without decay, also of an infinite weight, which times 0 is NaN. */
DEVICE float decay_of(float decay, float weight) { return decay == 0 ? 0.0f : decay * weight; }

/** Parameters of one launch, and elements of one that a block updates. */
constexpr int most_parameters = 64;
constexpr uint32_t chunk = 4096;

/** The parameters that a launch has: elements of each, and the first block of each, in order. */
struct Parameters {
  uint32_t parameters;
  uint32_t count[most_parameters];
  uint32_t first_block[most_parameters];
};

/** The parameter of this block. */
DEVICE uint32_t own_parameter(const Parameters& all) {
  uint32_t low = 0, high = all.parameters;
  while (high - low > 1) {
    const uint32_t middle = (low + high) / 2;
    if (all.first_block[middle] <= blockIdx.x) low = middle;
    else high = middle;
  }
  return low;
}

// ---- As torch.optim.SGD. The velocity is null where the momentum is 0.

struct SgdNumbers {
  float rate, momentum, kept, decay, sign;
  uint32_t is_nesterov, is_first;
};

struct SgdParams {
  float* weight;
  const float* gradient;
  float* velocity;
  uint32_t count_low, count_high;
  SgdNumbers numbers;
};

struct SgdManyParams {
  float* weight[most_parameters];
  const float* gradient[most_parameters];
  float* velocity[most_parameters];
  Parameters all;
  SgdNumbers numbers;
};

DEVICE void sgd_element(const SgdNumbers& p, bool has_velocity, float& weight, float gradient, float& velocity) {
  float step = p.sign * gradient + decay_of(p.decay, weight);
  if (has_velocity) {
    velocity = p.is_first ? step : p.momentum * velocity + p.kept * step;
    step = p.is_nesterov ? step + p.momentum * velocity : velocity;
  }
  weight -= p.rate * step;
}

/** Elements from `first` on in steps of `stride` vectors below `end`; the last ones may be no whole vector. */
DEVICE void sgd_elements(const SgdNumbers& p, float* weights, const float* gradients, float* velocities, int64_t first,
                         int64_t end, int64_t stride) {
  const bool has_velocity = velocities != nullptr;
  for (int64_t i = first; i < end; i += stride) {
    if (i + 4 <= end) {
      Vector<float, 4> weight = read_vector<4>(weights + i), velocity{};
      const Vector<float, 4> gradient = read_vector<4>(gradients + i);
      if (has_velocity) velocity = read_vector<4>(velocities + i);
#pragma unroll
      for (int k = 0; k < 4; k++) sgd_element(p, has_velocity, weight.at[k], gradient.at[k], velocity.at[k]);
      write_vector<4>(weights + i, weight);
      if (has_velocity) write_vector<4>(velocities + i, velocity);
    } else {
      for (int64_t k = i; k < end; k++) {
        float none = 0;
        sgd_element(p, has_velocity, weights[k], gradients[k], has_velocity ? velocities[k] : none);
      }
    }
  }
}

KERNEL(sgd, SgdParams, plain, 256) {
  sgd_elements(p.numbers, p.weight, p.gradient, p.velocity, 4 * first_element(), wide(p.count_low, p.count_high),
               4 * grid_stride());
}

KERNEL(sgd_many, SgdManyParams, plain, 256) {
  const uint32_t own = own_parameter(p.all);
  const int64_t begin = static_cast<int64_t>(blockIdx.x - p.all.first_block[own]) * chunk;
  const int64_t end = min(begin + chunk, static_cast<int64_t>(p.all.count[own]));
  sgd_elements(p.numbers, p.weight[own], p.gradient[own], p.velocity[own], begin + 4 * threadIdx.x, end,
               4 * static_cast<int64_t>(blockDim.x));
}

// ---- As torch.optim.Adam and AdamW.

/** `mean_share` and `square_share` are what the betas leave of 1, which float32 would round. */
struct AdamNumbers {
  float rate, root_correction, kept;
  float beta1, beta2, mean_share, square_share;
  float epsilon, decay, sign;
  uint32_t is_decoupled;
};

struct AdamParams {
  float* weight;
  const float* gradient;
  float* mean;
  float* square;
  uint32_t count_low, count_high;
  AdamNumbers numbers;
};

struct AdamManyParams {
  float* weight[most_parameters];
  const float* gradient[most_parameters];
  float* mean[most_parameters];
  float* square[most_parameters];
  Parameters all;
  AdamNumbers numbers;
};

DEVICE void adam_element(const AdamNumbers& p, float& weight, float gradient, float& mean, float& square) {
  float g = p.sign * gradient;
  if (p.is_decoupled) weight *= p.kept;
  else g += decay_of(p.decay, weight);
  mean = p.beta1 * mean + p.mean_share * g;
  square = p.beta2 * square + p.square_share * g * g;
  weight -= p.rate * mean / (sqrtf(square) / p.root_correction + p.epsilon);
}

/** As `sgd_elements`. */
DEVICE void adam_elements(const AdamNumbers& p, float* weights, const float* gradients, float* means, float* squares,
                          int64_t first, int64_t end, int64_t stride) {
  for (int64_t i = first; i < end; i += stride) {
    if (i + 4 <= end) {
      Vector<float, 4> weight = read_vector<4>(weights + i), mean = read_vector<4>(means + i);
      Vector<float, 4> square = read_vector<4>(squares + i);
      const Vector<float, 4> gradient = read_vector<4>(gradients + i);
#pragma unroll
      for (int k = 0; k < 4; k++) adam_element(p, weight.at[k], gradient.at[k], mean.at[k], square.at[k]);
      write_vector<4>(weights + i, weight);
      write_vector<4>(means + i, mean);
      write_vector<4>(squares + i, square);
    } else {
      for (int64_t k = i; k < end; k++) adam_element(p, weights[k], gradients[k], means[k], squares[k]);
    }
  }
}

KERNEL(adam, AdamParams, plain, 256) {
  adam_elements(p.numbers, p.weight, p.gradient, p.mean, p.square, 4 * first_element(), wide(p.count_low, p.count_high),
                4 * grid_stride());
}

KERNEL_RESIDENT(adam_many, AdamManyParams, plain, 256, 4) {
  const uint32_t own = own_parameter(p.all);
  const int64_t begin = static_cast<int64_t>(blockIdx.x - p.all.first_block[own]) * chunk;
  const int64_t end = min(begin + chunk, static_cast<int64_t>(p.all.count[own]));
  adam_elements(p.numbers, p.weight[own], p.gradient[own], p.mean[own], p.square[own], begin + 4 * threadIdx.x, end,
                4 * static_cast<int64_t>(blockDim.x));
}
