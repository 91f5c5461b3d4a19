#include "../portable.cuh"

/** Matrices [rows, columns] one behind the other, each written as [columns, rows]: one plane of the grid a matrix. */
struct TransposeParams {
  const void* x;
  void* y;
  uint32_t rows, columns;
};

constexpr int tile = 32;
/** Rows of threads; each carries tile / lines elements. */
constexpr int lines = 8;

/** Through shared memory, so that both reads and writes run along rows. */
template <typename Element>
DEVICE void transpose(const TransposeParams& p) {
  __shared__ Element part[tile][tile + 1];
  const int64_t start = static_cast<int64_t>(blockIdx.z) * p.rows * p.columns;
  const Element* x = static_cast<const Element*>(p.x) + start;
  Element* y = static_cast<Element*>(p.y) + start;
  // Long sides go on in steps of the grid, which has at most 65,535 along y.
  for (int64_t row = static_cast<int64_t>(blockIdx.y) * tile; row < p.rows; row += static_cast<int64_t>(gridDim.y) * tile) {
    const int64_t column = static_cast<int64_t>(blockIdx.x) * tile;
    for (int i = threadIdx.y; i < tile; i += lines) {
      const int64_t r = row + i, c = column + threadIdx.x;
      if (r < p.rows && c < p.columns) part[i][threadIdx.x] = x[r * p.columns + c];
    }
    __syncthreads();
    for (int i = threadIdx.y; i < tile; i += lines) {
      const int64_t r = row + threadIdx.x, c = column + i;
      if (r < p.rows && c < p.columns) y[c * p.rows + r] = part[threadIdx.x][i];
    }
    __syncthreads();
  }
}

KERNEL(transpose_4, TransposeParams, barriers, 256) { transpose<uint32_t>(p); }
KERNEL(transpose_2, TransposeParams, barriers, 256) { transpose<uint16_t>(p); }
KERNEL(transpose_1, TransposeParams, barriers, 256) { transpose<uint8_t>(p); }
