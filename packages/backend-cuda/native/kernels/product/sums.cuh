/** Sums of products of two tiles in shared memory, kept in registers: in float32 by threads, in TF32 by warps. */
#pragma once

#include "../tensor-core.cuh"
#include "tile.cuh"

/** Sums of a thread. The four terms of a step are added one after the other, each with one rounding. */
template <class Tile, bool left_inner, bool right_inner>
struct ThreadSums {
  using Left = SharedTile<left_inner, Tile::m, Tile::k>;
  using Right = SharedTile<right_inner, Tile::n, Tile::k>;
  static constexpr int tm = Tile::tm, tn = Tile::tn;
  /** Whether the tiles must have been rounded to TF32. */
  static constexpr bool rounds = false;

  float sums[tm][tn];
  int row, column;

  MEMBER ThreadSums() {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    // Neighbours that read the same row or column stand 1 or 2 lanes apart: their reads of 16 bytes become one.
    const int down = (lane & 1) | (lane >> 4 << 1), across = lane >> 1 & 7;
    row = warp % Tile::warps_down * 4 * tm + (left_inner ? down : 4 * down);
    column = warp / Tile::warps_down * 8 * tn + (right_inner ? across : 4 * across);
#pragma unroll
    for (int i = 0; i < tm; i++) {
#pragma unroll
      for (int j = 0; j < tn; j++) sums[i][j] = 0.0f;
    }
  }

  /** Offset of the thread's row i from its first; where the tile is inner, neighbours stand in neighbouring threads. */
  static MEMBER int row_offset(int i) { return left_inner ? 4 * i : 16 * (i / 4) + i % 4; }
  static MEMBER int column_offset(int j) { return right_inner ? 8 * j : 32 * (j / 4) + j % 4; }

  MEMBER void add(const float* left, const float* right) {
    // Four terms are 256 FMA of the larger tiles: enough to hide the loop. Where not both tiles lie along the terms two are taken, or
    // what is read ahead would take registers of the sums.
#pragma unroll 1
    for (int k = 0; k < Tile::k; k += left_inner && right_inner ? 4 : 2) {
      if constexpr (left_inner && right_inner) {
        add_inner(left, right, k);
      } else if constexpr (left_inner) {
        add_pair(left, right, k);
      } else if constexpr (right_inner) {
        add_turned(left, right, k);
      } else {
        add_outer(left, right, k);
        add_outer(left, right, k + 1);
      }
    }
  }

  /** Four terms, column by column, so that only one column of the right tile is held at a time. */
  MEMBER void add_inner(const float* left, const float* right, int k) {
    float4 l[tm];
#pragma unroll
    for (int i = 0; i < tm; i++) l[i] = four(left + Left::at(row + row_offset(i), k));
#pragma unroll
    for (int j = 0; j < tn; j++) {
      const float4 r = four(right + Right::at(column + column_offset(j), k));
#pragma unroll
      for (int i = 0; i < tm; i++) {
        sums[i][j] = fmaf(l[i].x, r.x, sums[i][j]);
        sums[i][j] = fmaf(l[i].y, r.y, sums[i][j]);
        sums[i][j] = fmaf(l[i].z, r.z, sums[i][j]);
        sums[i][j] = fmaf(l[i].w, r.w, sums[i][j]);
      }
    }
  }

  /** Two terms of a left tile that is stored along them. */
  MEMBER void add_pair(const float* left, const float* right, int k) {
    float2 l[tm];
#pragma unroll
    for (int i = 0; i < tm; i++) l[i] = *reinterpret_cast<const float2*>(left + Left::at(row + row_offset(i), k));
#pragma unroll
    for (int q = 0; q < 2; q++) {
      float a[tm], b[tn];
#pragma unroll
      for (int i = 0; i < tm; i++) a[i] = q == 0 ? l[i].x : l[i].y;
      read_column(b, right, k + q);
      add_products(a, b);
    }
  }

