//! The inner loops of depthwise convolution: rows of outputs, read from the input where it stands.
//!
//! Vectors run over the channels of channels-last pixels; several outputs of a row are computed
//! together, so that each input and each weight is loaded once for all of them. Kernel rows outside
//! the input are left out; input columns outside are read from a pixel of zeros instead.

use crate::control::block::control;
use crate::conv::axis::Axis;
use crate::vector::bounds::clamped;
use crate::vector::simd::*;

/// Channels of a panel of weights: [channels / 8, taps, 8].
pub const PANEL: usize = 8;

/// The block for each index below the count, which is at most 19. LLVM leaves loops with large
/// bodies as they are, and their sums in memory.
macro_rules! unrolled {
    ($index:ident < $count:expr => $body:block) => {
        unrolled!(@ $index $count, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18)
    };
    (@ $index:ident $count:expr, $body:block, $($i:literal)*) => {
        $(if $i < $count {
            let $index: usize = $i;
            $body
        })*
    };
}
pub(crate) use unrolled;

/// What all outputs of a convolution share.
pub struct Rows {
    pub axes: [Axis; 3],
    pub channels: usize,
    pub source: *const f32,
    pub out: *mut f32,
    pub weights: *const f32,
    pub bias: *const f32,
    /// As many zeros as channels.
    pub zeros: *const f32,
    /// What outputs are clamped to.
    pub low: f32,
    pub high: f32,
}

/// One row of outputs: what it reads and where it stands.
struct Line {
    /// The row of the input that the first tap inside reads.
    x: *const f32,
    y: *mut f32,
    /// Kernel planes and rows inside the input, and the first tap of the first of them.
    planes: usize,
    rows: usize,
    first_tap: usize,
}

impl Rows {
    /// The row `q` of outputs of plane `p` of batch x depth, for the channels from..to; `from` is a
    /// multiple of a panel.
    pub unsafe fn row(&self, p: usize, q: usize, channels: (usize, usize)) {
        let line = self.line(p, q);
        let count = self.axes[2].count;
        let mut w = 0;
        while w < count {
            // The last outputs of a row are computed together with some of those before them.
            w = match count {
                // Sizes that come from 224.
                7 | 14 | 28 if matches!(self.axes[2].taps, 3 | 5) => {
                    self.outputs::<7>(&line, w, channels)
                }
                8.. => self.outputs::<8>(&line, w.min(count - 8), channels),
                4.. => self.outputs::<4>(&line, w.min(count - 4), channels),
                _ => self.outputs::<1>(&line, w, channels),
            };
        }
    }

    unsafe fn line(&self, p: usize, q: usize) -> Line {
        let [depth, height, width] = &self.axes;
        let (sample, r) = (p / depth.count, p % depth.count);
        let (first_plane, end_plane) = depth.taps_inside(r);
        let (first_row, end_row) = height.taps_inside(q);
        let at = |axis: &Axis, q: usize, tap: usize| {
            (axis.start + (q * axis.stride + tap * axis.tap_step) as isize) as usize
        };
        let is_empty = first_plane == end_plane || first_row == end_row;
        let x = if is_empty {
            self.source
        } else {
            let plane = sample * depth.input + at(depth, r, first_plane);
            let row = plane * height.input + at(height, q, first_row);
            self.source.add(row * width.input * self.channels)
        };
        let plane = sample * depth.out_extent + depth.out_first + r * depth.out_step;
        let row = plane * height.out_extent + height.out_first + q * height.out_step;
        let pixel = row * width.out_extent + width.out_first;
        Line {
            x,
            y: self.out.add(pixel * self.channels),
            planes: if is_empty { 0 } else { end_plane - first_plane },
            rows: end_row - first_row,
            first_tap: (first_plane * height.taps + first_row) * width.taps,
        }
    }

    /// N outputs beside each other, from `w` on; returns the position behind them.
    unsafe fn outputs<const N: usize>(
        &self,
        line: &Line,
        w: usize,
        channels: (usize, usize),
    ) -> usize {
        let width = &self.axes[2];
        let stride = if width.tap_step == 1 { width.stride } else { 0 };
        // Sevens are for the usual kernels only: each kind is a few kilobytes.
        match (width.taps, stride) {
            (1, 1) if N != 7 => self.neighbours::<N, 1, 1>(line, w, channels),
            (2, 1) if N != 7 => self.neighbours::<N, 2, 1>(line, w, channels),
            (3, 1) => self.neighbours::<N, 3, 1>(line, w, channels),
            (3, 2) => self.neighbours::<N, 3, 2>(line, w, channels),
            (5, 1) => self.neighbours::<N, 5, 1>(line, w, channels),
            (5, 2) => self.neighbours::<N, 5, 2>(line, w, channels),
            (7, 1) if N != 7 => self.neighbours::<N, 7, 1>(line, w, channels),
            _ => self.each::<N>(line, w, channels),
        }
        w + N
    }

