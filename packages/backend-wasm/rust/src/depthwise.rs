//! Depthwise convolution: as many groups as channels, one input and one output channel each.
//! Vectors run over the channels of channels-last pixels; several outputs of a row are computed
//! together, so that each input and each weight is loaded once for all of them.

use crate::control::{DONE, MORE_MEMORY, arguments, control, has_memory, workspace};
use crate::conv::Arguments;
use crate::conv_axis::Axis;
use crate::conv_blocks::{Block, Blocks};
use crate::fill;
use crate::parallel::{parallel, part, threads};
use crate::simd::*;

/// Arguments as those of `conv_forward`, with one channel per group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn depthwise_forward() -> i32 {
    let a: &Arguments = arguments();
    convolve(a, a.forward_axes())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn depthwise_input_grad() -> i32 {
    let a: &Arguments = arguments();
    let phases = a.phases();
    if !phases.complete {
        let pixels = a.batch * a.input.iter().product::<usize>();
        fill::zeros(a.out, pixels * a.groups);
    }
    for phase in 0..phases.count {
        if let Some(axes) = a.phase_axes(phase) {
            // Starting over after growing the memory does no harm: every output is written anew.
            if convolve(a, axes) == MORE_MEMORY {
                return MORE_MEMORY;
            }
        }
    }
    DONE
}

/// One convolution in core form.
unsafe fn convolve(a: &Arguments, axes: [Axis; 3]) -> i32 {
    let channels = a.groups;
    let blocks = Blocks::new(axes, a.batch, 1, channels, channels);
    let taps = blocks.taps();
    if !has_memory(blocks.slab_bytes(), taps * channels * 4 + SLACK) {
        return MORE_MEMORY;
    }
    let weights: *mut f32 = workspace();
    transpose_weights(a, &axes, weights);
    let count = blocks.count();
    let pixels = a.batch * axes.iter().map(|axis| axis.count).product::<usize>();
    parallel(count, pixels * taps * channels / 12, |chunk, thread| {
        let block = blocks.block(chunk);
        blocks.load(a.source, &block, (0, 1), thread);
        let columns = block.columns.1 - block.columns.0;
        let strip = Strip::new(a, &blocks, weights);
        blocks.for_each_row(a.source, &block, thread, |input, position| {
            let out = a.out.add(position * channels);
            strip.row(input, out, columns);
            a.epilogue.apply(a.out, position * channels, columns * channels);
        });
    });
    DONE
}

/// Rows of the weights: [taps of the core form, channels] from [channels, taps].
unsafe fn transpose_weights(a: &Arguments, axes: &[Axis; 3], to: *mut f32) {
    let all: usize = a.taps.iter().product();
    let mut line = to;
    for d in 0..axes[0].taps {
        for h in 0..axes[1].taps {
            for w in 0..axes[2].taps {
                let plane = axes[0].tap_of_weight(d) * a.taps[1] + axes[1].tap_of_weight(h);
                let tap = plane * a.taps[2] + axes[2].tap_of_weight(w);
                for channel in 0..a.groups {
                    line.add(channel).write(*a.weight.add(channel * all + tap));
                }
                line = line.add(a.groups);
            }
        }
    }
}

/// What all outputs of a convolution share.
struct Strip {
    channels: usize,
    weights: *const f32,
    bias: *const f32,
    /// Kernel planes and rows, and floats between their inputs.
    planes: usize,
    plane_step: usize,
    rows: usize,
    row_step: usize,
    taps: usize,
    /// Floats from the input of one tap, and of one output, to the next along the width.
    tap_step: usize,
    column_step: usize,
    /// Floats from one output to the next.
    out_step: usize,
}

impl Strip {
    fn new(a: &Arguments, blocks: &Blocks, weights: *const f32) -> Strip {
        let [depth, height, width] = blocks.axes;
        let (plane_step, row_step) = blocks.tap_steps();
        Strip {
            channels: a.groups,
            weights,
            bias: a.bias,
            planes: depth.taps,
            plane_step,
            rows: height.taps,
            row_step,
            taps: width.taps,
            tap_step: width.tap_step * a.groups,
            column_step: blocks.column_step(),
            out_step: width.out_step * a.groups,
        }
    }

    /// One row of outputs.
    unsafe fn row(&self, input: *const f32, out: *mut f32, columns: usize) {
        let mut w = 0;
        while w < columns {
            let x = input.add(w * self.column_step);
            let y = out.add(w * self.out_step);
            let left = columns - w;
            w += match left {
                // The last stages of most networks are 7 and 14 wide.
                7 | 14 => self.outputs::<7>(x, y),
                8.. => self.outputs::<8>(x, y),
                4.. => self.outputs::<4>(x, y),
                _ => self.outputs::<1>(x, y),
            };
        }
    }

