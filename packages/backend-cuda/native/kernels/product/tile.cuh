/**
 * How the outputs of a product are divided. A block computes m x n of them in steps of k terms, which it copies into shared
 * memory some steps ahead. Which shape gets which tile stands in `src/kernels/product/tiles.ts`.
 */
#pragma once

#include "../portable.cuh"

/** A function of a struct that kernels use. */
#define MEMBER __device__ __forceinline__

/** Threads keep tm x tn sums each; a warp is 4 threads high and 8 wide. */
template <int m_, int n_, int k_, int tm_, int tn_, int stages_ = 2>
struct ThreadTile {
  static constexpr int m = m_, n = n_, k = k_, tm = tm_, tn = tn_, stages = stages_;
  static constexpr int warps_down = m / (4 * tm), warps_across = n / (8 * tn);
  static constexpr int threads = 32 * warps_down * warps_across;
  static_assert(warps_down * 4 * tm == m && warps_across * 8 * tn == n, "whole warps cover the tile");
};

/** Warps keep wm x wn sums each, in fragments of 16 x 8. */
template <int m_, int n_, int k_, int wm_, int wn_, int stages_ = 4>
struct WarpTile {
  static constexpr int m = m_, n = n_, k = k_, wm = wm_, wn = wn_, stages = stages_;
  static constexpr int warps_down = m / wm, warps_across = n / wn;
  static constexpr int threads = 32 * warps_down * warps_across;
  static_assert(warps_down * wm == m && warps_across * wn == n, "whole warps cover the tile");
  static_assert(wm % 16 == 0 && wn % 8 == 0 && k % 8 == 0, "whole fragments cover a warp's part");
};

/**
 * A tile of one factor in shared memory. "Inner" is the index that the sum runs over, "outer" the row of the left or the
 * column of the right factor. It stands as it does in global memory, so that 16 bytes are copied at once: along the inner
 * index as [outer][inner], else as [inner][outer]. The pitch spreads what a warp reads at once over all banks: 8 lines of 4
 * elements where inner (20 and 36 words apart), 4 lines of 8 where outer (8 words apart, modulo 32).
 */
template <bool inner, int extent, int depth>
struct SharedTile {
  static constexpr int pitch = inner ? depth + 4 : extent + 8;
  static constexpr int lines = inner ? extent : depth;
  static constexpr int size = pitch * lines;
  static MEMBER int at(int outer, int k) { return inner ? outer * pitch + k : k * pitch + outer; }
};

/** The tile that a block computes, of `down` x `across`. */
struct TilePlace {
  int down, across;
};

/**
 * Takes tiles in groups of so many rows, column by column in a group, so that blocks that run together read the same few
 * rows and columns of the factors, from the second-level cache.
 */
DEVICE TilePlace tile_place(int tile, int down, int across, int group) {
  const int of_group = tile / (group * across);
  const int first = of_group * group;
  const int rows = min(group, down - first);
  const int rest = tile - of_group * group * across;
  return {first + rest % rows, rest / rows};
}
