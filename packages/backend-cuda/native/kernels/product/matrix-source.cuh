/** Factors that are matrices in memory, row by row or column by column. */
#pragma once

#include "../async-copy.cuh"
#include "tile.cuh"

/** Four elements, of which the first `present` exist. One copy where all four or none do and they are aligned. */
template <bool vector>
DEVICE void copy_four(float* to, const float* from, int present) {
  if constexpr (vector) {
    copy_async_16(to, from, present > 0);
  } else {
#pragma unroll
    for (int i = 0; i < 4; i++) copy_async_4(to + i, from + (i < present ? i : 0), i < present);
  }
}

/** Outer place r and term k stand at `first + r * line + k`. */
template <bool vector>
struct InnerMatrix {
  static constexpr bool inner = true;
  struct Cursor {
    int k;
  };

  /** Of the tile's first outer place. */
  const float* first;
  int32_t line;
  /** Outer places from there on. */
  int places;
  /** Behind the last term. */
  int end;

  MEMBER Cursor start(int k) const { return {k}; }
  MEMBER void advance(Cursor& cursor, int terms) const { cursor.k += terms; }
  MEMBER void copy(float* to, int place, const Cursor& cursor) const {
    const int present = place < places ? end - cursor.k : 0;
    copy_four<vector>(to, present > 0 ? first + static_cast<int64_t>(place) * line + cursor.k : first, present);
  }
};

/** Outer place r and term k stand at `first + k * line + r`. */
template <bool vector>
struct OuterMatrix {
  static constexpr bool inner = false;
  struct Cursor {
    int place;
  };

  const float* first;
  int32_t line;
  int places;
  int end;

  MEMBER Cursor start(int place) const { return {place}; }
  MEMBER void copy(float* to, int k, const Cursor& cursor) const {
    const int present = k < end ? places - cursor.place : 0;
    copy_four<vector>(to, present > 0 ? first + static_cast<int64_t>(k) * line + cursor.place : first, present);
  }
};

template <bool inner, bool vector>
struct MatrixOf {
  using Source = InnerMatrix<vector>;
};

template <bool vector>
struct MatrixOf<false, vector> {
  using Source = OuterMatrix<vector>;
};
