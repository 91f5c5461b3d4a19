/**
 * Convolutions whose groups have few channels, a multiple of four, forward and back to the input: tiles of products would be
 * mostly empty. A thread computes four outputs at a run of positions; the weights of a block's outputs stay in shared memory.
 */
#include "runs.cuh"

struct GroupedParams {
  const float* source;
  const float* weight;
  float* out;
  const float* bias;
  const float* residual;
  RunWords run;
  /** Channels of the output; of a group those that are summed, and those of the output. */
  int32_t outputs, terms_of_group, outputs_of_group;
  /** Elements in the filter from one to the next: groups, outputs of this direction, terms of it, taps. */
  int32_t group_step, output_step, term_step, tap_step;
  PatchWords patch;
  PlaceWords place;
  TapWords taps;
  EndingWords ending;
};

KERNEL_RESIDENT(conv_grouped, GroupedParams, barriers, 128, 4) {
  // [tap, four terms][output of four][slice], each the weights of four terms.
  DYNAMIC_SHARED(float4, weights);
  const PatchWords& patch = p.patch;
  const int slices = p.run.slices_of_block, first_slice = blockIdx.y * slices;
  const int quads = p.terms_of_group / 4;
  const int all = patch.taps[0] * patch.taps[1] * patch.taps[2] * quads * 4 * slices;
  for (int i = threadIdx.x; i < all; i += blockDim.x) {
    const int slice = i % slices, line = i / slices, output = (first_slice + slice) * 4 + line % 4;
    const int quad = line / 4 % quads, tap = line / 4 / quads;
    const int w = tap % patch.taps[2], rest = tap / patch.taps[2];
    const int group = output / p.outputs_of_group;
    const float* from = p.weight + static_cast<int64_t>(group) * p.group_step + static_cast<int64_t>(output - group * p.outputs_of_group) * p.output_step +
                        static_cast<int64_t>(filter_tap(p.taps, rest / patch.taps[1], rest % patch.taps[1], w)) * p.tap_step;
    const int64_t step = p.term_step, first = 4 * quad * step;
    const bool exists = output < p.outputs;
    weights[i] = exists ? make_float4(from[first], from[first + step], from[first + 2 * step], from[first + 3 * step])
                        : make_float4(0.0f, 0.0f, 0.0f, 0.0f);
  }
  __syncthreads();
  const int slice = threadIdx.x % slices, lane = threadIdx.x / slices;
  const int output = (first_slice + slice) * 4;
  if (lane >= p.run.lanes || output >= p.outputs) return;
  const float* source = p.source + output / p.outputs_of_group * p.terms_of_group;
  const Ending ending{p.bias, p.residual, p.ending};

  for (int number = blockIdx.x * p.run.lanes + lane; number < p.run.runs; number += gridDim.x * p.run.lanes) {
    const Run run = Run::of(patch, number);
    float sums[run_length][4];
#pragma unroll
    for (int i = 0; i < run_length; i++) {
#pragma unroll
      for (int o = 0; o < 4; o++) sums[i][o] = 0.0f;
    }
    const int first_w = run.w * patch.stride[2] + patch.first[2];
    const float4* at_weights = weights + slice;
    for (int a = 0; a < patch.taps[0]; a++) {
      const int d = run.d * patch.stride[0] + patch.first[0] + a * patch.step[0];
      for (int b = 0; b < patch.taps[1]; b++) {
        const int h = run.h * patch.stride[1] + patch.first[1] + b * patch.step[1];
        const int per_line = patch.taps[2] * quads * 4 * slices;
        if (d < 0 || d >= patch.extent[0] || h < 0 || h >= patch.extent[1]) {
          at_weights += per_line;
          continue;
        }
        const int64_t at_line = (static_cast<int64_t>(run.sample) * patch.extent[0] + d) * patch.extent[1] + h;
        const float* line = source + at_line * patch.extent[2] * patch.channels;
        for (int t = 0; t < patch.taps[2]; t++) {
          for (int quad = 0; quad < quads; quad++) {
            float4 w[4];
#pragma unroll
            for (int o = 0; o < 4; o++) w[o] = at_weights[o * slices];
            at_weights += 4 * slices;
#pragma unroll
            for (int i = 0; i < run_length; i++) {
              const int place = first_w + i * patch.stride[2] + t * patch.step[2];
              if (place < 0 || place >= patch.extent[2]) continue;
              const float4 x = *reinterpret_cast<const float4*>(line + static_cast<int64_t>(place) * patch.channels + 4 * quad);
#pragma unroll
              for (int o = 0; o < 4; o++) {
                sums[i][o] = fmaf(x.x, w[o].x, sums[i][o]);
                sums[i][o] = fmaf(x.y, w[o].y, sums[i][o]);
                sums[i][o] = fmaf(x.z, w[o].z, sums[i][o]);
                sums[i][o] = fmaf(x.w, w[o].w, sums[i][o]);
              }
            }
          }
        }
      }
    }
    const int64_t position = place_position(p.place, run.sample, run.d, run.h, run.w);
#pragma unroll
    for (int i = 0; i < run_length; i++) {
      if (run.w + i >= p.run.width) break;
      const int64_t at = (position + i * p.place.stride[2]) * p.outputs + output;
      ending.write(p.out, at, make_float4(sums[i][0], sums[i][1], sums[i][2], sums[i][3]), 0, output, 4, true);
    }
  }
}

