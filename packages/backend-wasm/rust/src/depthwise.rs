//! Depthwise convolution: as many groups as channels, one input and one output channel each.
//! Vectors run over the channels of channels-last pixels; several outputs of a row share the
//! weights in registers.

use crate::control::{DONE, MORE_MEMORY, arguments, has_memory, scratch, workspace};
use crate::conv::Arguments;
use crate::conv_axis::Axis;
use crate::fill;
use crate::parallel::{parallel, part, threads};
use crate::simd::*;

/// Outputs of a row that are computed together.
const TOGETHER: usize = 4;

/// The taps of one output that lie inside the input: offsets of their pixels, and their rows of the
/// weight.
struct Window {
    pixels: *mut u32,
    taps: *mut u32,
    count: usize,
}

impl Window {
    unsafe fn at(memory: *mut u32, capacity: usize) -> Window {
        Window { pixels: memory, taps: memory.add(capacity), count: 0 }
    }

    /// Collects the taps that read inside the input for the output at `position`.
    unsafe fn collect(&mut self, axes: &[Axis; 3], position: [usize; 3]) {
        let [depth, height, width] = axes;
        self.count = 0;
        for d in 0..depth.taps {
            let Some(z) = input_position(depth, position[0], d) else { continue };
            for h in 0..height.taps {
                let Some(y) = input_position(height, position[1], h) else { continue };
                for w in 0..width.taps {
                    let Some(x) = input_position(width, position[2], w) else { continue };
                    let pixel = (z * height.input + y) * width.input + x;
                    let tap = (d * height.taps + h) * width.taps + w;
                    self.pixels.add(self.count).write(pixel as u32);
                    self.taps.add(self.count).write(tap as u32);
                    self.count += 1;
                }
            }
        }
    }
}

#[inline(always)]
fn input_position(axis: &Axis, output: usize, tap: usize) -> Option<usize> {
    let p = axis.start + (output * axis.stride + tap * axis.tap_step) as isize;
    if p >= 0 && (p as usize) < axis.input { Some(p as usize) } else { None }
}

/// Outputs from..to along the width whose taps all lie inside, as far as the width is concerned.
fn inner_range(axis: &Axis) -> (usize, usize) {
    let stride = axis.stride as isize;
    let from =
        (-axis.start).max(0).div_euclid(stride) + ((-axis.start).max(0) % stride != 0) as isize;
    let reach = ((axis.taps - 1) * axis.tap_step) as isize;
    let last = (axis.input as isize - 1 - reach - axis.start).div_euclid(stride);
    let end = (last + 1).clamp(0, axis.count as isize);
    (from.min(end) as usize, end as usize)
}

/// Rows of the weight: [taps, channels] from [channels, taps].
unsafe fn transpose_weight(a: &Arguments, taps: usize, to: *mut f32) {
    for tap in 0..taps {
        for channel in 0..a.groups {
            to.add(tap * a.groups + channel).write(*a.weight.add(channel * taps + tap));
        }
    }
}

/// Arguments as those of `conv_forward`, with one channel per group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn depthwise_forward() -> i32 {
    let a: &Arguments = arguments();
    let axes = a.forward_axes();
    let taps: usize = a.taps.iter().product();
    if !has_memory(taps * 8 + SLACK, taps * a.groups * 4 + SLACK) {
        return MORE_MEMORY;
    }
    transpose_weight(a, taps, workspace());
    let [depth, height, width] = axes;
    let rows = a.batch * depth.count * height.count;
    let parts = parts_of(rows);
    let work = rows * width.count * taps * a.groups / 8;
    parallel(parts, work, |chunk, thread| {
        let (begin, end) = part(rows, 1, parts, chunk);
        for row in begin..end {
            forward_row(a, &axes, row, taps, thread);
        }
    });
    DONE
}

fn parts_of(rows: usize) -> usize {
    if threads() == 1 { 1 } else { rows.min(threads() * 8) }
}

unsafe fn forward_row(a: &Arguments, axes: &[Axis; 3], row: usize, taps: usize, thread: usize) {
    let [depth, height, width] = axes;
    let channels = a.groups;
    let plane = row / height.count;
    let (sample, d, h) = (plane / depth.count, plane % depth.count, row % height.count);
    let x = a.source.add(sample * depth.input * height.input * width.input * channels);
    let y = a.out.add(row * width.count * channels);
    let mut window = Window::at(scratch(thread), taps);
    let (inner, behind) = inner_range(width);
    let step = width.stride * channels;
    let mut w = 0;
    while w < width.count {
        window.collect(axes, [d, h, w]);
        let out = y.add(w * channels);
        if w >= inner && w + TOGETHER <= behind {
            weigh::<TOGETHER>(a, &window, x, step, out);
            w += TOGETHER;
        } else {
            weigh::<1>(a, &window, x, step, out);
            w += 1;
        }
    }
}

