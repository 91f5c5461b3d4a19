/** Products of matrices, one for each place of a batch. */
#pragma once

#include "matrix-source.cuh"
#include "product.cuh"

constexpr int most_batch_axes = 4;

/**
 * out [batch, rows, columns] row by row = left [.., rows, terms] by right [.., terms, columns]. Line: elements from one outer
 * place to the next where a factor is stored along the terms, else from one term to the next.
 */
struct MatmulParams {
  const float* left;
  const float* right;
  float* out;
  const float* bias;
  const float* residual;
  int32_t rows, columns, terms, terms_of_part, parts;
  int32_t left_line, right_line, out_line;
  /** Tiles down and across, and rows of tiles that are taken together. */
  int32_t down, across, group;
  /** Elements from one part of the sums to the next. */
  uint32_t part_low, part_high;
  /** The bias goes on by so many elements from one place of the batch to the next. */
  int32_t bias_step;
  int32_t vector_out;
  EndingWords ending;
  /** Extents of the axes, the last one fastest, and elements to the next place along each. */
  int32_t axes;
  int32_t extent[most_batch_axes];
  uint32_t left_step_low[most_batch_axes], left_step_high[most_batch_axes];
  uint32_t right_step_low[most_batch_axes], right_step_high[most_batch_axes];
  uint32_t out_step_low[most_batch_axes], out_step_high[most_batch_axes];
};

/** What a block computes: its tile, the place in the batch, and the part of the terms. */
struct MatmulBlock {
  int row, column, place, part;

  template <class Tile>
  static MEMBER MatmulBlock of(const MatmulParams& p) {
    const int tiles = p.down * p.across;
    const int rest = blockIdx.x / tiles;
    const TilePlace tile = tile_place(blockIdx.x - rest * tiles, p.down, p.across, p.group);
    return {tile.down * Tile::m, tile.across * Tile::n, rest / p.parts, rest % p.parts};
  }
};

/** Elements to a place of the batch, by steps along its axes. */
DEVICE int64_t batch_offset(const MatmulParams& p, int place, const uint32_t (&low)[most_batch_axes], const uint32_t (&high)[most_batch_axes]) {
  int64_t offset = 0;
  for (int axis = p.axes - 1; axis >= 0; axis--) {
    offset += place % p.extent[axis] * wide(low[axis], high[axis]);
    place /= p.extent[axis];
  }
  return offset;
}

template <class Tile, bool left_inner, bool right_inner, bool vector>
DEVICE void matmul(const MatmulParams& p) {
  DYNAMIC_SHARED(float, shared);
  const MatmulBlock at = MatmulBlock::of<Tile>(p);
  const int begin = at.part * p.terms_of_part, end = min(begin + p.terms_of_part, p.terms);
  const int64_t left_start = batch_offset(p, at.place, p.left_step_low, p.left_step_high) + static_cast<int64_t>(at.row) * (left_inner ? p.left_line : 1);
  const int64_t right_start =
      batch_offset(p, at.place, p.right_step_low, p.right_step_high) + static_cast<int64_t>(at.column) * (right_inner ? p.right_line : 1);

  using Left = typename MatrixOf<left_inner, vector>::Source;
  using Right = typename MatrixOf<right_inner, vector>::Source;
  const Left left{p.left + left_start, p.left_line, p.rows - at.row, end};
  const Right right{p.right + right_start, p.right_line, p.columns - at.column, end};
  product<Tile>(shared, left, right, begin, end, [&] {
    const MatmulBlock to = MatmulBlock::of<Tile>(p);
    const int64_t start = to.part * wide(p.part_low, p.part_high) + batch_offset(p, to.place, p.out_step_low, p.out_step_high);
    const Ending ending{p.bias + static_cast<int64_t>(to.place) * p.bias_step, p.residual ? p.residual + start : nullptr, p.ending};
    return Target<RowsOfMatrix>{p.out + start, {p.out_line}, ending, p.rows, p.columns, to.row, to.column, p.vector_out != 0};
  });
}
