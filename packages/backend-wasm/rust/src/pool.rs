//! Pooling over channels-last tensors: windows of pixels, four channels at a time.

use crate::control::{DONE, MORE_MEMORY, arguments, has_memory, scratch};
use crate::fill;
use crate::parallel::{parallel, part};
use crate::simd::*;

/// Windows along one axis: output o covers start[o], start[o] + step, … below end[o].
#[repr(C)]
pub struct Axis {
    start: *const i32,
    end: *const i32,
    count: *const f32,
    step: usize,
    input: usize,
    output: usize,
}

impl Axis {
    unsafe fn window(&self, o: usize) -> (usize, usize) {
        (*self.start.add(o) as usize, *self.end.add(o) as usize)
    }

    unsafe fn longest(&self) -> usize {
        let mut longest = 0;
        for o in 0..self.output {
            let (start, end) = self.window(o);
            longest = end.saturating_sub(start).div_ceil(self.step).max(longest);
        }
        longest
    }
}

/// `x` and `y` have the sizes of the forward pass; their gradients replace them in the backward
/// pass.
#[repr(C)]
pub struct Arguments {
    x: *mut f32,
    y: *mut f32,
    indices: *mut i32,
    batch: usize,
    channels: usize,
    axes: [Axis; 3],
}

impl Arguments {
    fn inputs(&self) -> usize {
        self.axes.iter().map(|a| a.input).product()
    }

    fn outputs(&self) -> usize {
        self.axes.iter().map(|a| a.output).product()
    }

    /// Bytes of scratch for the positions of one window.
    unsafe fn window_bytes(&self) -> usize {
        let [d, h, w] = &self.axes;
        d.longest() * h.longest() * w.longest() * size_of::<u32>()
    }

    /// Position along each axis of output `o`.
    fn position(&self, o: usize) -> [usize; 3] {
        let [_, h, w] = &self.axes;
        [o / (h.output * w.output), o / w.output % h.output, o % w.output]
    }

    /// Writes the flat positions of a window in order; returns how many, and how many stand in its
    /// last rows: sums are taken row by row.
    unsafe fn write_window(&self, o: usize, to: *mut u32) -> (usize, usize) {
        let [d, h, w] = &self.axes;
        let [od, oh, ow] = self.position(o);
        let (d0, d1) = d.window(od);
        let (h0, h1) = h.window(oh);
        let (w0, w1) = w.window(ow);
        let mut count = 0;
        for z in (d0..d1).step_by(d.step) {
            for y in (h0..h1).step_by(h.step) {
                for x in (w0..w1).step_by(w.step) {
                    to.add(count).write(((z * h.input + y) * w.input + x) as u32);
                    count += 1;
                }
            }
        }
        (count, w1.saturating_sub(w0).div_ceil(w.step))
    }

