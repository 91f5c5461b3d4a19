/**
 * Brings tiles of a factor into shared memory. A source says where its elements stand in global memory:
 *
 *     static constexpr bool inner;          // whether four neighbours in memory are four terms of the sum
 *     struct Cursor { … };
 *     Cursor start(int at) const;           // of this thread: the first term where inner, else the first of four outer places
 *     void advance(Cursor&, int terms) const;                               // only where inner
 *     void copy(float* shared, int other, const Cursor&) const;             // four elements; zeros for what does not exist
 *
 * where `other` is the outer place in the tile where inner, else the term.
 */
#pragma once

#include "../async-copy.cuh"
#include "tile.cuh"

template <class Source, int extent, int depth, int threads>
struct Stage {
  using Tile = SharedTile<Source::inner, extent, depth>;
  /** Groups of four elements in a line, and lines that all threads copy at once. */
  static constexpr int quads = (Source::inner ? depth : extent) / 4;
  static constexpr int at_once = threads / quads;
  static constexpr int rounds = Tile::lines / at_once;
  static_assert(at_once * quads == threads && rounds * at_once == Tile::lines, "all threads copy alike");

  const Source& source;
  int quad, line;
  typename Source::Cursor cursor;
  int k;

  MEMBER Stage(const Source& from, int begin) : source(from), quad(threadIdx.x % quads), line(threadIdx.x / quads), k(begin) {
    cursor = source.start(Source::inner ? begin + 4 * quad : 4 * quad);
  }

  /** Asks for the next `depth` terms. */
  MEMBER void copy_next(float* shared) {
#pragma unroll
    for (int round = 0; round < rounds; round++) {
      const int to = line + round * at_once;
      source.copy(shared + to * Tile::pitch + 4 * quad, Source::inner ? to : k + to, cursor);
    }
    if constexpr (Source::inner) source.advance(cursor, depth);
    k += depth;
  }
};
