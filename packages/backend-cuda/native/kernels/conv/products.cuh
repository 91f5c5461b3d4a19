/** Convolutions as products, in three directions. A block computes a tile of one group, from one part of the terms. */
#pragma once

#include "../product/product.cuh"
#include "../product/tiles.cuh"
#include "patch-source.cuh"

/** What the products of all directions are told. Rows, columns and terms are those of one group. */
struct ConvProductWords {
  int32_t rows, columns, terms, terms_of_part, parts;
  /** Tiles down and across, and rows of tiles that are taken together. */
  int32_t down, across, group_of_tiles;
  int32_t groups;
  /** Elements from one part of the sums to the next. */
  uint32_t part_low, part_high;
  /** Elements from one row of the output to the next. */
  int32_t out_line;
  int32_t vector_out;
  EndingWords ending;
};

/** What a block computes. */
struct ConvBlock {
  int row, column, group, part, begin, end;

  template <class Tile>
  static MEMBER ConvBlock of(const ConvProductWords& p) {
    const int tiles = p.down * p.across;
    int rest = blockIdx.x / tiles;
    const TilePlace tile = tile_place(blockIdx.x - rest * tiles, p.down, p.across, p.group_of_tiles);
    const int part = rest % p.parts;
    const int begin = part * p.terms_of_part;
    return {tile.down * Tile::m, tile.across * Tile::n, rest / p.parts, part, begin, min(begin + p.terms_of_part, p.terms)};
  }
};

struct ConvForwardParams {
  const float* x;
  const float* weight;
  float* y;
  const float* bias;
  const float* residual;
  ConvProductWords product;
  int32_t channels_of_group;
  PatchWords patch;
};

/** Rows are output positions of all samples, columns outputs of the group, terms taps and channels of the group. */
template <class Tile, bool vector>
DEVICE void conv_forward(const ConvForwardParams& p) {
  DYNAMIC_SHARED(float, shared);
  __shared__ int4 rows[Tile::m];
  const ConvBlock at = ConvBlock::of<Tile>(p.product);
  for (int i = threadIdx.x; i < Tile::m; i += Tile::threads) rows[i] = PatchRows<vector>::entry(p.patch, at.row + i, p.product.rows);
  __syncthreads();
  const PatchRows<vector> left{p.x + static_cast<int64_t>(at.group) * p.channels_of_group, p.patch, rows, p.channels_of_group, at.end};
  const InnerMatrix<vector> right{p.weight + static_cast<int64_t>(at.group * p.product.columns + at.column) * p.product.terms, p.product.terms,
                                  p.product.columns - at.column, at.end};
  product<Tile>(shared, left, right, at.begin, at.end, [&] {
    const ConvBlock to = ConvBlock::of<Tile>(p.product);
    const int first = to.group * p.product.columns;
    const int64_t start = to.part * wide(p.product.part_low, p.product.part_high) + first;
    const Ending ending{p.bias + first, p.residual ? p.residual + start : nullptr, p.product.ending};
    return Target<RowsOfMatrix>{p.y + start, {p.product.out_line}, ending, p.product.rows, p.product.columns, to.row, to.column,
                                p.product.vector_out != 0};
  });
}

struct ConvInputGradParams {
  const float* dy;
  const float* weight;
  float* dx;
  ConvProductWords product;
  int32_t outputs_of_group;
  PatchWords patch;
  PlaceWords place;
  TapWords taps;
  FilterWords filter;
};

/** Rows of a phase lie apart in the input. */
struct RowsOfPhase {
  const PatchWords& patch;
  const PlaceWords& place;
  int64_t line;
  MEMBER int64_t of(int row) const { return place_position(patch, place, row) * line; }
};

/** Rows are input positions of one phase, columns channels of the group, terms taps of the phase and outputs of the group. */
template <class Tile, bool vector>
DEVICE void conv_input_grad(const ConvInputGradParams& p) {
  DYNAMIC_SHARED(float, shared);
  __shared__ int4 rows[Tile::m];
  const ConvBlock at = ConvBlock::of<Tile>(p.product);
  for (int i = threadIdx.x; i < Tile::m; i += Tile::threads) rows[i] = PatchRows<vector>::entry(p.patch, at.row + i, p.product.rows);
  __syncthreads();
  const PatchRows<vector> left{p.dy + static_cast<int64_t>(at.group) * p.outputs_of_group, p.patch, rows, p.outputs_of_group, at.end};
  const int all_taps = p.taps.all[0] * p.taps.all[1] * p.taps.all[2];
  const FilterColumns<vector> right{p.weight + static_cast<int64_t>(at.group) * p.outputs_of_group * all_taps * p.product.columns + at.column,
                                    p.taps, p.filter, p.product.columns, p.product.columns - at.column, at.end};
  product<Tile>(shared, left, right, at.begin, at.end, [&] {
    const ConvBlock to = ConvBlock::of<Tile>(p.product);
    const int64_t start = to.part * wide(p.product.part_low, p.product.part_high) + to.group * p.product.columns;
    const Ending ending{nullptr, nullptr, p.product.ending};
    return Target<RowsOfPhase>{p.dx + start, {p.patch, p.place, p.product.out_line}, ending, p.product.rows, p.product.columns,
                               to.row, to.column, p.product.vector_out != 0};
  });
}

struct ConvWeightGradParams {
  const float* x;
  const float* dy;
  float* dw;
  ConvProductWords product;
  int32_t channels_of_group, outputs;
  PatchWords patch;
};

/**
 * Rows are outputs of the group, columns taps and channels of the group, terms output positions of all samples.
 * @tparam vector whether channels are a multiple of four, `vector_outputs` whether outputs are
 */
template <class Tile, bool vector, bool vector_outputs = vector>
DEVICE void conv_weight_grad(const ConvWeightGradParams& p) {
  DYNAMIC_SHARED(float, shared);
  const ConvBlock at = ConvBlock::of<Tile>(p.product);
  const OuterMatrix<vector_outputs> left{p.dy + static_cast<int64_t>(at.group) * p.product.rows + at.row, p.outputs, p.product.rows - at.row, at.end};
  const PatchColumns<vector> right{p.x + static_cast<int64_t>(at.group) * p.channels_of_group, p.patch, p.channels_of_group, at.column,
                                   p.product.columns, at.end};
  product<Tile>(shared, left, right, at.begin, at.end, [&] {
    const ConvBlock to = ConvBlock::of<Tile>(p.product);
    const int64_t start = to.part * wide(p.product.part_low, p.product.part_high) + static_cast<int64_t>(to.group) * p.product.rows * p.product.columns;
    const Ending ending{nullptr, nullptr, p.product.ending};
    return Target<RowsOfMatrix>{p.dw + start, {p.product.out_line}, ending, p.product.rows, p.product.columns, to.row, to.column,
                                p.product.vector_out != 0};
  });
}

/**
 * Kernels of one direction. `any` is for channels that are no multiple of four: these are copied one by one. `first` is for
 * channels alone, as of a first layer.
 */
#define CONV_PRODUCT(name, body, Params, Tile, resident) \
  KERNEL_RESIDENT(name, Params, barriers, Tile::threads, resident) { body<Tile, true>(p); }
#define CONV_PRODUCT_FIRST(name, body, Params, Tile, resident) \
  KERNEL_RESIDENT(name##_first, Params, barriers, Tile::threads, resident) { body<Tile, false, true>(p); }
#define CONV_PRODUCT_ANY(name, body, Params, Tile, resident) \
  KERNEL_RESIDENT(name##_any, Params, barriers, Tile::threads, resident) { body<Tile, false>(p); }
