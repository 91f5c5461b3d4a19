#include "../special-values.cuh"

// Regions of features, averaged into bins (He et al., "Mask R-CNN", ICCV 2017). Channels are innermost in both.

/** What both kernels are told. In signals `dims` is 1, and the height of features and bins too. */
struct Regions {
  uint32_t inputs, channels, regions, dims;
  uint32_t height, width, bin_rows, bin_columns;
  float scale;
  /** Along each axis of a bin; 0: one for each element that the bin is long, rounded up. */
  int32_t samples;
  uint32_t is_aligned;
};

struct RoiAlignParams {
  const float* x;
  const float* rois;
  float* y;
  uint32_t count;
  Regions regions;
};

struct RoiAlignGradParams {
  const float* dy;
  const float* rois;
  float* dx;
  uint32_t count;
  Regions regions;
};

namespace {

/** A region along one axis of the features. */
struct RegionAxis {
  float begin, bin;
  int32_t samples, extent;
};

/** What a sample reads along an axis: element `low`, and of the next one a share. */
struct Tap {
  int32_t low;
  float share;
  bool counts;
};

/** The first and the last of some samples. */
struct Samples {
  int32_t first, last;
};

}  // namespace

DEVICE RegionAxis axis_of(const Regions& p, float low, float high, uint32_t bins, uint32_t extent) {
  const float shift = p.is_aligned ? 0.5f : 0.0f;
  // Rounded on their own, as others round them: which sample lies outside hangs on a bit.
  const float begin = __fsub_rn(__fmul_rn(low, p.scale), shift);
  const float given = __fsub_rn(__fsub_rn(__fmul_rn(high, p.scale), shift), begin);
  const float length = p.is_aligned ? given : given < 1.0f ? 1.0f : given;
  const float bin = length / static_cast<float>(bins);
  int32_t samples = p.samples;
  if (samples == 0) samples = max(__float2int_rz(ceilf(bin)), 0);
  if (!is_finite(begin) || !is_finite(bin)) samples = 0;
  return {begin, bin, samples, static_cast<int32_t>(extent)};
}

DEVICE RegionAxis columns_of(const Regions& p, const float* roi) {
  return axis_of(p, roi[1], roi[1 + p.dims], p.bin_columns, p.width);
}

DEVICE RegionAxis rows_of(const Regions& p, const float* roi) {
  if (p.dims == 1) return {-0.5f, 1.0f, 1, 1};
  return axis_of(p, roi[2], roi[4], p.bin_rows, p.height);
}

/** Sample number s of all bins of an axis. */
DEVICE Tap tap_of(const RegionAxis& a, int32_t s) {
  const int32_t bin = s / a.samples;
  const float within_bin =
      __fdiv_rn(__fmul_rn(static_cast<float>(s - bin * a.samples) + 0.5f, a.bin), static_cast<float>(a.samples));
  const float position = __fadd_rn(__fadd_rn(a.begin, __fmul_rn(static_cast<float>(bin), a.bin)), within_bin);
  if (!(position >= -1.0f && position <= static_cast<float>(a.extent))) return {0, 0, false};
  const float inside = position > 0 ? position : 0.0f;
  const int32_t low = static_cast<int32_t>(inside);
  if (low >= a.extent - 1) return {a.extent - 1, 0, true};
  return {low, inside - static_cast<float>(low), true};
}

DEVICE float samples_of(const RegionAxis& rows, const RegionAxis& columns) {
  return static_cast<float>(max(rows.samples * columns.samples, 1));
}

