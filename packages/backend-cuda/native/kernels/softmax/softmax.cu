#include "../rows.cuh"

/** Softmax, or its logarithm, of lines; `inner` elements lie between neighbours of a line. */
struct SoftmaxParams {
  const float* x;
  float* y;
  uint32_t lines, extent, inner;
  uint32_t is_log;
};

DEVICE int64_t start_of(uint32_t line, uint32_t extent, uint32_t inner) {
  const uint32_t outer = line / inner;
  return static_cast<int64_t>(outer) * extent * inner + (line - outer * inner);
}

/** Neighbours on a line are neighbours in memory: threads share a line. */
KERNEL(softmax_rows, SoftmaxParams, barriers, 256) {
  __shared__ float of_warps[32];
  for (int64_t first = first_row(); first < p.lines; first += row_stride()) {
    const int64_t line = first + threadIdx.y;
    const uint32_t extent = line < p.lines ? p.extent : 0;
    const float* x = p.x + line * p.extent;
    float* y = p.y + line * p.extent;
    float most = -infinity();
    for (uint32_t k = threadIdx.x; k < extent; k += blockDim.x) most = greater(most, x[k]);
    most = join_row<GreatestOfFloats>(most, of_warps);
    float sum = 0;
    for (uint32_t k = threadIdx.x; k < extent; k += blockDim.x) sum += expf(x[k] - most);
    sum = join_row<SumOfFloats>(sum, of_warps);
    const float scale = 1.0f / sum, log_sum = logf(sum);
    for (uint32_t k = threadIdx.x; k < extent; k += blockDim.x) {
      const float shifted = x[k] - most;
      y[k] = p.is_log ? shifted - log_sum : expf(shifted) * scale;
    }
  }
}

/** A thread for each line: lines beside each other are neighbours in memory. */
KERNEL(softmax_lines, SoftmaxParams, plain, 256) {
  for (int64_t line = first_element(); line < p.lines; line += grid_stride()) {
    const int64_t start = start_of(static_cast<uint32_t>(line), p.extent, p.inner);
    const float* x = p.x + start;
    float* y = p.y + start;
    float most = -infinity();
    for (uint32_t k = 0; k < p.extent; k++) most = greater(most, x[static_cast<int64_t>(k) * p.inner]);
    float sum = 0;
    for (uint32_t k = 0; k < p.extent; k++) sum += expf(x[static_cast<int64_t>(k) * p.inner] - most);
    const float scale = 1.0f / sum, log_sum = logf(sum);
    for (uint32_t k = 0; k < p.extent; k++) {
      const float shifted = x[static_cast<int64_t>(k) * p.inner] - most;
      y[static_cast<int64_t>(k) * p.inner] = p.is_log ? shifted - log_sum : expf(shifted) * scale;
    }
  }
}

/** Gradient by the input of softmax, from its output. */
struct SoftmaxGradParams {
  const float* y;
  const float* dy;
  float* dx;
  uint32_t lines, extent, inner;
  uint32_t is_log;
};

DEVICE float term_of(const SoftmaxGradParams& p, float y, float dy) { return p.is_log ? dy : dy * y; }
DEVICE float gradient_of(const SoftmaxGradParams& p, float y, float dy, float sum) {
  return p.is_log ? dy - expf(y) * sum : y * (dy - sum);
}

KERNEL(softmax_grad_rows, SoftmaxGradParams, barriers, 256) {
  __shared__ float of_warps[32];
  for (int64_t first = first_row(); first < p.lines; first += row_stride()) {
    const int64_t line = first + threadIdx.y;
    const uint32_t extent = line < p.lines ? p.extent : 0;
    const int64_t start = line * p.extent;
    float sum = 0;
    for (uint32_t k = threadIdx.x; k < extent; k += blockDim.x) sum += term_of(p, p.y[start + k], p.dy[start + k]);
    sum = join_row<SumOfFloats>(sum, of_warps);
    for (uint32_t k = threadIdx.x; k < extent; k += blockDim.x) {
      p.dx[start + k] = gradient_of(p, p.y[start + k], p.dy[start + k], sum);
    }
  }
}

KERNEL(softmax_grad_lines, SoftmaxGradParams, plain, 256) {
  for (int64_t line = first_element(); line < p.lines; line += grid_stride()) {
    const int64_t start = start_of(static_cast<uint32_t>(line), p.extent, p.inner);
    float sum = 0;
    for (uint32_t k = 0; k < p.extent; k++) {
      const int64_t at = start + static_cast<int64_t>(k) * p.inner;
      sum += term_of(p, p.y[at], p.dy[at]);
    }
    for (uint32_t k = 0; k < p.extent; k++) {
      const int64_t at = start + static_cast<int64_t>(k) * p.inner;
      p.dx[at] = gradient_of(p, p.y[at], p.dy[at], sum);
    }
  }
}
