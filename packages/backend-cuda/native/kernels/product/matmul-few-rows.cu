/**
 * Products of few rows, such as a linear layer of one sample: reading the right factor once is all the work there is. A warp
 * computes one column, its lanes go along the terms.
 */
#include "ending.cuh"

/** out [rows, columns] = left [rows, terms] by right [columns, terms] turned, both along the terms; lines are multiples of 4. */
struct FewRowsParams {
  const float* left;
  const float* right;
  float* out;
  const float* bias;
  const float* residual;
  int32_t rows, columns, terms;
  int32_t left_line, right_line, out_line;
  EndingWords ending;
};

constexpr int warps_of_block = 4;

template <int most_rows>
DEVICE void few_rows(const FewRowsParams& p) {
  const int lane = threadIdx.x % 32;
  const int column = blockIdx.x * warps_of_block + threadIdx.x / 32;
  if (column >= p.columns) return;
  const float* right = p.right + static_cast<int64_t>(column) * p.right_line;
  float sums[most_rows];
#pragma unroll
  for (int row = 0; row < most_rows; row++) sums[row] = 0.0f;
#pragma unroll 2
  for (int k = 4 * lane; k < p.terms; k += 128) {
    const float4 r = *reinterpret_cast<const float4*>(right + k);
#pragma unroll
    for (int row = 0; row < most_rows; row++) {
      if (row >= p.rows) continue;
      const float4 l = *reinterpret_cast<const float4*>(p.left + static_cast<int64_t>(row) * p.left_line + k);
      sums[row] = fmaf(l.x, r.x, sums[row]);
      sums[row] = fmaf(l.y, r.y, sums[row]);
      sums[row] = fmaf(l.z, r.z, sums[row]);
      sums[row] = fmaf(l.w, r.w, sums[row]);
    }
  }
#pragma unroll
  for (int row = 0; row < most_rows; row++) {
#pragma unroll
    for (int by = 16; by > 0; by /= 2) sums[row] += __shfl_xor_sync(0xffffffffu, sums[row], by);
  }
  const Ending ending{p.bias, p.residual, p.ending};
#pragma unroll
  for (int row = 0; row < most_rows; row++) {
    if (lane != row || row >= p.rows) continue;
    const int64_t at = static_cast<int64_t>(row) * p.out_line + column;
    ending.write(p.out, at, make_float4(sums[row], 0.0f, 0.0f, 0.0f), row, column, 1, false);
  }
}

KERNEL(matmul_few_rows_1, FewRowsParams, barriers, 32 * warps_of_block) { few_rows<1>(p); }
KERNEL(matmul_few_rows_4, FewRowsParams, barriers, 32 * warps_of_block) { few_rows<4>(p); }
KERNEL(matmul_few_rows_8, FewRowsParams, barriers, 32 * warps_of_block) { few_rows<8>(p); }
