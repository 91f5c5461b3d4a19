//! Regions of features pooled into bins, and the gradient. Features and bins lie channels-last, so that a sample is
//! read as rows of channels, four at a time.

use crate::control::interface::shared;
use crate::movement::fill;
use crate::threads::parallel::{parallel, product};
use crate::vector::simd::*;

shared! {
    "roiAlign":
    pub struct Arguments {
        /// Features, or the gradient by them.
        x: *mut f32,
        rois: *const f32,
        /// Bins, or the gradient of them.
        y: *mut f32,
        batch: usize,
        channels: usize,
        regions: usize,
        /// 1 or 2: with one axis, `height` is 1.
        dims: usize,
        height: usize,
        width: usize,
        bins_high: usize,
        bins_wide: usize,
        scale: f32,
        /// Samples along each axis of a bin; 0: as many as it is long.
        sampling: usize,
        aligned: u32,
    }
}

/// Floor, for lack of a standard library.
#[inline(always)]
fn floor(x: f32) -> f32 {
    f32x4_extract_lane::<0>(f32x4_floor(f32x4_splat(x)))
}

/// The bins of a region along one axis.
#[derive(Clone, Copy)]
struct Axis {
    begin: f32,
    bin: f32,
    samples: usize,
    extent: usize,
    /// An axis that is not there: each bin reads its one element.
    absent: bool,
}

/// The elements around a sample, and how much the upper one counts.
#[derive(Clone, Copy)]
struct Tap {
    low: usize,
    high: usize,
    share: f32,
}

impl Axis {
    const ABSENT: Axis = Axis { begin: 0.0, bin: 1.0, samples: 1, extent: 1, absent: true };

    fn new(a: &Arguments, low: f32, high: f32, bins: usize, extent: usize) -> Axis {
        let shift = if a.aligned != 0 { 0.5 } else { 0.0 };
        let begin = low * a.scale - shift;
        let length = high * a.scale - shift - begin;
        let length = if a.aligned == 0 && length < 1.0 { 1.0 } else { length };
        let bin = length / bins as f32;
        let finite = begin.is_finite() && bin.is_finite();
        let samples = if !finite {
            0
        } else if a.sampling > 0 {
            a.sampling
        } else {
            // Of what is below 0 the conversion makes 0.
            -floor(-bin) as usize
        };
        Axis { begin, bin, samples, extent, absent: false }
    }

    /// What sample number `s` of a bin reads; nothing where it lies more than one element outside.
    #[inline(always)]
    fn tap(&self, bin: usize, s: usize) -> Option<Tap> {
        if self.absent {
            return Some(Tap { low: 0, high: 0, share: 0.0 });
        }
        let within = (s as f32 + 0.5) * self.bin / self.samples as f32;
        let position = self.begin + bin as f32 * self.bin + within;
        if !(position >= -1.0 && position <= self.extent as f32) {
            return None;
        }
        let position = if position < 0.0 { 0.0 } else { position };
        let low = floor(position) as usize;
        if low + 1 >= self.extent {
            return Some(Tap { low: self.extent - 1, high: self.extent - 1, share: 0.0 });
        }
        Some(Tap { low, high: low + 1, share: position - low as f32 })
    }
}

/// A region: the number of its input and its bins.
struct Region {
    sample: usize,
    rows: Axis,
    columns: Axis,
}

impl Region {
    unsafe fn new(a: &Arguments, number: usize) -> Region {
        let r = a.rois.add(number * (1 + 2 * a.dims));
        let (high, wide) = (a.bins_high, a.bins_wide);
        let columns = Axis::new(a, *r.add(1), *r.add(1 + a.dims), wide, a.width);
        let rows = if a.dims == 1 {
            Axis::ABSENT
        } else {
            Axis::new(a, *r.add(2), *r.add(4), high, a.height)
        };
        Region { sample: *r as usize, rows, columns }
    }