    /// T neighbouring taps, S input pixels between outputs.
    unsafe fn neighbours<const N: usize, const T: usize, const S: usize>(
        &self,
        line: &Line,
        w: usize,
        (first, end): (usize, usize),
    ) {
        let width = &self.axes[2];
        let begin = width.start + (w * S) as isize;
        let behind = begin + ((N - 1) * S + T) as isize - width.input as isize;
        if begin < -((T / 2) as isize) || behind > (T / 2) as isize {
            return self.each::<N>(line, w, (first, end));
        }
        let strip = Strip { line, w, begin, behind };
        let wide = control().wide_tiles != 0;
        let pairs = if wide { first + (end - first) / 8 * 8 } else { first };
        if begin < 0 || behind > 0 {
            self.sliding::<N, T, S, 2, true>(&strip, first, pairs);
            self.sliding::<N, T, S, 1, true>(&strip, pairs, end);
        } else {
            self.sliding::<N, T, S, 2, false>(&strip, first, pairs);
            self.sliding::<N, T, S, 1, false>(&strip, pairs, end);
        }
    }

    /// Each input is loaded once for all the outputs that it belongs to. V vectors at a time: V8
    /// makes one of two. With `CLIPPED`, up to T / 2 input columns at either end are outside.
    #[inline(never)]
    unsafe fn sliding<
        const N: usize,
        const T: usize,
        const S: usize,
        const V: usize,
        const CLIPPED: bool,
    >(
        &self,
        strip: &Strip,
        first: usize,
        end: usize,
    ) {
        let Strip { line, w, begin, behind } = strip;
        let channels = self.channels;
        let [_, height, width] = &self.axes;
        let (row_step, plane_step) = self.steps();
        let reach = (N - 1) * S + T;
        // All bits set where the column is inside.
        let mask = |is_inside: bool| 0usize.wrapping_sub(usize::from(is_inside));
        let left: [usize; T] = core::array::from_fn(|j| mask(begin + j as isize >= 0));
        let right: [usize; T] = core::array::from_fn(|j| mask(j as isize >= *behind));
        let x = line.x.wrapping_offset(begin * channels as isize);
        let y = line.y.add(w * width.out_step * channels);
        let mut c = first;
        while c < end {
            let mut sums = [self.start::<V>(c); N];
            let mut plane_weights = self.panel(c).add(line.first_tap * PANEL);
            let mut plane = x.wrapping_add(c);
            let zeros = self.zeros.add(c);
            for _ in 0..line.planes {
                let mut weights = plane_weights;
                let mut from = plane;
                // Columns that may be outside have pointers of their own, which then stay at zeros.
                let at = |j: usize, mask| masked(plane.wrapping_add(j * channels), zeros, mask);
                let mut from_left: [_; T] = core::array::from_fn(|j| at(j, left[j]));
                let mut from_right: [_; T] =
                    core::array::from_fn(|j| at(reach.wrapping_sub(1 + j), right[j]));
                for _ in 0..line.rows {
                    let near = weights;
                    let w: [[v128; V]; T] = core::array::from_fn(|t| vectors(near.add(t * PANEL)));
                    unrolled!(j < reach => {
                        let p = if CLIPPED && j < T / 2 {
                            from_left[j]
                        } else if CLIPPED && j >= reach - T / 2 {
                            from_right[reach - 1 - j]
                        } else {
                            from.wrapping_add(j * channels)
                        };
                        let input = vectors::<V>(p);
                        for t in 0..T {
                            if j >= t && (j - t).is_multiple_of(S) && (j - t) / S < N {
                                let sum = &mut sums[(j - t) / S];
                                for v in 0..V {
                                    sum[v] = multiply_add(input[v], w[t][v], sum[v]);
                                }
                            }
                        }
                    });
                    weights = weights.add(T * PANEL);
                    from = from.wrapping_add(row_step);
                    for j in 0..T / 2 {
                        from_left[j] = from_left[j].wrapping_add(row_step & left[j]);
                        from_right[j] = from_right[j].wrapping_add(row_step & right[j]);
                    }
                }
                plane_weights = plane_weights.add(height.taps * T * PANEL);
                plane = plane.wrapping_add(plane_step);
            }
            self.finish(&sums, y.add(c), end - c);
            c += 4 * V;
        }
    }

