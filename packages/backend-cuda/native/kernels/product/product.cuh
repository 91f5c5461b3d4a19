/** A block's tile of a product: from the sources through shared memory into sums, and out with an ending. */
#pragma once

#include "ending.cuh"
#include "staging.cuh"
#include "sums.cuh"

/** Rows of the output that stand one behind the other, `line` elements apart. */
struct RowsOfMatrix {
  int64_t line;
  MEMBER int64_t of(int row) const { return row * line; }
};

/** Where the sums of a block go. `Rows` says at which element a row begins. */
template <class Rows>
struct Target {
  float* out;
  Rows rows;
  Ending ending;
  /** Of the product, and of the tile's first sum. */
  int height, width, first_row, first_column;
  /** Whether four columns can be written at once: rows begin at multiples of 4, and so do the columns end. */
  bool vector;
};

/** Floats of dynamic shared memory that a product takes; `src/kernels/product/tiles.ts` computes the same. */
template <class Tile, bool left_inner, bool right_inner>
struct SharedSize {
  static constexpr int left = SharedTile<left_inner, Tile::m, Tile::k>::size;
  static constexpr int right = SharedTile<right_inner, Tile::n, Tile::k>::size;
  static constexpr int floats = Tile::stages * (left + right);
};

/** Hands the sums over through shared memory in two parts, so that they are written along rows, four at a time. */
template <class Tile, class Sums, class Rows>
DEVICE void write_sums(const Sums& sums, float* shared, const Target<Rows>& target) {
  // 4 columns more spread the rows that a warp writes over the banks.
  constexpr int pitch = Tile::n + 4, quads = Tile::n / 4;
#pragma unroll 1
  for (int part = 0; part < 2; part++) {
    __syncthreads();
    if (part == 0) {
      sums.template store<0>(shared, pitch);
    } else {
      sums.template store<1>(shared, pitch);
    }
    __syncthreads();
#pragma unroll 1
    for (int i = threadIdx.x; i < Sums::rows_of_part * quads; i += Tile::threads) {
      const int slot = i / quads, quad = i % quads * 4;
      const int row = target.first_row + Sums::row_of(slot, part), column = target.first_column + quad;
      if (row >= target.height || column >= target.width) continue;
      const float4 sum = *reinterpret_cast<const float4*>(shared + slot * pitch + quad);
      target.ending.write(target.out, target.rows.of(row) + column, sum, row, column, target.width - column, target.vector);
    }
  }
}

/**
 * The terms from `begin` to `end`, in order. Both sources give zeros behind `end`.
 * @param target gives the target; called behind the sum, so that none of it takes registers before
 */
template <class Tile, class Left, class Right, class MakeTarget>
DEVICE void product(float* shared, const Left& left, const Right& right, int begin, int end, const MakeTarget& target) {
  using Sums = typename SumsOf<Tile, Left::inner, Right::inner>::Sums;
  using Size = SharedSize<Tile, Left::inner, Right::inner>;
  static_assert(Sums::rows_of_part * (Tile::n + 4) <= Size::floats, "a part of the sums fits where the factors were");
  constexpr int stages = Tile::stages, step_size = Size::left + Size::right;

  Stage<Left, Tile::m, Tile::k, Tile::threads> left_stage(left, begin);
  Stage<Right, Tile::n, Tile::k, Tile::threads> right_stage(right, begin);
  const int steps = (end - begin + Tile::k - 1) / Tile::k;
#pragma unroll
  for (int step = 0; step < stages - 1; step++) {
    if (step < steps) {
      left_stage.copy_next(shared + step * step_size);
      right_stage.copy_next(shared + step * step_size + Size::left);
    }
    commit_copies();
  }

  Sums sums;
  int from = 0, to = stages - 1;
  for (int step = 0; step < steps; step++) {
    wait_copies<stages - 2>();
    if constexpr (Sums::rounds) {
      left_stage.round(shared + from * step_size);
      right_stage.round(shared + from * step_size + Size::left);
    }
    // What this step reads has come for all, and what the next copies overwrite has been read by all.
    __syncthreads();
    if (step + stages - 1 < steps) {
      left_stage.copy_next(shared + to * step_size);
      right_stage.copy_next(shared + to * step_size + Size::left);
    }
    commit_copies();
    sums.add(shared + from * step_size, shared + from * step_size + Size::left);
    from = from + 1 == stages ? 0 : from + 1;
    to = to + 1 == stages ? 0 : to + 1;
  }
  // Nothing may come in any more where the sums go out.
  wait_copies<0>();
  write_sums<Tile>(sums, shared, target());
}