    /// What each sample counts in its bin.
    fn weight(&self) -> f32 {
        1.0 / (self.rows.samples * self.columns.samples).max(1) as f32
    }

    /// Calls `visit` with each of the four elements around each sample of a bin, and how much it counts.
    #[inline(always)]
    fn for_each_element(&self, row: usize, column: usize, mut visit: impl FnMut(usize, f32)) {
        let weight = self.weight();
        let width = self.columns.extent;
        for i in 0..self.rows.samples {
            let Some(y) = self.rows.tap(row, i) else { continue };
            for j in 0..self.columns.samples {
                let Some(x) = self.columns.tap(column, j) else { continue };
                let (above, below) = ((1.0 - y.share) * weight, y.share * weight);
                visit(y.low * width + x.low, above * (1.0 - x.share));
                if x.share != 0.0 {
                    visit(y.low * width + x.high, above * x.share);
                }
                if y.share != 0.0 {
                    visit(y.high * width + x.low, below * (1.0 - x.share));
                    if x.share != 0.0 {
                        visit(y.high * width + x.high, below * x.share);
                    }
                }
            }
        }
    }
}

/// Nanoseconds of one sample of one channel, roughly.
const WORK: usize = 4;

/// Returns 0, or one more than the first region whose input does not exist, and then does nothing.
pub unsafe fn roi_align(a: &Arguments) -> usize {
    for r in 0..a.regions {
        let sample = *a.rois.add(r * (1 + 2 * a.dims));
        if !(sample >= 0.0 && sample < a.batch as f32) {
            return r + 1;
        }
    }
    let (c, plane) = (a.channels, a.height * a.width);
    let work = product([a.regions, a.bins_high, a.bins_wide, c, WORK]);
    parallel(a.regions * a.bins_high, work, |line, _| {
        let region = Region::new(a, line / a.bins_high);
        let x = a.x.add(region.sample * plane * c) as *const f32;
        for column in 0..a.bins_wide {
            let y = a.y.add((line * a.bins_wide + column) * c);
            clear(y, c);
            region.for_each_element(line % a.bins_high, column, |element, weight| {
                add_scaled(x.add(element * c), y, c, weight);
            });
        }
    });
    0
}

/// Channels that one thread works on: regions overlap, channels do not.
const CHANNELS: usize = 32;

/// Spreads the gradient `y` of the bins over the elements of `x`.
pub unsafe fn roi_align_grad(a: &Arguments) {
    let (c, plane) = (a.channels, a.height * a.width);
    fill::zeros(a.x, a.batch * plane * c);
    let work = product([a.regions, a.bins_high, a.bins_wide, c, WORK]);
    parallel(c.div_ceil(CHANNELS), work, |chunk, _| {
        let first = chunk * CHANNELS;
        let count = CHANNELS.min(c - first);
        for r in 0..a.regions {
            let region = Region::new(a, r);
            let x = a.x.add(region.sample * plane * c + first);
            for bin in 0..a.bins_high * a.bins_wide {
                let y = a.y.add((r * a.bins_high * a.bins_wide + bin) * c + first);
                region.for_each_element(bin / a.bins_wide, bin % a.bins_wide, |element, weight| {
                    add_scaled(y, x.add(element * c), count, weight);
                });
            }
        }
    });
}

/// Adds `weight` times `count` floats.
#[inline(always)]
unsafe fn add_scaled(from: *const f32, to: *mut f32, count: usize, weight: f32) {
    let weight = f32x4_splat(weight);
    let mut i = 0;
    while i + 4 <= count {
        let sum = f32x4_add(load(to.add(i)), f32x4_mul(load(from.add(i)), weight));
        store(to.add(i), sum);
        i += 4;
    }
    if i < count {
        let sum = f32x4_add(load(to.add(i)), f32x4_mul(load(from.add(i)), weight));
        store_lanes(to.add(i), sum, count - i);
    }
}