    unsafe fn divisor(&self, o: usize) -> f32 {
        let at = self.position(o);
        let mut product = 1.0;
        for (axis, o) in self.axes.iter().zip(at) {
            product *= *axis.count.add(o);
        }
        product
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn max_pool() -> i32 {
    let a: &Arguments = arguments();
    if !has_memory(a.window_bytes(), 0) {
        return MORE_MEMORY;
    }
    let outputs = a.outputs();
    let total = a.batch * outputs;
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    parallel(parts, total * a.channels * 3, |chunk, thread| {
        let window: *mut u32 = scratch(thread);
        let (begin, end) = part(total, 1, parts, chunk);
        for p in begin..end {
            let (n, o) = (p / outputs, p % outputs);
            let (count, _) = a.write_window(o, window);
            let x = a.x.add(n * a.inputs() * a.channels);
            let y = a.y.add(p * a.channels);
            let indices = a.indices.add(p * a.channels);
            let mut c = 0;
            while c < a.channels {
                let (value, index) = greatest(x.add(c), a.channels, window, count);
                let lanes = (a.channels - c).min(4);
                store_lanes(y.add(c), value, lanes);
                store_lanes(indices.add(c).cast(), index, lanes);
                c += 4;
            }
        }
    });
    DONE
}

/// Greatest value of four channels over a window, and where: the first of equals, but the last NaN.
#[inline(always)]
unsafe fn greatest(
    x: *const f32,
    channels: usize,
    window: *const u32,
    count: usize,
) -> (v128, v128) {
    let first = *window;
    let mut best = load(x.add(first as usize * channels));
    let mut index = u32x4_splat(first);
    for i in 1..count {
        let at = *window.add(i);
        let value = load(x.add(at as usize * channels));
        // A NaN is not below or equal to anything; a number is not put in place of a NaN.
        let number = f32x4_eq(value, value);
        let worse = v128_and(number, v128_not(f32x4_gt(value, best)));
        best = v128_bitselect(best, value, worse);
        index = v128_bitselect(index, u32x4_splat(at), worse);
    }
    (best, index)
}

/// Channels that one task of a gradient covers at least.
const CHANNELS: usize = 16;

/// Tasks of a gradient that adds up within one sample and share of the channels.
fn for_each_share(a: &Arguments, body: impl Fn(usize, (usize, usize), usize)) {
    let shares = a.channels.div_ceil(CHANNELS);
    let work = a.batch * a.channels * (a.inputs() + a.outputs() * 2);
    parallel(a.batch * shares, work, |chunk, thread| {
        let n = chunk / shares;
        body(n, part(a.channels, CHANNELS, shares, chunk % shares), thread);
    });
}

/// `x` receives the gradient of the input; `y` holds that of the output.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn max_pool_grad() {
    let a: &Arguments = arguments();
    let (inputs, outputs, channels) = (a.inputs(), a.outputs(), a.channels);
    fill::zeros(a.x, a.batch * inputs * channels);
    for_each_share(a, |n, (c0, c1), _| {
        let dx = a.x.add(n * inputs * channels);
        for o in 0..outputs {
            let at = (n * outputs + o) * channels;
            for c in c0..c1 {
                let place = *a.indices.add(at + c) as usize;
                *dx.add(place * channels + c) += *a.y.add(at + c);
            }
        }
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn avg_pool() -> i32 {
    let a: &Arguments = arguments();
    if !has_memory(a.window_bytes(), 0) {
        return MORE_MEMORY;
    }
    let outputs = a.outputs();
    let total = a.batch * outputs;
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    let work = a.batch * a.channels * (a.inputs() + outputs);
    parallel(parts, work, |chunk, thread| {
        let window: *mut u32 = scratch(thread);
        let (begin, end) = part(total, 1, parts, chunk);
        for p in begin..end {
            let (n, o) = (p / outputs, p % outputs);
            let (count, row) = a.write_window(o, window);
            let divisor = f32x4_splat(a.divisor(o));
            let x = a.x.add(n * a.inputs() * a.channels);
            let mut c = 0;
            while c < a.channels {
                let mut total = zero();
                let mut i = 0;
                while i < count {
                    let mut sum = zero();
                    for k in i..i + row {
                        let place = *window.add(k) as usize;
                        sum = f32x4_add(sum, load(x.add(place * a.channels + c)));
                    }
                    total = f32x4_add(total, sum);
                    i += row;
                }
                let y = a.y.add(p * a.channels + c);
                store_lanes(y, f32x4_div(total, divisor), (a.channels - c).min(4));
                c += 4;
            }
        }
    });
    DONE
}

/// `x` receives the gradient of the input; `y` holds that of the output.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn avg_pool_grad() -> i32 {
    let a: &Arguments = arguments();
    if !has_memory(a.window_bytes(), 0) {
        return MORE_MEMORY;
    }
    let (inputs, outputs, channels) = (a.inputs(), a.outputs(), a.channels);
    fill::zeros(a.x, a.batch * inputs * channels);
    for_each_share(a, |n, (c0, c1), thread| {
        let window: *mut u32 = scratch(thread);
        let dx = a.x.add(n * inputs * channels);
        for o in 0..outputs {
            let (count, _) = a.write_window(o, window);
            let divisor = f32x4_splat(a.divisor(o));
            let dy = a.y.add((n * outputs + o) * channels);
            let mut c = c0;
            while c < c1 {
                let share = f32x4_div(load(dy.add(c)), divisor);
                for i in 0..count {
                    let to = dx.add(*window.add(i) as usize * channels + c);
                    store_lanes(to, f32x4_add(load(to), share), (c1 - c).min(4));
                }
                c += 4;
            }
        }
    });
    DONE
}
