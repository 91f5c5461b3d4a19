#include "../axes.cuh"

/** Elements copied from box to box: the tensors of the walk are y and x. */
struct MoveParams {
  const void* x;
  void* y;
  uint32_t count;
  Axes<2> axes;
};

/** `Element` may hold several neighbours. */
template <typename Element>
DEVICE void move_box(const MoveParams& p) {
  const Element* x = static_cast<const Element*>(p.x);
  Element* y = static_cast<Element*>(p.y);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    int64_t at[2] = {0, 0};
    find(p.axes, static_cast<uint32_t>(i), at);
    y[at[0]] = x[at[1]];
  }
}

KERNEL(move_1, MoveParams, plain, 256) { move_box<uint8_t>(p); }
KERNEL(move_2, MoveParams, plain, 256) { move_box<uint16_t>(p); }
KERNEL(move_4, MoveParams, plain, 256) { move_box<uint32_t>(p); }
KERNEL(move_8, MoveParams, plain, 256) { move_box<uint2>(p); }
KERNEL(move_16, MoveParams, plain, 256) { move_box<uint4>(p); }

/**
 * The same where neighbours in y (`columns` of them, y_row apart in the rows) are x_column apart in x, and neighbours in x are the
 * `rows`. The walk goes over `planes` of such.
 */
struct MoveTilesParams {
  const void* x;
  void* y;
  uint32_t columns, rows, planes;
  int32_t y_row, x_column;
  Axes<2> axes;
};

constexpr uint32_t tile = 32;
/** Rows of threads; each carries tile / lines elements. */
constexpr uint32_t lines = 8;

/** Through shared memory, so that both sides are walked along neighbours. */
template <typename Element>
DEVICE void move_tiles(const MoveTilesParams& p) {
  __shared__ Element part[tile][tile + 1];
  for (uint32_t plane = blockIdx.z; plane < p.planes; plane += gridDim.z) {
    int64_t at[2] = {0, 0};
    find(p.axes, plane, at);
    Element* y = static_cast<Element*>(p.y) + at[0];
    const Element* x = static_cast<const Element*>(p.x) + at[1];
    const uint32_t column = blockIdx.x * tile;
    for (uint32_t row = blockIdx.y * tile; row < p.rows; row += gridDim.y * tile) {
      for (uint32_t i = threadIdx.y; i < tile; i += lines) {
        const uint32_t c = column + i, r = row + threadIdx.x;
        if (c < p.columns && r < p.rows) part[i][threadIdx.x] = x[static_cast<int64_t>(c) * p.x_column + r];
      }
      __syncthreads();
      for (uint32_t i = threadIdx.y; i < tile; i += lines) {
        const uint32_t c = column + threadIdx.x, r = row + i;
        if (c < p.columns && r < p.rows) y[static_cast<int64_t>(r) * p.y_row + c] = part[threadIdx.x][i];
      }
      __syncthreads();
    }
  }
}

KERNEL(move_tiles_1, MoveTilesParams, barriers, 256) { move_tiles<uint8_t>(p); }
KERNEL(move_tiles_2, MoveTilesParams, barriers, 256) { move_tiles<uint16_t>(p); }
KERNEL(move_tiles_4, MoveTilesParams, barriers, 256) { move_tiles<uint32_t>(p); }
