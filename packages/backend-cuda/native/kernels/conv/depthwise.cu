/**
 * Convolutions whose groups have one channel, of any rank: forward, and back to the input, which has the same form. Each input is read
 * once for the taps of a line; arithmetic is little, so what counts is that reads are wide and come from the caches again.
 */
#include "runs.cuh"

struct DepthwiseParams {
  /** The input, or the gradient of the output. */
  const float* source;
  const float* weight;
  float* out;
  const float* bias;
  const float* residual;
  RunWords run;
  /** Channels of the output, and how many of them share one of the source. */
  int32_t outputs, multiplier;
  PatchWords patch;
  PlaceWords place;
  TapWords taps;
  EndingWords ending;
};

/**
 * @tparam channels 4 where they are a multiple of four and the multiplier is 1, else 1
 * @tparam taps along the width, with a dilation of 1 and the given stride; 0 for any
 */
template <int channels, int taps, int stride>
DEVICE void depthwise(const DepthwiseParams& p) {
  using Channels = Pack<channels>;
  DYNAMIC_SHARED(float, weights);
  const PatchWords& patch = p.patch;
  const int own = p.run.slices_of_block * channels, first_channel = blockIdx.y * own;
  const int lines = patch.taps[0] * patch.taps[1];
  const int all_taps = p.taps.all[0] * p.taps.all[1] * p.taps.all[2];
  for (int i = threadIdx.x; i < lines * patch.taps[2] * own; i += blockDim.x) {
    const int channel = first_channel + i % own, tap = i / own;
    const int w = tap % patch.taps[2], line = tap / patch.taps[2];
    const int of_filter = filter_tap(p.taps, line / patch.taps[1], line % patch.taps[1], w);
    weights[i] = channel < p.outputs ? p.weight[static_cast<int64_t>(channel) * all_taps + of_filter] : 0.0f;
  }
  __syncthreads();
  const int slice = threadIdx.x % p.run.slices_of_block, lane = threadIdx.x / p.run.slices_of_block;
  const int channel = first_channel + slice * channels;
  if (lane >= p.run.lanes || channel >= p.outputs) return;
  const float* source = p.source + (channels == 1 ? channel / p.multiplier : channel);
  const float* own_weights = weights + slice * channels;
  const Ending ending{p.bias, p.residual, p.ending};

  for (int number = blockIdx.x * p.run.lanes + lane; number < p.run.runs; number += gridDim.x * p.run.lanes) {
    const Run run = Run::of(patch, number);
    Channels sums[run_length];
#pragma unroll
    for (int i = 0; i < run_length; i++) sums[i] = Channels::zero();
    const int first_w = run.w * patch.stride[2] + patch.first[2];
    for (int a = 0; a < patch.taps[0]; a++) {
      const int d = run.d * patch.stride[0] + patch.first[0] + a * patch.step[0];
      if (d < 0 || d >= patch.extent[0]) continue;
      for (int b = 0; b < patch.taps[1]; b++) {
        const int h = run.h * patch.stride[1] + patch.first[1] + b * patch.step[1];
        if (h < 0 || h >= patch.extent[1]) continue;
        const int64_t at_line = (static_cast<int64_t>(run.sample) * patch.extent[0] + d) * patch.extent[1] + h;
        const float* line = source + at_line * patch.extent[2] * patch.channels;
        const float* line_weights = own_weights + (a * patch.taps[1] + b) * patch.taps[2] * own;
        if constexpr (taps > 0) {
          constexpr int reach = (run_length - 1) * stride + taps;
          Channels under[reach];
#pragma unroll
          for (int i = 0; i < reach; i++) {
            const int w = first_w + i;
            under[i] = w >= 0 && w < patch.extent[2] ? Channels::load(line + static_cast<int64_t>(w) * patch.channels) : Channels::zero();
          }
#pragma unroll
          for (int t = 0; t < taps; t++) {
            const Channels weight = Channels::load(line_weights + t * own);
#pragma unroll
            for (int i = 0; i < run_length; i++) sums[i].add_product(under[i * stride + t], weight);
          }
        } else {
          for (int t = 0; t < patch.taps[2]; t++) {
            const Channels weight = Channels::load(line_weights + t * own);
#pragma unroll
            for (int i = 0; i < run_length; i++) {
              const int w = first_w + i * patch.stride[2] + t * patch.step[2];
              if (w >= 0 && w < patch.extent[2]) sums[i].add_product(Channels::load(line + static_cast<int64_t>(w) * patch.channels), weight);
            }
          }
        }
      }
    }
    const int64_t position = place_position(p.place, run.sample, run.d, run.h, run.w);
#pragma unroll
    for (int i = 0; i < run_length; i++) {
      if (run.w + i >= p.run.width) break;
      const int64_t at = (position + i * p.place.stride[2]) * p.outputs + channel;
      ending.write(p.out, at, sums[i].four(), 0, channel, channels, channels == 4);
    }
  }
}

#define DEPTHWISE(name, channels, taps, stride) \
  KERNEL(name, DepthwiseParams, barriers, 128) { depthwise<channels, taps, stride>(p); }

DEPTHWISE(depthwise_any, 4, 0, 1)
DEPTHWISE(depthwise_1, 4, 1, 1)
DEPTHWISE(depthwise_2, 4, 2, 1)
DEPTHWISE(depthwise_3, 4, 3, 1)
DEPTHWISE(depthwise_5, 4, 5, 1)
DEPTHWISE(depthwise_7, 4, 7, 1)
DEPTHWISE(depthwise_3_stride_2, 4, 3, 2)
DEPTHWISE(depthwise_5_stride_2, 4, 5, 2)
DEPTHWISE(depthwise_7_stride_2, 4, 7, 2)
DEPTHWISE(depthwise_each, 1, 0, 1)
