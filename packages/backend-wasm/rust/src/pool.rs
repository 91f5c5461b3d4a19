//! Pooling over channels-last tensors: windows of pixels, four channels at a time.

use crate::control::{Memory, scratch};
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

    unsafe fn divisor(&self, o: usize) -> f32 {
        let at = self.position(o);
        let mut product = 1.0;
        for (axis, o) in self.axes.iter().zip(at) {
            product *= *axis.count.add(o);
        }
        product
    }
}

/// The flat positions of one window: the first, and those of all counted from it, in order.
struct Window {
    offsets: *mut u32,
    /// Positions along each axis that the offsets are for.
    counts: [usize; 3],
    count: usize,
    first: usize,
}

impl Window {
    fn new(offsets: *mut u32) -> Window {
        Window { offsets, counts: [0; 3], count: 0, first: 0 }
    }

    /// Moves to the window of output `o`. Most windows have the same form, so the offsets stay.
    #[inline(always)]
    unsafe fn move_to(&mut self, a: &Arguments, o: usize) {
        let at = a.position(o);
        let mut counts = [0; 3];
        let mut first = 0;
        for axis in 0..3 {
            let (start, end) = a.axes[axis].window(at[axis]);
            let step = a.axes[axis].step;
            counts[axis] = if step == 1 { end - start } else { (end - start).div_ceil(step) };
            first = first * a.axes[axis].input + start;
        }
        self.first = first;
        if counts != self.counts {
            self.write_offsets(a, counts);
        }
    }

    #[inline(never)]
    unsafe fn write_offsets(&mut self, a: &Arguments, counts: [usize; 3]) {
        let [d, h, w] = &a.axes;
        let mut i = 0;
        for z in 0..counts[0] {
            for y in 0..counts[1] {
                for x in 0..counts[2] {
                    let line = z * d.step * h.input + y * h.step;
                    self.offsets.add(i).write((line * w.input + x * w.step) as u32);
                    i += 1;
                }
            }
        }
        self.counts = counts;
        self.count = i;
    }

    #[inline(always)]
    unsafe fn offset(&self, i: usize) -> usize {
        *self.offsets.add(i) as usize
    }
}

/// What a pass that walks over windows needs.
pub unsafe fn memory(a: &Arguments) -> Memory {
    Memory { scratch: a.window_bytes() as u64, workspace: 0 }
}

pub unsafe fn max_pool(a: &Arguments) {
    let (inputs, outputs) = (a.inputs(), a.outputs());
    let total = a.batch * outputs;
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    parallel(parts, total * a.channels * 3, |chunk, thread| {
        let mut window = Window::new(scratch(thread));
        let (begin, end) = part(total, 1, parts, chunk);
        for p in begin..end {
            let (n, o) = (p / outputs, p % outputs);
            window.move_to(a, o);
            let x = a.x.add((n * inputs + window.first) * a.channels);
            let y = a.y.add(p * a.channels);
            let indices = a.indices.add(p * a.channels);
            let mut c = 0;
            while c + 4 * ABREAST <= a.channels {
                let (values, places) = greatest::<ABREAST>(x.add(c), a.channels, &window);
                for v in 0..ABREAST {
                    store(y.add(c + v * 4), values[v]);
                    store(indices.add(c + v * 4).cast(), places[v]);
                }
                c += 4 * ABREAST;
            }
            while c < a.channels {
                let ([value], [place]) = greatest::<1>(x.add(c), a.channels, &window);
                let lanes = (a.channels - c).min(4);
                store_lanes(y.add(c), value, lanes);
                store_lanes(indices.add(c).cast(), place, lanes);
                c += 4;
            }
        }
    });
}

/// Vectors of channels that are compared at a time: each is a chain of operations that wait for one
/// another, so several take little longer than one.
const ABREAST: usize = 4;

