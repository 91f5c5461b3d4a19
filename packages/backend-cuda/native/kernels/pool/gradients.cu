#include "windows.cuh"

// Gradients of pools: each input position adds up what the windows over it give, in order, so that no two threads add to one
// place and the sum is the same at each run.

struct AvgPoolGradParams {
  const float* dy;
  float* dx;
  const int32_t* table;
  const int32_t* cover;
  uint32_t count, vectors, channels;
  Windows windows;
};

DEVICE bool covers(const WindowAxis& axis, uint32_t o, int32_t at, int32_t step) {
  const int32_t from = at - axis.start(o);
  return from >= 0 && at < axis.end(o) && from % step == 0;
}

template <int width>
DEVICE void spread_means(const AvgPoolGradParams& p) {
  const Extents &input = p.windows.input, &output = p.windows.output, &step = p.windows.step;
  const WindowTable table = WindowTable::of(p.table, output);
  const Cover cover = Cover::of(p.cover, input);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const Place in = place_of(static_cast<uint32_t>(i), input, p.vectors, width);
    Vector<float, width> sum{};
    for (int32_t d = cover.first_d[in.d]; d < cover.end_d[in.d]; d++) {
      if (!covers(table.d, d, in.d, step.d)) continue;
      for (int32_t h = cover.first_h[in.h]; h < cover.end_h[in.h]; h++) {
        if (!covers(table.h, h, in.h, step.h)) continue;
        for (int32_t w = cover.first_w[in.w]; w < cover.end_w[in.w]; w++) {
          if (!covers(table.w, w, in.w, step.w)) continue;
          const auto dy = read_vector<width>(p.dy + element_at(output, p.channels, in.sample, d, h, w, in.channel));
          const float divisor = table.d.divisor(d) * table.h.divisor(h) * table.w.divisor(w);
#pragma unroll
          for (int k = 0; k < width; k++) sum.at[k] += dy.at[k] / divisor;
        }
      }
    }
    write_vector<width>(p.dx + i * width, sum);
  }
}

KERNEL(avg_pool_grad_4, AvgPoolGradParams, plain, 256) { spread_means<4>(p); }
KERNEL_RESIDENT(avg_pool_grad_1, AvgPoolGradParams, plain, 256, 4) { spread_means<1>(p); }

/**
 * The box of positions that each output has named as its greatest, over all samples and channels: `boxes` holds least and greatest
 * d, h and w, [6, outputs]. The kernel is told nothing else of the windows.
 */
struct MaxPoolBoxesParams {
  const int32_t* indices;
  int32_t* boxes;
  uint32_t samples, channels, outputs;
  Extents input;
};

/** A block for each output. */
KERNEL(max_pool_boxes, MaxPoolBoxesParams, barriers, 256) {
  __shared__ int32_t of_warps[6][8];
  // How far a thread goes on, so that none has to divide for each element.
  const uint32_t samples_on = blockDim.x / p.channels, channels_on = blockDim.x - samples_on * p.channels;
  for (int64_t output = blockIdx.x; output < p.outputs; output += gridDim.x) {
    int32_t box[6] = {INT32_MAX, -1, INT32_MAX, -1, INT32_MAX, -1};
    int64_t sample = threadIdx.x / p.channels;
    uint32_t channel = threadIdx.x % p.channels;
    while (sample < p.samples) {
      const int32_t at = p.indices[(sample * p.outputs + output) * p.channels + channel];
      const int32_t row = at / static_cast<int32_t>(p.input.w), w = at - row * static_cast<int32_t>(p.input.w);
      const int32_t d = row / static_cast<int32_t>(p.input.h), h = row - d * static_cast<int32_t>(p.input.h);
      box[0] = min(box[0], d);
      box[1] = max(box[1], d);
      box[2] = min(box[2], h);
      box[3] = max(box[3], h);
      box[4] = min(box[4], w);
      box[5] = max(box[5], w);
      sample += samples_on;
      channel += channels_on;
      if (channel >= p.channels) {
        channel -= p.channels;
        sample++;
      }
    }
#pragma unroll
    for (int side = 0; side < 6; side++) {
      int32_t value = box[side];
      for (int apart = 16; apart > 0; apart /= 2) {
        const int32_t other = __shfl_down_sync(0xffffffffu, value, apart);
        value = side % 2 == 0 ? min(value, other) : max(value, other);
      }
      if (threadIdx.x % 32 == 0) of_warps[side][threadIdx.x / 32] = value;
    }
    __syncthreads();
    if (threadIdx.x < 6) {
      int32_t value = of_warps[threadIdx.x][0];
      for (uint32_t warp = 1; warp < blockDim.x / 32; warp++) {
        const int32_t other = of_warps[threadIdx.x][warp];
        value = threadIdx.x % 2 == 0 ? min(value, other) : max(value, other);
      }
      p.boxes[static_cast<int64_t>(threadIdx.x) * p.outputs + output] = value;
    }
    __syncthreads();
  }
}