    /// N outputs beside each other; returns N.
    unsafe fn outputs<const N: usize>(&self, x: *const f32, y: *mut f32) -> usize {
        let neighbours = self.tap_step == self.channels;
        match (self.taps, self.column_step / self.channels) {
            (3, 1) if neighbours => self.of_three_taps::<N, 1>(x, y),
            (3, 2) if neighbours => self.of_three_taps::<N, 2>(x, y),
            (5, 1) if neighbours => self.sliding::<N, 5, 1, 1>(x, y, (0, self.channels)),
            (5, 2) if neighbours => self.sliding::<N, 5, 2, 1>(x, y, (0, self.channels)),
            (7, 1) if neighbours => self.sliding::<N, 7, 1, 1>(x, y, (0, self.channels)),
            _ => self.any::<N>(x, y),
        }
        N
    }

    /// By pairs of vectors where V8 makes one of them. With five taps they would spill: measured 19
    /// against 32 GFLOP/s.
    unsafe fn of_three_taps<const N: usize, const S: usize>(&self, x: *const f32, y: *mut f32) {
        let pairs = if control().wide_tiles != 0 { self.channels / 8 * 8 } else { 0 };
        self.sliding::<N, 3, S, 2>(x, y, (0, pairs));
        self.sliding::<N, 3, S, 1>(x, y, (pairs, self.channels));
    }

    /// T neighbouring taps, S input pixels between outputs: each input is loaded once for all the
    /// outputs that it belongs to.
    #[inline(never)]
    unsafe fn sliding<const N: usize, const T: usize, const S: usize, const V: usize>(
        &self,
        x: *const f32,
        y: *mut f32,
        (first, end): (usize, usize),
    ) {
        let channels = self.channels;
        let mut c = first;
        while c < end {
            let mut sums = [self.start::<V>(c); N];
            let mut weights = self.weights.add(c);
            for plane in 0..self.planes {
                for row in 0..self.rows {
                    let from = x.add(plane * self.plane_step + row * self.row_step + c);
                    let mut w = [[zero(); V]; T];
                    for (t, weight) in w.iter_mut().enumerate() {
                        *weight = vectors(weights.add(t * channels));
                    }
                    weights = weights.add(T * channels);
                    for j in 0..(N - 1) * S + T {
                        let input = vectors::<V>(from.add(j * channels));
                        for (t, weight) in w.iter().enumerate() {
                            if j >= t && (j - t).is_multiple_of(S) && (j - t) / S < N {
                                let n = (j - t) / S;
                                for v in 0..V {
                                    sums[n][v] = multiply_add(input[v], weight[v], sums[n][v]);
                                }
                            }
                        }
                    }
                }
            }
            self.finish(&sums, y.add(c), end - c);
            c += 4 * V;
        }
    }

    /// Any taps and strides.
    #[inline(never)]
    unsafe fn any<const N: usize>(&self, x: *const f32, y: *mut f32) {
        let channels = self.channels;
        let mut c = 0;
        while c < channels {
            let mut sums = [self.start::<1>(c); N];
            let mut weights = self.weights.add(c);
            for plane in 0..self.planes {
                for row in 0..self.rows {
                    let mut from = x.add(plane * self.plane_step + row * self.row_step + c);
                    for _ in 0..self.taps {
                        let weight = load(weights);
                        for (n, [sum]) in sums.iter_mut().enumerate() {
                            let input = load(from.add(n * self.column_step));
                            *sum = multiply_add(input, weight, *sum);
                        }
                        weights = weights.add(channels);
                        from = from.add(self.tap_step);
                    }
                }
            }
            self.finish(&sums, y.add(c), channels - c);
            c += 4;
        }
    }

    #[inline(always)]
    unsafe fn start<const V: usize>(&self, channel: usize) -> [v128; V] {
        if self.bias.is_null() { [zero(); V] } else { vectors(self.bias.add(channel)) }
    }

    /// Stores the sums of up to `lanes` channels.
    #[inline(always)]
    unsafe fn finish<const N: usize, const V: usize>(
        &self,
        sums: &[[v128; V]; N],
        y: *mut f32,
        lanes: usize,
    ) {
        for (n, sum) in sums.iter().enumerate() {
            let to = y.add(n * self.out_step);
            if V == 1 {
                store_lanes(to, sum[0], lanes);
                continue;
            }
            for (v, vector) in sum.iter().enumerate() {
                store(to.add(v * 4), *vector);
            }
        }
    }
}