/** A thread for each bin of a channel. */
KERNEL_RESIDENT(roi_align, RoiAlignParams, plain, 256, 4) {
  const Regions& r = p.regions;
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const uint32_t bin = static_cast<uint32_t>(i) / r.channels, channel = static_cast<uint32_t>(i) - bin * r.channels;
    const int32_t column = static_cast<int32_t>(bin % r.bin_columns);
    const int32_t row = static_cast<int32_t>(bin / r.bin_columns % r.bin_rows);
    const float* roi = p.rois + static_cast<int64_t>(bin / r.bin_columns / r.bin_rows) * (1 + 2 * r.dims);
    const float number = roi[0];
    if (!(number >= 0 && number < static_cast<float>(r.inputs))) {
      p.y[i] = nan_value();
      continue;
    }
    const float* x = p.x + static_cast<int64_t>(number) * r.height * r.width * r.channels + channel;
    const int64_t along = r.channels, down = static_cast<int64_t>(r.width) * r.channels;
    const RegionAxis rows = rows_of(r, roi), columns = columns_of(r, roi);
    float total = 0;
    for (int32_t a = 0; a < rows.samples; a++) {
      const Tap v = tap_of(rows, row * rows.samples + a);
      if (!v.counts) continue;
      for (int32_t b = 0; b < columns.samples; b++) {
        const Tap h = tap_of(columns, column * columns.samples + b);
        if (!h.counts) continue;
        // What has no share is not read: it may not exist, or be infinite.
        const float* at = x + v.low * down + h.low * along;
        float above = at[0] * (1.0f - h.share);
        if (h.share != 0) above += at[along] * h.share;
        total += above * (1.0f - v.share);
        if (v.share != 0) {
          float below = at[down] * (1.0f - h.share);
          if (h.share != 0) below += at[down + along] * h.share;
          total += below * v.share;
        }
      }
    }
    p.y[i] = total / samples_of(rows, columns);
  }
}

/** How much of element e sample number s reads. */
DEVICE float share_of(const RegionAxis& a, int32_t s, int32_t e) {
  const Tap tap = tap_of(a, s);
  if (!tap.counts) return 0;
  if (e == tap.low) return 1.0f - tap.share;
  return e == tap.low + 1 ? tap.share : 0.0f;
}

/** The samples that may read element e; those at the edge are read from outside too. */
DEVICE Samples samples_near(const RegionAxis& a, int32_t bins, int32_t e) {
  const int32_t last = a.samples * bins - 1;
  if (last < 0) return {0, -1};
  const float step = a.bin / static_cast<float>(a.samples);
  if (!(step > 0)) return {0, last};
  const float least = e == 0 ? -1.0f : static_cast<float>(e - 1);
  const float greatest = e == a.extent - 1 ? static_cast<float>(a.extent) : static_cast<float>(e + 1);
  const float low = floorf((least - a.begin) / step - 0.5f) - 1.0f, high = ceilf((greatest - a.begin) / step - 0.5f) + 1.0f;
  const float most = static_cast<float>(last);
  return {static_cast<int32_t>(within(low, 0, most)), static_cast<int32_t>(within(high, 0, most))};
}

/**
 * A thread for each element of the features, which adds up what samples of all regions read of it: nothing is added by several at
 * once, so that the sum is the same each time.
 */
KERNEL(roi_align_grad, RoiAlignGradParams, plain, 256) {
  const Regions& r = p.regions;
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const uint32_t position = static_cast<uint32_t>(i) / r.channels, channel = static_cast<uint32_t>(i) - position * r.channels;
    const int32_t x = static_cast<int32_t>(position % r.width), y = static_cast<int32_t>(position / r.width % r.height);
    const float own = static_cast<float>(position / r.width / r.height);
    float total = 0;
    for (uint32_t region = 0; region < r.regions; region++) {
      const float* roi = p.rois + static_cast<int64_t>(region) * (1 + 2 * r.dims);
      if (!(roi[0] >= own && roi[0] < own + 1)) continue;
      const RegionAxis rows = rows_of(r, roi);
      const Samples vertical = samples_near(rows, static_cast<int32_t>(r.bin_rows), y);
      if (vertical.first > vertical.last) continue;
      const RegionAxis columns = columns_of(r, roi);
      const Samples horizontal = samples_near(columns, static_cast<int32_t>(r.bin_columns), x);
      const float* dy = p.dy + static_cast<int64_t>(region) * r.bin_rows * r.bin_columns * r.channels + channel;
      float sum = 0;
      for (int32_t a = vertical.first; a <= vertical.last; a++) {
        const float high = share_of(rows, a, y);
        if (high == 0) continue;
        const float* line = dy + static_cast<int64_t>(a / rows.samples) * r.bin_columns * r.channels;
        for (int32_t b = horizontal.first; b <= horizontal.last; b++) {
          const float wide_share = share_of(columns, b, x);
          if (wide_share != 0) sum += high * wide_share * line[static_cast<int64_t>(b / columns.samples) * r.channels];
        }
      }
      total += sum / samples_of(rows, columns);
    }
    p.dx[i] = total;
  }
}
