//! The gradient of a depthwise convolution by its weights: for each channel and tap the sum of
//! products over all pixels. Vectors run over channels, and the input is read where it stands.

use crate::control::block::control;
use crate::control::memory::{Memory, bytes, workspace};
use crate::conv::arguments::Arguments;
use crate::conv::axis::Axis;
use crate::depthwise::rows::{masked, unrolled, vectors};
use crate::threads::parallel::{parallel, part, product, threads};
use crate::vector::simd::*;

/// Rows of outputs that are worth sums of their own, and such sums at most. They are cut by sizes,
/// so that results do not depend on the number of threads.
const SHARE_ROWS: usize = 16;
const SHARES: usize = 8;
/// Channels are cut in units of four cache lines.
const CHANNELS: usize = 64;
/// Outputs of a step.
const STEP: usize = 4;

struct Sizes {
    taps: usize,
    /// Channels in whole pairs of vectors: what stands behind them is summed too, and left out at the end.
    line: usize,
    all_rows: usize,
    /// Rows of outputs with sums of their own.
    shares: usize,
}

impl Sizes {
    fn new(a: &Arguments) -> Sizes {
        let all_rows = a.batch * a.output[0] * a.output[1];
        Sizes {
            taps: a.taps.iter().product(),
            line: a.groups.next_multiple_of(8),
            all_rows,
            shares: (all_rows / SHARE_ROWS).clamp(1, SHARES),
        }
    }
}

pub fn memory(a: &Arguments) -> Memory {
    let Sizes { taps, line, shares, .. } = Sizes::new(a);
    Memory::of_workspace(bytes([line, 4]) + bytes([line, shares, taps, 4]) + SLACK_BYTES)
}

/// `source` is x, `weight` is dy, `out` is dw [channels, taps].
pub unsafe fn weight_grad(a: &Arguments) {
    let axes = a.forward_axes();
    let channels = a.groups;
    let Sizes { taps, line, all_rows, shares } = Sizes::new(a);
    let zeros: *mut f32 = workspace();
    clear(zeros, line);
    let sums = zeros.add(line);
    let rows = Rows { axes: &axes, channels, line, x: a.source, dy: a.weight, zeros };
    let channel_parts = if threads() == 1 {
        1
    } else {
        (threads() * 4).div_ceil(shares).min(channels.div_ceil(CHANNELS))
    };
    let products = product([all_rows, a.output[2], taps, channels]);
    parallel(shares * channel_parts, products / 16, |chunk, _| {
        let share = chunk / channel_parts;
        let (first, end) = part(channels, CHANNELS, channel_parts, chunk % channel_parts);
        let total = sums.add(share * taps * line);
        for tap in 0..taps {
            clear(total.add(tap * line + first), end.next_multiple_of(8) - first);
        }
        let (begin, behind) = part(all_rows, 1, shares, share);
        for row in begin..behind {
            rows.add(row, total, (first, end));
        }
    });
    let parts = channels.div_ceil(CHANNELS);
    parallel(parts, shares * taps * channels / 4, |chunk, _| {
        let (first, end) = part(channels, CHANNELS, parts, chunk);
        for tap in 0..taps {
            let mut c = first;
            while c < end {
                let from = sums.add(tap * line + c);
                let sum = total_of(from, shares, taps * line);
                for (lane, value) in sum.iter().enumerate().take(end - c) {
                    a.out.add((c + lane) * taps + tap).write(*value);
                }
                c += 4;
            }
        }
    });
}

/// Four channels summed over the shares, in double precision.
unsafe fn total_of(from: *const f32, shares: usize, step: usize) -> [f32; 4] {
    let (mut low, mut high) = (f64x2_splat(0.0), f64x2_splat(0.0));
    for share in 0..shares {
        let four = load(from.add(share * step));
        low = f64x2_add(low, f64x2_promote_low_f32x4(four));
        high = f64x2_add(high, f64x2_promote_low_f32x4(i64x2_shuffle::<1, 1>(four, four)));
    }
    let low = f32x4_demote_f64x2_zero(low);
    let high = f32x4_demote_f64x2_zero(high);
    let mut lanes = [0.0; 4];
    store(lanes.as_mut_ptr(), i64x2_shuffle::<0, 2>(low, high));
    lanes
}

