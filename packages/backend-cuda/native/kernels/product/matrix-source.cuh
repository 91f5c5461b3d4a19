/** Factors that are matrices in memory, row by row or column by column. */
#pragma once

#include "../async-copy.cuh"
#include "tile.cuh"

/** Copies neighbours that all exist or do not: 4, aligned to 16 bytes, or 1. What does not exist is not read, wherever `from` points. */
template <int width>
DEVICE void copy_piece(float* to, const float* from, bool present) {
  static_assert(width == 4 || width == 1, "16 bytes or 4");
  if constexpr (width == 4) {
    copy_async_16(to, from, present);
  } else {
    copy_async_4(to, from, present);
  }
}

/** Outer place r and term k stand at `first + r * line + k`. */
template <bool vector>
struct InnerMatrix {
  static constexpr bool inner = true;
  static constexpr int width = vector ? 4 : 1;
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
    const bool present = (place < places) & (cursor.k < end);
    copy_piece<width>(to, first + static_cast<int64_t>(place) * line + cursor.k, present);
  }
};

/** Outer place r and term k stand at `first + k * line + r`. */
template <bool vector>
struct OuterMatrix {
  static constexpr bool inner = false;
  static constexpr int width = vector ? 4 : 1;
  struct Cursor {
    int place;
  };

  const float* first;
  int32_t line;
  int places;
  int end;

  MEMBER Cursor start(int place) const { return {place}; }
  MEMBER void copy(float* to, int k, const Cursor& cursor) const {
    const bool present = (k < end) & (cursor.place < places);
    copy_piece<width>(to, first + static_cast<int64_t>(k) * line + cursor.place, present);
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