    /// N outputs with any taps and strides, one by one.
    #[inline(never)]
    unsafe fn each<const N: usize>(&self, line: &Line, w: usize, (first, end): (usize, usize)) {
        let whole = first + (end - first) / 16 * 16;
        for n in w..w + N {
            self.one::<4>(line, n, first, whole);
            self.one::<1>(line, n, whole, end);
        }
    }

    /// One output: V vectors at a time, so that their sums do not wait for each other.
    #[inline(always)]
    unsafe fn one<const V: usize>(&self, line: &Line, w: usize, first: usize, end: usize) {
        let [_, height, width] = &self.axes;
        let (row_step, plane_step) = self.steps();
        let (first_tap, end_tap) = width.taps_inside(w);
        let tap_step = width.tap_step * self.channels;
        let begin = width.start + (w * width.stride + first_tap * width.tap_step) as isize;
        let x = line.x.wrapping_offset(begin * self.channels as isize);
        let y = line.y.add(w * width.out_step * self.channels);
        let mut c = first;
        while c < end {
            let mut sums = self.start::<V>(c);
            for plane in 0..line.planes {
                for row in 0..line.rows {
                    let tap = line.first_tap + (plane * height.taps + row) * width.taps;
                    let mut from = x.wrapping_add(plane * plane_step + row * row_step + c);
                    for t in tap + first_tap..tap + end_tap {
                        for (v, sum) in sums.iter_mut().enumerate() {
                            let weight = load(self.panel(c + 4 * v).add(t * PANEL));
                            *sum = multiply_add(load(from.add(4 * v)), weight, *sum);
                        }
                        from = from.wrapping_add(tap_step);
                    }
                }
            }
            self.finish(&[sums], y.add(c), end - c);
            c += 4 * V;
        }
    }

    /// Floats from the input of one kernel row, and of one kernel plane, to the next.
    fn steps(&self) -> (usize, usize) {
        let [depth, height, width] = &self.axes;
        let row = width.input * self.channels;
        (height.tap_step * row, depth.tap_step * height.input * row)
    }

    /// The first tap's weights of the channels from `c` on, a multiple of 4.
    #[inline(always)]
    unsafe fn panel(&self, c: usize) -> *const f32 {
        let taps: usize = self.axes.iter().map(|axis| axis.taps).product();
        self.weights.add(c / PANEL * taps * PANEL + c % PANEL)
    }

    #[inline(always)]
    unsafe fn start<const V: usize>(&self, channel: usize) -> [v128; V] {
        if self.bias.is_null() { [zero(); V] } else { vectors(self.bias.add(channel)) }
    }

    /// Clamps and stores the sums of up to `lanes` channels.
    #[inline(always)]
    unsafe fn finish<const N: usize, const V: usize>(
        &self,
        sums: &[[v128; V]; N],
        y: *mut f32,
        lanes: usize,
    ) {
        let (low, high) = (f32x4_splat(self.low), f32x4_splat(self.high));
        unrolled!(n < N => {
            let to = y.add(n * self.axes[2].out_step * self.channels);
            for v in 0..V {
                let value = clamped(sums[n][v], low, high);
                if V == 1 {
                    store_lanes(to, value, lanes);
                } else {
                    store(to.add(v * 4), value);
                }
            }
        });
    }
}

/// N outputs beside each other, the first at `w`: it reads from the input column `begin` on, and
/// the last reads `behind` columns behind the input.
struct Strip<'a> {
    line: &'a Line,
    w: usize,
    begin: isize,
    behind: isize,
}

/// `p` where the mask is set, else `other`.
#[inline(always)]
pub fn masked(p: *const f32, other: *const f32, mask: usize) -> *const f32 {
    let distance = (p as usize).wrapping_sub(other as usize) & mask;
    other.wrapping_byte_add(distance)
}

#[inline(always)]
pub unsafe fn vectors<const V: usize>(from: *const f32) -> [v128; V] {
    core::array::from_fn(|v| load(from.add(v * 4)))
}