/// What all rows of outputs share.
struct Rows<'a> {
    axes: &'a [Axis; 3],
    channels: usize,
    /// Floats from the sums of a tap to those of the next.
    line: usize,
    x: *const f32,
    dy: *const f32,
    /// As many zeros as channels.
    zeros: *const f32,
}

/// One row of outputs with one or more kernel rows.
struct Line {
    /// The input row of the first kernel row, from its first column on.
    x: *const f32,
    dy: *const f32,
    total: *mut f32,
}

impl Rows<'_> {
    /// Adds the products of row `row` of batch x depth x height to `total` [taps, line].
    unsafe fn add(&self, row: usize, total: *mut f32, channels: (usize, usize)) {
        let [depth, height, width] = self.axes;
        let (p, q) = (row / height.count, row % height.count);
        let (sample, r) = (p / depth.count, p % depth.count);
        let row_floats = width.input * self.channels;
        let (first_plane, end_plane) = depth.taps_inside(r);
        let (first_row, end_row) = height.taps_inside(q);
        let dy = self.dy.add(row * width.count * self.channels);
        let stride = if width.tap_step == 1 { width.stride } else { 0 };
        for d in first_plane..end_plane {
            let plane = depth.start + (r * depth.stride + d * depth.tap_step) as isize;
            let plane = (sample * depth.input) as isize + plane;
            let mut h = first_row;
            while h < end_row {
                let position = height.start + (q * height.stride + h * height.tap_step) as isize;
                let row = plane * height.input as isize + position;
                let line = Line {
                    x: self.x.wrapping_offset(row * row_floats as isize),
                    dy,
                    total: total.add((d * height.taps + h) * width.taps * self.line),
                };
                h += match (width.taps, stride) {
                    // Three rows of three taps at a time: fewer sums would wait for each other.
                    (3, 1) if end_row - h >= 3 => self.usual::<3, 3, 1>(&line, channels),
                    (3, 2) if end_row - h >= 3 => self.usual::<3, 3, 2>(&line, channels),
                    (3, 1) => self.usual::<1, 3, 1>(&line, channels),
                    (3, 2) => self.usual::<1, 3, 2>(&line, channels),
                    (5, 1) => self.usual::<1, 5, 1>(&line, channels),
                    (5, 2) => self.usual::<1, 5, 2>(&line, channels),
                    _ => self.each_tap(&line, 1, channels),
                };
            }
        }
    }

    /// Adds the products of R kernel rows of T neighbouring taps; returns R.
    unsafe fn usual<const R: usize, const T: usize, const S: usize>(
        &self,
        line: &Line,
        channels: (usize, usize),
    ) -> usize {
        let width = &self.axes[2];
        let most = (T / 2) as isize;
        let behind = width.start + ((width.count - 1) * S + T) as isize - width.input as isize;
        if width.start < -most || behind > most {
            return self.each_tap(line, R, channels);
        }
        if control().wide_tiles != 0 {
            self.taps_together::<R, T, S, 2>(line, channels);
        } else {
            self.taps_together::<R, T, S, 1>(line, channels);
        }
        R
    }

    /// Each input and each gradient is loaded once for all
    /// the products that it belongs to. V vectors at a time: V8 makes one of two.
    #[inline(never)]
    unsafe fn taps_together<const R: usize, const T: usize, const S: usize, const V: usize>(
        &self,
        line: &Line,
        (first, end): (usize, usize),
    ) {
        let width = &self.axes[2];
        let mut c = first;
        while c < end {
            let mut sums = [[[zero(); V]; T]; R];
            let mut w = 0;
            while w + STEP <= width.count {
                let begin = width.start + (w * S) as isize;
                let reach = ((STEP - 1) * S + T) as isize;
                if begin >= 0 && begin + reach <= width.input as isize {
                    self.step::<R, T, S, V, STEP, false>(line, w, c, &mut sums);
                } else {
                    self.step::<R, T, S, V, STEP, true>(line, w, c, &mut sums);
                }
                w += STEP;
            }
            while w < width.count {
                self.step::<R, T, S, V, 1, true>(line, w, c, &mut sums);
                w += 1;
            }
            unrolled!(r < R => {
                for t in 0..T {
                    let to = line.total.add((r * T + t) * self.line + c);
                    let before = vectors::<V>(to);
                    let sum: [_; V] =
                        core::array::from_fn(|v| f32x4_add(before[v], sums[r][t][v]));
                    for v in 0..V {
                        store(to.add(4 * v), sum[v]);
                    }
                }
            });
            c += 4 * V;
        }
    }

    /// N outputs beside each other. With `CLIPPED`, up to T / 2 input columns at either end are
    /// outside: zeros stand for them.
    #[inline(always)]
    unsafe fn step<
        const R: usize,
        const T: usize,
        const S: usize,
        const V: usize,
        const N: usize,
        const CLIPPED: bool,
    >(
        &self,
        line: &Line,
        w: usize,
        c: usize,
        sums: &mut [[[v128; V]; T]; R],
    ) {
        let [_, height, width] = self.axes;
        let row_step = height.tap_step * width.input * self.channels;
        let reach = (N - 1) * S + T;
        let begin = width.start + (w * S) as isize;
        let x = line.x.wrapping_offset(begin * self.channels as isize + c as isize);
        let dy = line.dy.add(w * self.channels + c);
        let g: [[v128; V]; N] = core::array::from_fn(|n| vectors(dy.add(n * self.channels)));
        unrolled!(r < R => {
            let row = x.wrapping_add(r * row_step);
            unrolled!(j < reach => {
                let mut p = row.wrapping_add(j * self.channels);
                if CLIPPED && (j < T / 2 || j >= reach - T / 2) {
                    let column = begin + j as isize;
                    let is_inside = column >= 0 && column < width.input as isize;
                    p = masked(p, self.zeros.add(c), 0usize.wrapping_sub(usize::from(is_inside)));
                }
                let input = vectors::<V>(p);
                for t in 0..T {
                    if j >= t && (j - t).is_multiple_of(S) && (j - t) / S < N {
                        let sum = &mut sums[r][t];
                        for v in 0..V {
                            sum[v] = multiply_add(input[v], g[(j - t) / S][v], sum[v]);
                        }
                    }
                }
            });
        });
    }

    /// Any taps and strides: one tap at a time, over the outputs that it reads the input for.
    #[inline(never)]
    unsafe fn each_tap(&self, line: &Line, rows: usize, (first, end): (usize, usize)) -> usize {
        let [_, height, width] = self.axes;
        let row_step = height.tap_step * width.input * self.channels;
        for row in 0..rows {
            for t in 0..width.taps {
                let (from, to) = width.outputs_inside(t);
                let position = width.start + (from * width.stride + t * width.tap_step) as isize;
                let tap = Tap {
                    x: line
                        .x
                        .wrapping_add(row * row_step)
                        .wrapping_offset(position * self.channels as isize),
                    x_step: width.stride * self.channels,
                    dy: line.dy.wrapping_add(from * self.channels),
                    dy_step: self.channels,
                    outputs: to - from,
                    total: line.total.add((row * width.taps + t) * self.line),
                };
                let whole = first + (end - first) / 16 * 16;
                tap.add::<4>(first, whole);
                tap.add::<1>(whole, end);
            }
        }
        rows
    }
}

/// The products of one tap in a row of outputs.
struct Tap {
    x: *const f32,
    x_step: usize,
    dy: *const f32,
    dy_step: usize,
    outputs: usize,
    total: *mut f32,
}

impl Tap {
    /// V vectors at a time, so that their sums do not wait for each other.
    #[inline(always)]
    unsafe fn add<const V: usize>(&self, first: usize, end: usize) {
        let mut c = first;
        while c < end {
            let mut sums = [zero(); V];
            let (mut x, mut dy) = (self.x.wrapping_add(c), self.dy.wrapping_add(c));
            for _ in 0..self.outputs {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = multiply_add(load(x.add(4 * v)), load(dy.add(4 * v)), *sum);
                }
                x = x.wrapping_add(self.x_step);
                dy = dy.wrapping_add(self.dy_step);
            }
            for (v, sum) in sums.iter().enumerate() {
                let to = self.total.add(c + 4 * v);
                store(to, f32x4_add(load(to), *sum));
            }
            c += 4 * V;
        }
    }
}
