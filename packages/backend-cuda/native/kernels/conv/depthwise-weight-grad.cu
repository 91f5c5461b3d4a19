/**
 * Gradient by the weight where groups have one channel: a block sums some positions of a slice of channels, for the taps of one line, or of
 * three. Sums of blocks are added up in order behind it.
 */
#include "runs.cuh"

struct DepthwiseWeightGradParams {
  const float* x;
  const float* dy;
  /** [parts, outputs, taps]. */
  float* sums;
  RunWords run;
  int32_t runs_of_block;
  int32_t outputs, multiplier;
  PatchWords patch;
};

/**
 * The grid: parts along x, slices along y, groups of taps along z: lines of them, or where `taps` is 0 the single taps.
 * @tparam lines along the height that are taken together
 * @tparam taps along the width with a dilation of 1 and the given stride; 0 for one tap of any geometry
 */
template <int channels, int lines, int taps, int stride>
DEVICE void depthwise_weight_grad(const DepthwiseWeightGradParams& p) {
  using Channels = Pack<channels>;
  constexpr int own_taps = taps > 0 ? taps : 1;
  __shared__ Channels shared[128];
  const PatchWords& patch = p.patch;
  const int slice = threadIdx.x % p.run.slices_of_block, lane = threadIdx.x / p.run.slices_of_block;
  const int channel = (blockIdx.y * p.run.slices_of_block + slice) * channels;
  const bool works = lane < p.run.lanes && channel < p.outputs;
  const int first_tap = taps > 0 ? blockIdx.z * lines * taps : blockIdx.z;
  const TapOffset tap = TapOffset::of(patch, first_tap);
  const float* x = p.x + (channels == 1 ? channel / p.multiplier : channel);
  const float* dy = p.dy + channel;

  Channels sums[lines][own_taps];
#pragma unroll
  for (int b = 0; b < lines; b++) {
#pragma unroll
    for (int t = 0; t < own_taps; t++) sums[b][t] = Channels::zero();
  }
  const int end = min((static_cast<int>(blockIdx.x) + 1) * p.runs_of_block, p.run.runs);
  for (int number = blockIdx.x * p.runs_of_block + lane; works && number < end; number += p.run.lanes) {
    const Run run = Run::of(patch, number);
    const int d = run.d * patch.stride[0] + patch.first[0] + tap.d;
    if (d < 0 || d >= patch.extent[0]) continue;
    const int64_t own_line = (static_cast<int64_t>(run.sample) * patch.rows[0].by + run.d) * patch.rows[1].by + run.h;
    const float* gradients = dy + (own_line * p.run.width + run.w) * p.outputs;
    Channels g[run_length];
#pragma unroll
    for (int i = 0; i < run_length; i++) {
      g[i] = run.w + i < p.run.width ? Channels::load(gradients + static_cast<int64_t>(i) * p.outputs) : Channels::zero();
    }
    const int first_w = run.w * patch.stride[2] + patch.first[2] + tap.w;
#pragma unroll
    for (int b = 0; b < lines; b++) {
      const int h = run.h * patch.stride[1] + patch.first[1] + tap.h + b * patch.step[1];
      if (h < 0 || h >= patch.extent[1]) continue;
      const int64_t at_line = (static_cast<int64_t>(run.sample) * patch.extent[0] + d) * patch.extent[1] + h;
      const float* line = x + at_line * patch.extent[2] * patch.channels;
      constexpr int reach = taps > 0 ? (run_length - 1) * stride + taps : run_length;
      Channels under[reach];
#pragma unroll
      for (int i = 0; i < reach; i++) {
        const int w = first_w + (taps > 0 ? i : i * patch.stride[2]);
        // Behind the line's end there is no gradient: whatever stands there, it does not count.
        const bool counts = w >= 0 && w < patch.extent[2] && (taps > 0 || run.w + i < p.run.width);
        under[i] = counts ? Channels::load(line + static_cast<int64_t>(w) * patch.channels) : Channels::zero();
      }
#pragma unroll
      for (int t = 0; t < own_taps; t++) {
#pragma unroll
        for (int i = 0; i < run_length; i++) {
          if (taps > 0 && run.w + i >= p.run.width) continue;
          sums[b][t].add_product(g[i], under[taps > 0 ? i * stride + t : i]);
        }
      }
    }
  }

  // The lanes of a slice one after the other.
  const int all_taps = patch.taps[0] * patch.taps[1] * patch.taps[2];
  float* to = p.sums + static_cast<int64_t>(blockIdx.x) * p.outputs * all_taps;
#pragma unroll
  for (int b = 0; b < lines; b++) {
#pragma unroll
    for (int t = 0; t < own_taps; t++) {
      __syncthreads();
      shared[threadIdx.x] = sums[b][t];
      __syncthreads();
      if (lane != 0 || channel >= p.outputs) continue;
      Channels total = sums[b][t];
      for (int other = 1; other < p.run.lanes; other++) {
        const Channels more = shared[other * p.run.slices_of_block + slice];
#pragma unroll
        for (int i = 0; i < channels; i++) total.v[i] += more.v[i];
      }
#pragma unroll
      for (int i = 0; i < channels; i++) to[static_cast<int64_t>(channel + i) * all_taps + first_tap + b * taps + t] = total.v[i];
    }
  }
}

#define DEPTHWISE_WEIGHT_GRAD(name, channels, lines, taps, stride) \
  KERNEL(name, DepthwiseWeightGradParams, barriers, 128) { depthwise_weight_grad<channels, lines, taps, stride>(p); }

DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_any, 4, 1, 0, 1)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_3x3, 4, 3, 3, 1)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_3x3_stride_2, 4, 3, 3, 2)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_3, 4, 1, 3, 1)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_5, 4, 1, 5, 1)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_7, 4, 1, 7, 1)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_3_stride_2, 4, 1, 3, 2)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_5_stride_2, 4, 1, 5, 2)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_7_stride_2, 4, 1, 7, 2)
DEPTHWISE_WEIGHT_GRAD(depthwise_weight_grad_each, 1, 1, 0, 1)
