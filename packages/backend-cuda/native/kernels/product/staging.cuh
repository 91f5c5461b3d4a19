/**
 * Brings tiles of a factor into shared memory. A source says where its elements stand in global memory:
 *
 *     static constexpr bool inner;          // whether neighbours in memory are terms of the sum
 *     static constexpr int width;           // neighbours that are copied as one: 4, or 1 where they are not aligned
 *     struct Cursor { … };
 *     Cursor start(int at) const;           // of this thread: its first term where inner, else its first outer place
 *     void advance(Cursor&, int terms) const;                               // only where inner
 *     void copy(float* shared, int other, const Cursor&) const;             // `width` elements; zeros for what does not exist
 *
 * where `other` is the outer place in the tile where inner, else the term. What a thread copies differs in `other` alone, so what
 * the cursor knows is found once.
 */
#pragma once

#include "../async-copy.cuh"
#include "../tensor-core.cuh"
#include "tile.cuh"

template <class Source, int extent, int depth, int threads>
struct Stage {
  using Tile = SharedTile<Source::inner, extent, depth>;
  /** Copies of a line, and lines that all threads copy at once. */
  static constexpr int pieces = (Source::inner ? depth : extent) / Source::width;
  static constexpr int at_once = threads / pieces;
  static constexpr int rounds = Tile::lines / at_once;
  static_assert(at_once * pieces == threads && rounds * at_once == Tile::lines, "all threads copy alike");

  const Source& source;
  int piece, line;
  typename Source::Cursor cursor;
  int k;

  MEMBER Stage(const Source& from, int begin) : source(from), piece(threadIdx.x % pieces * Source::width), line(threadIdx.x / pieces), k(begin) {
    cursor = source.start(Source::inner ? begin + piece : piece);
  }

  /** Asks for the next `depth` terms. */
  MEMBER void copy_next(float* shared) {
#pragma unroll
    for (int round = 0; round < rounds; round++) {
      const int to = line + round * at_once;
      source.copy(shared + to * Tile::pitch + piece, Source::inner ? to : k + to, cursor);
    }
    if constexpr (Source::inner) source.advance(cursor, depth);
    k += depth;
  }

  /** Rounds what this thread has copied to TF32, once that has come and before others read it. */
  MEMBER void round(float* shared) const {
#pragma unroll
    for (int round = 0; round < rounds; round++) {
      float* at = shared + (line + round * at_once) * Tile::pitch + piece;
      if constexpr (Source::width == 4) {
        const float4 v = *reinterpret_cast<const float4*>(at);
        *reinterpret_cast<uint4*>(at) = make_uint4(round_to_tf32(v.x), round_to_tf32(v.y), round_to_tf32(v.z), round_to_tf32(v.w));
      } else {
        *reinterpret_cast<uint32_t*>(at) = round_to_tf32(*at);
      }
    }
  }
};