/**
 * From the boxes the table of `Cover`, whose firsts are greater than all outputs at first and whose ends are 0.
 */
struct MaxPoolCoverParams {
  const int32_t* boxes;
  int32_t* cover;
  Extents input, output;
};

/** Says of an output along an axis that it may cover positions. */
DEVICE void mark(int32_t* firsts, int32_t* ends, const int32_t* box, uint32_t outputs, uint32_t output, uint32_t along) {
  for (int32_t at = box[output]; at <= box[outputs + output]; at++) {
    atomicMin(firsts + at, static_cast<int32_t>(along));
    atomicMax(ends + at, static_cast<int32_t>(along) + 1);
  }
}

/** A thread for each output. */
KERNEL(max_pool_cover, MaxPoolCoverParams, plain, 256) {
  const uint32_t outputs = p.output.d * p.output.h * p.output.w;
  int32_t* ends = p.cover + p.input.d + p.input.h + p.input.w;
  for (int64_t i = first_element(); i < outputs; i += grid_stride()) {
    const uint32_t output = static_cast<uint32_t>(i), row = output / p.output.w;
    mark(p.cover, ends, p.boxes, outputs, output, row / p.output.h);
    mark(p.cover + p.input.d, ends + p.input.d, p.boxes + 2 * static_cast<int64_t>(outputs), outputs, output,
         row % p.output.h);
    mark(p.cover + p.input.d + p.input.h, ends + p.input.d + p.input.h, p.boxes + 4 * static_cast<int64_t>(outputs),
         outputs, output, output - row * p.output.w);
  }
}

struct MaxPoolGradParams {
  const float* dy;
  const int32_t* indices;
  const int32_t* cover;
  float* dx;
  uint32_t count, vectors, channels;
  Extents input, output;
};

template <int width>
DEVICE void spread_greatest(const MaxPoolGradParams& p) {
  const Extents &input = p.input, &output = p.output;
  const Cover cover = Cover::of(p.cover, input);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const Place in = place_of(static_cast<uint32_t>(i), input, p.vectors, width);
    const int32_t at = static_cast<int32_t>((in.d * input.h + in.h) * input.w + in.w);
    Vector<float, width> sum{};
    for (int32_t d = cover.first_d[in.d]; d < cover.end_d[in.d]; d++) {
      for (int32_t h = cover.first_h[in.h]; h < cover.end_h[in.h]; h++) {
        for (int32_t w = cover.first_w[in.w]; w < cover.end_w[in.w]; w++) {
          const int64_t from = element_at(output, p.channels, in.sample, d, h, w, in.channel);
          const auto named = read_vector<width>(p.indices + from);
          bool is_named = false;
#pragma unroll
          for (int k = 0; k < width; k++) is_named = is_named || named.at[k] == at;
          if (!is_named) continue;
          const auto dy = read_vector<width>(p.dy + from);
#pragma unroll
          for (int k = 0; k < width; k++) {
            if (named.at[k] == at) sum.at[k] += dy.at[k];
          }
        }
      }
    }
    write_vector<width>(p.dx + i * width, sum);
  }
}

KERNEL_RESIDENT(max_pool_grad_4, MaxPoolGradParams, plain, 256, 4) { spread_greatest<4>(p); }
KERNEL(max_pool_grad_1, MaxPoolGradParams, plain, 256) { spread_greatest<1>(p); }