struct GroupedWeightGradParams {
  const float* x;
  const float* dy;
  /** [parts, outputs, taps, channels of a group]. */
  float* sums;
  int32_t runs, runs_of_part, width;
  int32_t outputs, channels_of_group, outputs_of_group;
  /** Threads of one part: taps x fours of outputs x fours of channels of a group. */
  int32_t items;
  PatchWords patch;
};

/** A thread sums the 4 x 4 weights of four outputs and four channels for one tap, over the positions of a part. */
KERNEL(conv_grouped_weight_grad, GroupedWeightGradParams, plain, 128) {
  const int item = blockIdx.x * blockDim.x + threadIdx.x;
  if (item >= p.items) return;
  const PatchWords& patch = p.patch;
  const int quads = p.channels_of_group / 4, of_tap = p.outputs / 4 * quads;
  const int tap = item / of_tap, rest = item - tap * of_tap;
  const int output = rest / quads * 4, channel = rest % quads * 4;
  const TapOffset offset = TapOffset::of(patch, tap);
  const float* x = p.x + output / p.outputs_of_group * p.channels_of_group + channel;
  const float* dy = p.dy + output;
  float sums[4][4];
#pragma unroll
  for (int o = 0; o < 4; o++) {
#pragma unroll
    for (int c = 0; c < 4; c++) sums[o][c] = 0.0f;
  }
  const int end = min((static_cast<int>(blockIdx.y) + 1) * p.runs_of_part, p.runs);
  for (int number = blockIdx.y * p.runs_of_part; number < end; number++) {
    const Run run = Run::of(patch, number);
    const int d = run.d * patch.stride[0] + patch.first[0] + offset.d, h = run.h * patch.stride[1] + patch.first[1] + offset.h;
    if (d < 0 || d >= patch.extent[0] || h < 0 || h >= patch.extent[1]) continue;
    const int64_t at_line = (static_cast<int64_t>(run.sample) * patch.extent[0] + d) * patch.extent[1] + h;
    const float* line = x + at_line * patch.extent[2] * patch.channels;
    const int64_t own_line = (static_cast<int64_t>(run.sample) * patch.rows[0].by + run.d) * patch.rows[1].by + run.h;
    const float* gradients = dy + (own_line * p.width + run.w) * p.outputs;
#pragma unroll
    for (int i = 0; i < run_length; i++) {
      const int w = (run.w + i) * patch.stride[2] + patch.first[2] + offset.w;
      if (run.w + i >= p.width || w < 0 || w >= patch.extent[2]) continue;
      const float4 g = *reinterpret_cast<const float4*>(gradients + static_cast<int64_t>(i) * p.outputs);
      const float4 v = *reinterpret_cast<const float4*>(line + static_cast<int64_t>(w) * patch.channels);
      const float go[4] = {g.x, g.y, g.z, g.w}, vc[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
      for (int o = 0; o < 4; o++) {
#pragma unroll
        for (int c = 0; c < 4; c++) sums[o][c] = fmaf(go[o], vc[c], sums[o][c]);
      }
    }
  }
  const int64_t taps = patch.taps[0] * patch.taps[1] * patch.taps[2];
  float* to = p.sums + static_cast<int64_t>(blockIdx.y) * p.outputs * taps * p.channels_of_group;
#pragma unroll
  for (int o = 0; o < 4; o++) {
    *reinterpret_cast<float4*>(to + ((output + o) * taps + tap) * p.channels_of_group + channel) =
        make_float4(sums[o][0], sums[o][1], sums[o][2], sums[o][3]);
  }
}