#[inline(always)]
unsafe fn vectors<const V: usize>(from: *const f32) -> [v128; V] {
    core::array::from_fn(|v| load(from.add(v * 4)))
}

/// `source` is x, `weight` is dy, `out` is dw [channels, taps].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn depthwise_weight_grad() -> i32 {
    let a: &Arguments = arguments();
    let channels = a.groups;
    let blocks = Blocks::new(a.forward_axes(), a.batch, 1, channels, channels);
    let taps = blocks.taps();
    let count = blocks.count();
    // Shares of the blocks have sums of their own, added in order at the end.
    let shares = count.min(if threads() == 1 { 4 } else { threads() * 4 });
    let sums_floats = taps * channels;
    let offsets_at = blocks.slab_bytes().next_multiple_of(64);
    if !has_memory(offsets_at + taps * 4, shares * sums_floats * 4 + SLACK) {
        return MORE_MEMORY;
    }
    let sums: *mut f32 = workspace();
    let pixels = a.batch * a.output.iter().product::<usize>();
    parallel(shares, pixels * taps * channels / 8, |share, thread| {
        let total = sums.add(share * sums_floats);
        total.write_bytes(0, sums_floats);
        let offsets = crate::control::scratch::<u8>(thread).add(offsets_at) as *mut usize;
        write_tap_offsets(&blocks, channels, offsets);
        let (begin, end) = part(count, 1, shares, share);
        for index in begin..end {
            let block = blocks.block(index);
            blocks.load(a.source, &block, (0, 1), thread);
            add_block(a, &blocks, &block, thread, offsets, total);
        }
    });
    for channel in 0..channels {
        for tap in 0..taps {
            let mut total = 0.0f64;
            for share in 0..shares {
                total += *sums.add(share * sums_floats + tap * channels + channel) as f64;
            }
            a.out.add(channel * taps + tap).write(total as f32);
        }
    }
    DONE
}

/// Floats from the first tap's input to that of each tap.
unsafe fn write_tap_offsets(blocks: &Blocks, channels: usize, to: *mut usize) {
    let [depth, height, width] = blocks.axes;
    let (plane_step, row_step) = blocks.tap_steps();
    let mut i = 0;
    for d in 0..depth.taps {
        for h in 0..height.taps {
            for w in 0..width.taps {
                let offset = d * plane_step + h * row_step + w * width.tap_step * channels;
                to.add(i).write(offset);
                i += 1;
            }
        }
    }
}

/// Adds the products of a block to `total` [taps, channels], row by row.
unsafe fn add_block(
    a: &Arguments,
    blocks: &Blocks,
    block: &Block,
    thread: usize,
    offsets: *const usize,
    total: *mut f32,
) {
    let channels = a.groups;
    let columns = block.columns.1 - block.columns.0;
    let step = blocks.column_step();
    let taps = blocks.taps();
    blocks.for_each_row(a.source, block, thread, |input, position| {
        let dy = a.weight.add(position * channels);
        let mut tap = 0;
        while tap < taps {
            let row = Products {
                x: input,
                offsets: offsets.add(tap),
                dy,
                step,
                columns,
                channels,
                total: total.add(tap * channels),
            };
            tap += match taps - tap {
                9.. => row.add::<9>(),
                5..9 => row.add::<5>(),
                3..5 => row.add::<3>(),
                _ => row.add::<1>(),
            };
        }
    });
}

/// A row of outputs, for a few taps.
struct Products {
    x: *const f32,
    offsets: *const usize,
    dy: *const f32,
    step: usize,
    columns: usize,
    channels: usize,
    total: *mut f32,
}

impl Products {
    /// Adds the products of T taps; returns T.
    unsafe fn add<const T: usize>(&self) -> usize {
        let mut c = 0;
        while c < self.channels {
            let mut from = [self.x; T];
            for (t, pointer) in from.iter_mut().enumerate() {
                *pointer = self.x.add(*self.offsets.add(t) + c);
            }
            let mut sums = [zero(); T];
            let mut dy = self.dy.add(c);
            for column in 0..self.columns {
                let g = load(dy);
                for (t, sum) in sums.iter_mut().enumerate() {
                    *sum = multiply_add(load(from[t].add(column * self.step)), g, *sum);
                }
                dy = dy.add(self.channels);
            }
            let lanes = (self.channels - c).min(4);
            for (t, sum) in sums.iter().enumerate() {
                let to = self.total.add(t * self.channels + c);
                store_lanes(to, f32x4_add(load(to), *sum), lanes);
            }
            c += 4;
        }
        T
    }
}
