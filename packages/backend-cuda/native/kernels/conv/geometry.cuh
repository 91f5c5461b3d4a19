/**
 * Where the taps of a convolution lie. All three directions are one form: a row (a position of what is computed) and a tap meet the
 * source position row * stride + first + tap * step, axis by axis. Forward the source is the input, stride and dilation are the
 * convolution's; back to the input the source is the gradient of the output, the stride is 1 and the step negative, for one phase
 * of the stride at a time. There are always three axes: depth, height, width.
 */
#pragma once

#include "../product/tile.cuh"

/** Division of 0 <= n < 2^31 by a number that the host knows: (n * magic) / 2^(32 + shift). */
struct Divider {
  uint32_t by, magic, shift;

  MEMBER int quotient(int n) const { return by == 1 ? n : static_cast<int>(__umulhi(static_cast<uint32_t>(n), magic) >> shift); }
  /** Takes the last axis off `n`. @return the place on it */
  MEMBER int split(int& n) const {
    const int whole = quotient(n), rest = n - whole * static_cast<int>(by);
    n = whole;
    return rest;
  }
};

/** What rows and taps meet. Fewer than 2^31 positions in all samples. */
struct PatchWords {
  /** From one position of the source to the next. */
  int32_t channels;
  int32_t extent[3];
  int32_t stride[3], first[3], step[3], taps[3];
  /** Extents of the rows of a sample. */
  Divider rows[3];
};

/** Where the rows stand in the output, axis by axis at row * stride + first. */
struct PlaceWords {
  int32_t extent[3];
  int32_t stride[3], first[3];
};

/** Which taps of the filter these are: tap * step + first of `all`. */
struct TapWords {
  int32_t all[3];
  int32_t first[3], step[3];
};

/** A row of a sample, and the position that its first tap meets. */
struct PatchRow {
  int sample, d, h, w;
};

DEVICE PatchRow patch_row(const PatchWords& p, int row) {
  PatchRow r;
  const int w = p.rows[2].split(row), h = p.rows[1].split(row), d = p.rows[0].split(row);
  r.sample = row;
  r.d = d * p.stride[0] + p.first[0];
  r.h = h * p.stride[1] + p.first[1];
  r.w = w * p.stride[2] + p.first[2];
  return r;
}

/** Position in the source, samples and all; meaningless where the row lies outside, until a tap is added. */
DEVICE int patch_position(const PatchWords& p, const PatchRow& r) {
  return ((r.sample * p.extent[0] + r.d) * p.extent[1] + r.h) * p.extent[2] + r.w;
}

/** Without branches: all three are always looked at. */
DEVICE bool inside(const PatchWords& p, int d, int h, int w) {
  return (static_cast<unsigned>(d) < static_cast<unsigned>(p.extent[0])) & (static_cast<unsigned>(h) < static_cast<unsigned>(p.extent[1])) &
         (static_cast<unsigned>(w) < static_cast<unsigned>(p.extent[2]));
}

/** A tap as the distance that it adds to a row. */
struct TapOffset {
  int d, h, w;

  /** Of the tap of a number, the width fastest. */
  static MEMBER TapOffset of(const PatchWords& p, int tap) {
    const int w = tap % p.taps[2], rest = tap / p.taps[2];
    return {rest / p.taps[1] * p.step[0], rest % p.taps[1] * p.step[1], w * p.step[2]};
  }

  MEMBER void next(const PatchWords& p) {
    w += p.step[2];
    if (w != p.taps[2] * p.step[2]) return;
    w = 0;
    h += p.step[1];
    if (h != p.taps[1] * p.step[1]) return;
    h = 0;
    d += p.step[0];
  }

  MEMBER int distance(const PatchWords& p) const { return (d * p.extent[1] + h) * p.extent[2] + w; }
};

/** Position in the output of a place in the rows of a sample. */
DEVICE int64_t place_position(const PlaceWords& p, int sample, int d, int h, int w) {
  const int64_t lines = (static_cast<int64_t>(sample) * p.extent[0] + d * p.stride[0] + p.first[0]) * p.extent[1] + h * p.stride[1] + p.first[1];
  return lines * p.extent[2] + w * p.stride[2] + p.first[2];
}

/** Position of a row in the output. */
DEVICE int64_t place_position(const PatchWords& patch, const PlaceWords& p, int row) {
  const int w = patch.rows[2].split(row), h = patch.rows[1].split(row), d = patch.rows[0].split(row);
  return place_position(p, row, d, h, w);
}

/** The number in the filter of a tap. */
DEVICE int filter_tap(const TapWords& p, int d, int h, int w) {
  return ((d * p.step[0] + p.first[0]) * p.all[1] + h * p.step[1] + p.first[1]) * p.all[2] + w * p.step[2] + p.first[2];
}
