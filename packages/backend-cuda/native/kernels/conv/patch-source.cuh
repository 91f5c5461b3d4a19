/** Factors of the products that convolutions are computed as, gathered from a tensor that lies channels last. */
#pragma once

#include "../product/matrix-source.cuh"
#include "geometry.cuh"

/** Rows are positions, terms are taps and channels of a group, the channels fastest. */
template <bool vector>
struct PatchRows {
  static constexpr bool inner = true;
  static constexpr int width = vector ? 4 : 1;
  struct Cursor {
    TapOffset tap;
    int channel, k;
  };

  /** From the first channel of the group on. */
  const float* source;
  const PatchWords& p;
  /** For each row of the tile: the position under its first tap, and the same by its three axes. */
  const int4* rows;
  int channels_of_group;
  int end;

  /** What `rows` holds for a row. */
  static MEMBER int4 entry(const PatchWords& p, int row, int rows) {
    // A row that does not exist lies outside with every tap.
    if (row >= rows) return make_int4(0, -(1 << 30), 0, 0);
    const PatchRow r = patch_row(p, row);
    return make_int4(patch_position(p, r), r.d, r.h, r.w);
  }

  MEMBER Cursor start(int k) const {
    const int tap = k / channels_of_group;
    return {TapOffset::of(p, tap), k - tap * channels_of_group, k};
  }

  MEMBER void advance(Cursor& cursor, int terms) const {
    cursor.k += terms;
    cursor.channel += terms;
    while (cursor.channel >= channels_of_group) {
      cursor.channel -= channels_of_group;
      cursor.tap.next(p);
    }
  }

  MEMBER void copy(float* to, int place, const Cursor& cursor) const {
    const int4 row = rows[place];
    const bool present = (cursor.k < end) & inside(p, row.y + cursor.tap.d, row.z + cursor.tap.h, row.w + cursor.tap.w);
    copy_piece<width>(to, source + static_cast<int64_t>(row.x + cursor.tap.distance(p)) * p.channels + cursor.channel, present);
  }
};

/** Terms are positions, outer places are taps and channels of a group, the channels fastest. */
template <bool vector>
struct PatchColumns {
  static constexpr bool inner = false;
  static constexpr int width = vector ? 4 : 1;
  struct Cursor {
    TapOffset tap;
    int channel, place;
  };

  const float* source;
  const PatchWords& p;
  int channels_of_group;
  /** The tile's first outer place, and all there are. */
  int first_place, places;
  int end;

  MEMBER Cursor start(int place) const {
    const int all = first_place + place, tap = all / channels_of_group;
    return {TapOffset::of(p, tap), all - tap * channels_of_group, all};
  }

  MEMBER void copy(float* to, int k, const Cursor& cursor) const {
    const PatchRow row = patch_row(p, k);
    const bool present =
        (k < end) & (cursor.place < places) & inside(p, row.d + cursor.tap.d, row.h + cursor.tap.h, row.w + cursor.tap.w);
    const int position = patch_position(p, row) + cursor.tap.distance(p);
    copy_piece<width>(to, source + static_cast<int64_t>(position) * p.channels + cursor.channel, present);
  }
};

/** Divisions that find the tap and the output of a term of the input gradient. */
struct FilterWords {
  Divider outputs_of_group;
  Divider taps[3];
};

/** Terms are taps of a phase and outputs of a group, the outputs fastest; outer places are channels of the group. */
template <bool vector>
struct FilterColumns {
  static constexpr bool inner = false;
  static constexpr int width = vector ? 4 : 1;
  struct Cursor {
    int place;
  };

  /** The tile's first channel of the first output of the group. */
  const float* first;
  const TapWords& taps;
  const FilterWords& divide;
  int channels_of_group;
  int places;
  int end;

  MEMBER Cursor start(int place) const { return {place}; }

  MEMBER void copy(float* to, int k, const Cursor& cursor) const {
    const bool present = (k < end) & (cursor.place < places);
    int tap = k;
    const int output = divide.outputs_of_group.split(tap);
    const int w = divide.taps[2].split(tap), h = divide.taps[1].split(tap);
    const int line = output * (taps.all[0] * taps.all[1] * taps.all[2]) + filter_tap(taps, tap, h, w);
    copy_piece<width>(to, first + static_cast<int64_t>(line) * channels_of_group + cursor.place, present);
  }
};