  /** Two terms of a left tile along its rows, and a right one along the terms. */
  MEMBER void add_turned(const float* left, const float* right, int k) {
    float2 r[tn];
#pragma unroll
    for (int j = 0; j < tn; j++) r[j] = *reinterpret_cast<const float2*>(right + Right::at(column + column_offset(j), k));
#pragma unroll
    for (int q = 0; q < 2; q++) {
      float a[tm], b[tn];
      read_row(a, left, k + q);
#pragma unroll
      for (int j = 0; j < tn; j++) b[j] = q == 0 ? r[j].x : r[j].y;
      add_products(a, b);
    }
  }

  /** One term of tiles along rows and columns. */
  MEMBER void add_outer(const float* left, const float* right, int k) {
    float a[tm], b[tn];
    read_row(a, left, k);
    read_column(b, right, k);
    add_products(a, b);
  }

  MEMBER void read_row(float (&a)[tm], const float* left, int k) {
#pragma unroll
    for (int i = 0; i < tm; i += 4) spread(a + i, four(left + Left::at(row + row_offset(i), k)));
  }

  MEMBER void read_column(float (&b)[tn], const float* right, int k) {
#pragma unroll
    for (int j = 0; j < tn; j += 4) spread(b + j, four(right + Right::at(column + column_offset(j), k)));
  }

  MEMBER void add_products(const float (&a)[tm], const float (&b)[tn]) {
#pragma unroll
    for (int i = 0; i < tm; i++) {
#pragma unroll
      for (int j = 0; j < tn; j++) sums[i][j] = fmaf(a[i], b[j], sums[i][j]);
    }
  }

  /** The sums are handed over in so many parts, each of m / parts rows. */
  static constexpr int parts = 2;
  static constexpr int rows_of_part = Tile::m / parts;

  template <int part>
  MEMBER void store(float* shared, int pitch) const {
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const int down = (lane & 1) | (lane >> 4 << 1);
    const int slot = (warp % Tile::warps_down * 4 + down) * (tm / parts);
#pragma unroll
    for (int i = 0; i < tm / parts; i++) {
      float* line = shared + (slot + i) * pitch + column;
#pragma unroll
      for (int j = 0; j < tn; j++) line[column_offset(j)] = sums[part * (tm / parts) + i][j];
    }
  }

  /** The row in the tile of a row of a part. */
  static MEMBER int row_of(int slot, int part) {
    const int i = part * (tm / parts) + slot % (tm / parts), down = slot / (tm / parts) % 4;
    return slot / (4 * (tm / parts)) * 4 * tm + (left_inner ? down : 4 * down) + row_offset(i);
  }

  static MEMBER float4 four(const float* at) { return *reinterpret_cast<const float4*>(at); }
  static MEMBER void spread(float* to, const float4& v) {
    to[0] = v.x, to[1] = v.y, to[2] = v.z, to[3] = v.w;
  }
};

/** Sums of a warp: fragments of 16 x 8. Both tiles hold numbers that are rounded to TF32 already. */
template <class Tile, bool left_inner, bool right_inner>
struct WarpSums {
  using Left = SharedTile<left_inner, Tile::m, Tile::k>;
  using Right = SharedTile<right_inner, Tile::n, Tile::k>;
  static constexpr int down = Tile::wm / 16, across = Tile::wn / 8;
  static_assert(across % 2 == 0, "columns are read two fragments at a time");
  static constexpr bool rounds = true;

  float sums[down][across][4];
  int row, column;

  MEMBER WarpSums() {
    const int warp = threadIdx.x / 32;
    row = warp % Tile::warps_down * Tile::wm;
    column = warp / Tile::warps_down * Tile::wn;
#pragma unroll
    for (int i = 0; i < down; i++) {
#pragma unroll
      for (int j = 0; j < across; j++) {
#pragma unroll
        for (int e = 0; e < 4; e++) sums[i][j][e] = 0.0f;
      }
    }
  }