/// Greatest values of V vectors of channels over a window, and where: the first of equals, but the
/// last NaN.
#[inline(always)]
unsafe fn greatest<const V: usize>(
    x: *const f32,
    channels: usize,
    window: &Window,
) -> ([v128; V], [v128; V]) {
    let mut best: [v128; V] = core::array::from_fn(|v| load(x.add(v * 4)));
    let mut places = [u32x4_splat(0); V];
    for i in 1..window.count {
        let at = window.offset(i);
        let from = x.add(at * channels);
        let place = u32x4_splat(at as u32);
        for v in 0..V {
            let value = load(from.add(v * 4));
            // Greater than nothing, a NaN is taken for being one.
            let better = v128_or(f32x4_gt(value, best[v]), f32x4_ne(value, value));
            best[v] = v128_bitselect(value, best[v], better);
            places[v] = v128_bitselect(place, places[v], better);
        }
    }
    let first = u32x4_splat(window.first as u32);
    (best, places.map(|place| i32x4_add(place, first)))
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
pub unsafe fn max_pool_grad(a: &Arguments) {
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

pub unsafe fn avg_pool(a: &Arguments) {
    let (inputs, outputs) = (a.inputs(), a.outputs());
    let total = a.batch * outputs;
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    // Few windows, such as the one of a global pool, are shared by channels.
    let shares = if parts < 8 { a.channels.div_ceil(CHANNELS).min(8) } else { 1 };
    let work = a.batch * a.channels * (a.inputs() + outputs);
    parallel(parts * shares, work, |chunk, thread| {
        let mut window = Window::new(scratch(thread));
        let (begin, end) = part(total, 1, parts, chunk / shares);
        let (first, stop) = part(a.channels, CHANNELS, shares, chunk % shares);
        for p in begin..end {
            let (n, o) = (p / outputs, p % outputs);
            window.move_to(a, o);
            let divisor = f32x4_splat(a.divisor(o));
            let x = a.x.add((n * inputs + window.first) * a.channels);
            let y = a.y.add(p * a.channels);
            let mut c = first;
            while c + 4 * ABREAST <= stop {
                let sums = sum::<ABREAST>(x.add(c), a.channels, &window);
                for v in 0..ABREAST {
                    store(y.add(c + v * 4), f32x4_div(sums[v], divisor));
                }
                c += 4 * ABREAST;
            }
            while c < stop {
                let [sum] = sum::<1>(x.add(c), a.channels, &window);
                store_lanes(y.add(c), f32x4_div(sum, divisor), (stop - c).min(4));
                c += 4;
            }
        }
    });
}

/// Sums of V vectors of channels over a window, row by row.
#[inline(always)]
unsafe fn sum<const V: usize>(x: *const f32, channels: usize, window: &Window) -> [v128; V] {
    let row = window.counts[2];
    let mut total = [zero(); V];
    let mut i = 0;
    while i < window.count {
        let mut sums = [zero(); V];
        for k in i..i + row {
            let from = x.add(window.offset(k) * channels);
            for v in 0..V {
                sums[v] = f32x4_add(sums[v], load(from.add(v * 4)));
            }
        }
        for v in 0..V {
            total[v] = f32x4_add(total[v], sums[v]);
        }
        i += row;
    }
    total
}

/// `x` receives the gradient of the input; `y` holds that of the output.
pub unsafe fn avg_pool_grad(a: &Arguments) {
    let (inputs, outputs, channels) = (a.inputs(), a.outputs(), a.channels);
    fill::zeros(a.x, a.batch * inputs * channels);
    for_each_share(a, |n, (c0, c1), thread| {
        let mut window = Window::new(scratch(thread));
        let dx = a.x.add(n * inputs * channels);
        for o in 0..outputs {
            window.move_to(a, o);
            let divisor = f32x4_splat(a.divisor(o));
            let dx = dx.add(window.first * channels);
            let dy = a.y.add((n * outputs + o) * channels);
            let mut c = c0;
            while c < c1 {
                let share = f32x4_div(load(dy.add(c)), divisor);
                for i in 0..window.count {
                    let to = dx.add(window.offset(i) * channels + c);
                    store_lanes(to, f32x4_add(load(to), share), (c1 - c).min(4));
                }
                c += 4;
            }
        }
    });
}
