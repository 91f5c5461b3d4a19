/**
 * Products of factors with any strides: those whose batch stands innermost in memory (rank 4 and more lies with axis 1 there), and
 * those too small for tiles. A thread computes 4 x 4 sums of one place of the batch, or one.
 */
#include "ending.cuh"

constexpr int most_strided_axes = 6;

/** Axes: those of the batch, each with its extent and steps in elements. The last one is taken by neighbouring threads. */
struct MatmulStridedParams {
  const float* left;
  const float* right;
  float* out;
  const float* bias;
  int32_t rows, columns, terms;
  uint32_t threads_low, threads_high;
  int32_t bias_axis;
  int32_t axes;
  uint32_t left_row_low, left_row_high, left_term_low, left_term_high;
  uint32_t right_column_low, right_column_high, right_term_low, right_term_high;
  uint32_t out_row_low, out_row_high, out_column_low, out_column_high;
  int32_t extent[most_strided_axes];
  uint32_t left_low[most_strided_axes], left_high[most_strided_axes];
  uint32_t right_low[most_strided_axes], right_high[most_strided_axes];
  uint32_t out_low[most_strided_axes], out_high[most_strided_axes];
};

template <int tm, int tn>
DEVICE void matmul_strided(const MatmulStridedParams& p) {
  const int64_t threads = wide(p.threads_low, p.threads_high);
  const int across = (p.columns + tn - 1) / tn, down = (p.rows + tm - 1) / tm;
  const int64_t left_row = wide(p.left_row_low, p.left_row_high), left_term = wide(p.left_term_low, p.left_term_high);
  const int64_t right_column = wide(p.right_column_low, p.right_column_high), right_term = wide(p.right_term_low, p.right_term_high);
  const int64_t out_row = wide(p.out_row_low, p.out_row_high), out_column = wide(p.out_column_low, p.out_column_high);
  for (int64_t i = first_element(); i < threads; i += grid_stride()) {
    // The innermost axis of the batch fastest, then columns, rows, and the other axes.
    const int inner = p.axes > 0 ? p.extent[p.axes - 1] : 1;
    int64_t rest = i / inner;
    const int innermost = static_cast<int>(i % inner);
    const int column = static_cast<int>(rest % across) * tn;
    rest /= across;
    const int row = static_cast<int>(rest % down) * tm;
    rest /= down;
    int64_t left_start = 0, right_start = 0, out_start = 0;
    for (int axis = p.axes - 1; axis >= 0; axis--) {
      const int64_t at = axis == p.axes - 1 ? innermost : rest % p.extent[axis];
      if (axis != p.axes - 1) rest /= p.extent[axis];
      left_start += at * wide(p.left_low[axis], p.left_high[axis]);
      right_start += at * wide(p.right_low[axis], p.right_high[axis]);
      out_start += at * wide(p.out_low[axis], p.out_high[axis]);
    }
    // What lies outside is read from the last row or column, and not written.
    const float* left[tm];
    const float* right[tn];
    float sums[tm][tn];
#pragma unroll
    for (int m = 0; m < tm; m++) left[m] = p.left + left_start + min(row + m, p.rows - 1) * left_row;
#pragma unroll
    for (int n = 0; n < tn; n++) right[n] = p.right + right_start + min(column + n, p.columns - 1) * right_column;
#pragma unroll
    for (int m = 0; m < tm; m++) {
#pragma unroll
      for (int n = 0; n < tn; n++) sums[m][n] = 0.0f;
    }
    for (int k = 0; k < p.terms; k++) {
      float l[tm], r[tn];
#pragma unroll
      for (int m = 0; m < tm; m++) l[m] = left[m][k * left_term];
#pragma unroll
      for (int n = 0; n < tn; n++) r[n] = right[n][k * right_term];
#pragma unroll
      for (int m = 0; m < tm; m++) {
#pragma unroll
        for (int n = 0; n < tn; n++) sums[m][n] = fmaf(l[m], r[n], sums[m][n]);
      }
    }
#pragma unroll
    for (int m = 0; m < tm; m++) {
#pragma unroll
      for (int n = 0; n < tn; n++) {
        if (row + m >= p.rows || column + n >= p.columns) continue;
        const float added = p.bias_axis == bias_none ? 0.0f : p.bias[p.bias_axis == bias_columns ? column + n : row + m];
        p.out[out_start + (row + m) * out_row + (column + n) * out_column] = p.bias_axis == bias_none ? sums[m][n] : sums[m][n] + added;
      }
    }
  }
}

KERNEL(matmul_strided, MatmulStridedParams, plain, 128) { matmul_strided<4, 4>(p); }
KERNEL(matmul_strided_one, MatmulStridedParams, plain, 128) { matmul_strided<1, 1>(p); }