  MEMBER void add(const float* left, const float* right) {
    const int lane = threadIdx.x % 32;
    const int line = lane / 4, place = lane % 4;
#pragma unroll
    for (int k = 0; k < Tile::k; k += 8) {
      uint32_t a[down][4], b[across][2];
#pragma unroll
      for (int i = 0; i < down; i++) {
        const int first = row + 16 * i;
        if constexpr (left_inner) {
          load_matrices(a[i], left + Left::at(first + lane % 16, k + lane / 16 * 4));
        } else {
          a[i][0] = __float_as_uint(left[Left::at(first + line, k + place)]);
          a[i][1] = __float_as_uint(left[Left::at(first + line + 8, k + place)]);
          a[i][2] = __float_as_uint(left[Left::at(first + line, k + place + 4)]);
          a[i][3] = __float_as_uint(left[Left::at(first + line + 8, k + place + 4)]);
        }
      }
#pragma unroll
      for (int j = 0; j < across; j += 2) {
        const int first = column + 8 * j;
        if constexpr (right_inner) {
          uint32_t two[4];
          load_matrices(two, right + Right::at(first + lane / 16 * 8 + lane % 8, k + lane / 8 % 2 * 4));
          b[j][0] = two[0], b[j][1] = two[1], b[j + 1][0] = two[2], b[j + 1][1] = two[3];
        } else {
          b[j][0] = __float_as_uint(right[Right::at(first + line, k + place)]);
          b[j][1] = __float_as_uint(right[Right::at(first + line, k + place + 4)]);
          b[j + 1][0] = __float_as_uint(right[Right::at(first + 8 + line, k + place)]);
          b[j + 1][1] = __float_as_uint(right[Right::at(first + 8 + line, k + place + 4)]);
        }
      }
#pragma unroll
      for (int i = 0; i < down; i++) {
#pragma unroll
        for (int j = 0; j < across; j++) multiply_add_tf32(sums[i][j], a[i], b[j]);
      }
    }
  }

  static constexpr int parts = 2;
  static constexpr int rows_of_part = Tile::m / parts;
  static_assert(down % parts == 0, "parts are of whole fragments");

  template <int part>
  MEMBER void store(float* shared, int pitch) const {
    const int lane = threadIdx.x % 32;
    const int slot = row / parts + lane / 4;
#pragma unroll
    for (int i = 0; i < down / parts; i++) {
#pragma unroll
      for (int j = 0; j < across; j++) {
        const float(&sum)[4] = sums[part * (down / parts) + i][j];
        float* at = shared + (slot + 16 * i) * pitch + column + 8 * j + lane % 4 * 2;
        *reinterpret_cast<float2*>(at) = make_float2(sum[0], sum[1]);
        *reinterpret_cast<float2*>(at + 8 * pitch) = make_float2(sum[2], sum[3]);
      }
    }
  }

  static MEMBER int row_of(int slot, int part) {
    const int of_warp = Tile::wm / parts;
    return slot / of_warp * Tile::wm + part * of_warp + slot % of_warp;
  }
};

/** How a tile keeps its sums: by threads in float32, by warps in TF32. */
template <class Tile, bool left_inner, bool right_inner>
struct SumsOf;

template <int m, int n, int k, int tm, int tn, int stages, bool left_inner, bool right_inner>
struct SumsOf<ThreadTile<m, n, k, tm, tn, stages>, left_inner, right_inner> {
  using Sums = ThreadSums<ThreadTile<m, n, k, tm, tn, stages>, left_inner, right_inner>;
};

template <int m, int n, int k, int wm, int wn, int stages, bool left_inner, bool right_inner>
struct SumsOf<WarpTile<m, n, k, wm, wn, stages>, left_inner, right_inner> {
  using Sums = WarpSums<WarpTile<m, n, k, wm, wn, stages>, left_inner, right_inner>;
};