/// N outputs beside each other: the window of the first, moved by `step` floats for each of the
/// others.
unsafe fn weigh<const N: usize>(
    a: &Arguments,
    window: &Window,
    x: *const f32,
    step: usize,
    out: *mut f32,
) {
    let channels = a.groups;
    let weights: *const f32 = workspace();
    let mut c = 0;
    while c < channels {
        let start = if a.bias.is_null() { zero() } else { load(a.bias.add(c)) };
        let mut sums = [start; N];
        for i in 0..window.count {
            let weight = load(weights.add(*window.taps.add(i) as usize * channels + c));
            let from = x.add(*window.pixels.add(i) as usize * channels + c);
            for (n, sum) in sums.iter_mut().enumerate() {
                *sum = multiply_add(load(from.add(n * step)), weight, *sum);
            }
        }
        let lanes = (channels - c).min(4);
        for (n, sum) in sums.iter().enumerate() {
            store_lanes(out.add(n * channels + c), *sum, lanes);
        }
        c += 4;
    }
}

/// Channels of one task of the input gradient, which adds up within one sample.
const SHARE: usize = 32;

/// Each output's gradient is spread over the pixels that it was computed from.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn depthwise_input_grad() -> i32 {
    let a: &Arguments = arguments();
    let axes = a.forward_axes();
    let taps: usize = a.taps.iter().product();
    if !has_memory(taps * 8 + SLACK, taps * a.groups * 4 + SLACK) {
        return MORE_MEMORY;
    }
    transpose_weight(a, taps, workspace());
    let [depth, height, width] = axes;
    let channels = a.groups;
    let inputs = depth.input * height.input * width.input;
    let outputs = depth.count * height.count * width.count;
    fill::zeros(a.out, a.batch * inputs * channels);
    let shares = channels.div_ceil(SHARE);
    let work = a.batch * outputs * taps * channels / 4;
    parallel(a.batch * shares, work, |chunk, thread| {
        let (c0, c1) = part(channels, SHARE, shares, chunk % shares);
        let sample = chunk / shares;
        let dx = a.out.add(sample * inputs * channels);
        let dy = a.source.add(sample * outputs * channels);
        let weights: *const f32 = workspace();
        let mut window = Window::at(scratch(thread), taps);
        for o in 0..outputs {
            let (h, w) = (o / width.count % height.count, o % width.count);
            window.collect(&axes, [o / width.count / height.count, h, w]);
            let mut c = c0;
            while c < c1 {
                let g = load(dy.add(o * channels + c));
                for i in 0..window.count {
                    let weight = load(weights.add(*window.taps.add(i) as usize * channels + c));
                    let to = dx.add(*window.pixels.add(i) as usize * channels + c);
                    store_lanes(to, multiply_add(g, weight, load(to)), (c1 - c).min(4));
                }
                c += 4;
            }
        }
    });
    DONE
}

/// Outputs whose products are summed before they are added to the rest.
const FLUSH: usize = 256;

/// `source` is x, `weight` is dy, `out` is dw [channels, taps].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn depthwise_weight_grad() -> i32 {
    let a: &Arguments = arguments();
    let axes = a.forward_axes();
    let taps: usize = a.taps.iter().product();
    let [depth, height, width] = axes;
    let channels = a.groups;
    let rows = a.batch * depth.count * height.count;
    let per_part = (FLUSH / width.count).max(1);
    let parts = rows.div_ceil(per_part).min(64);
    let sums_floats = taps * channels;
    if !has_memory(taps * 8 + SLACK, parts * sums_floats * 4 + SLACK) {
        return MORE_MEMORY;
    }
    let sums: *mut f32 = workspace();
    let work = rows * width.count * taps * channels / 4;
    parallel(parts, work, |chunk, thread| {
        let total = sums.add(chunk * sums_floats);
        total.write_bytes(0, sums_floats);
        let (begin, end) = part(rows, 1, parts, chunk);
        for row in begin..end {
            weight_grad_row(a, &axes, row, taps, total, thread);
        }
    });
    for channel in 0..channels {
        for tap in 0..taps {
            let mut total = 0.0f64;
            for p in 0..parts {
                total += *sums.add(p * sums_floats + tap * channels + channel) as f64;
            }
            a.out.add(channel * taps + tap).write(total as f32);
        }
    }
    DONE
}

unsafe fn weight_grad_row(
    a: &Arguments,
    axes: &[Axis; 3],
    row: usize,
    taps: usize,
    total: *mut f32,
    thread: usize,
) {
    let [depth, height, width] = axes;
    let channels = a.groups;
    let plane = row / height.count;
    let (sample, d, h) = (plane / depth.count, plane % depth.count, row % height.count);
    let x = a.source.add(sample * depth.input * height.input * width.input * channels);
    let dy = a.weight.add(row * width.count * channels);
    let mut window = Window::at(scratch(thread), taps);
    let (inner, behind) = inner_range(width);
    let mut w = 0;
    while w < width.count {
        window.collect(axes, [d, h, w]);
        let together = if w >= inner && w < behind { behind - w } else { 1 };
        let mut c = 0;
        while c < channels {
            for i in 0..window.count {
                let from = x.add(*window.pixels.add(i) as usize * channels + c);
                let mut sum = zero();
                for n in 0..together {
                    let input = load(from.add(n * width.stride * channels));
                    sum = multiply_add(input, load(dy.add((w + n) * channels + c)), sum);
                }
                let to = total.add(*window.taps.add(i) as usize * channels + c);
                store_lanes(to, f32x4_add(load(to), sum), (channels - c).min(4));
            }
            c += 4;
        }
        w += together;
    }
}
