//! Gradient of a convolution by its input, the other way round: the gradient of each output times
//! all weights at once, then added to the inputs that it was computed from.
//!
//! The gather of `direct.rs` multiplies zeros wherever a tap falls outside the output: most of the
//! work where the output is small beside the kernel. It also leaves columns empty where there are
//! few input channels. Here every product counts, and the price is the adding: it pays in just
//! those cases.

use crate::control::memory::{Memory, bytes, scratch, workspace};
use crate::conv::arguments::Arguments;
use crate::movement::fill;
use crate::product::panels::*;
use crate::product::tile::*;
use crate::threads::parallel::{parallel, product, threads};
use crate::vector::simd::*;

/// Adding one product to the input costs as much as this many multiply-adds.
const ADD_COST: usize = 8;
/// Bytes of products that are computed before they are added.
const BLOCK_BYTES: usize = 96 * 1024;

/// Whether this way is the quicker one.
pub fn pays(a: &Arguments) -> bool {
    let taps: usize = a.taps.iter().product();
    let outputs: usize = a.output.iter().product();
    let columns = |n: usize| n.next_multiple_of(4);
    // As floats: the products of usual layers are beyond 32 bits.
    let mut gathered = (a.outputs * columns(a.inputs)) as f64;
    for axis in 0..3 {
        gathered *= (a.input[axis] * a.taps[axis]).div_ceil(a.stride[axis]) as f64;
    }
    let one = a.outputs * columns(taps * a.inputs) / taps + ADD_COST * a.inputs;
    let scattered = outputs as f64 * taps as f64 * one as f64;
    let shared = threads() == 1 || a.batch * a.groups >= threads() * 2;
    shared && scattered * 5.0 < gathered * 4.0 && taps * a.inputs * 4 * 4 <= BLOCK_BYTES
}

/// Sizes that the kernel works with.
struct Sizes {
    taps: usize,
    /// Products of one output: taps x input channels of a group.
    products: usize,
    outputs: usize,
    block: usize,
    /// Floats of the packed weights of a group.
    packed: usize,
}

impl Sizes {
    fn new(a: &Arguments) -> Sizes {
        let taps: usize = a.taps.iter().product();
        let outputs: usize = a.output.iter().product();
        let products = taps * a.inputs;
        let block = (BLOCK_BYTES / (products * 4)).clamp(1, outputs);
        Sizes { taps, products, outputs, block, packed: panel_floats(products, a.outputs) }
    }
}

pub fn memory(a: &Arguments) -> Memory {
    let s = Sizes::new(a);
    Memory {
        scratch: (s.block * (s.products * 4 + 2 * size_of::<usize>()) + 2 * SLACK) as u64,
        workspace: bytes([a.groups, s.packed, 4]) + SLACK_BYTES,
    }
}

pub unsafe fn run(a: &Arguments) {
    let s = Sizes::new(a);
    pack(a, &s);
    let inputs: usize = a.input.iter().product();
    fill::zeros(a.out, a.batch * inputs * a.groups * a.inputs);
    let work = product([a.batch, a.groups, s.outputs, s.products, a.outputs + ADD_COST]) / 22;
    parallel(a.batch * a.groups, work, |chunk, thread| {
        scatter_sample(a, &s, chunk / a.groups, chunk % a.groups, thread);
    });
}

/// Packs the weights [outputs, inputs, taps] of each group with columns in the order (tap, input).
unsafe fn pack(a: &Arguments, s: &Sizes) {
    for group in 0..a.groups {
        let source = a.weight.add(group * a.outputs * s.products);
        let to = workspace::<f32>().add(group * s.packed);
        for index in 0..panel_count(s.products) {
            let first = panel_start(s.products, index);
            let width = panel_width(s.products - first);
            let panel = to.add(first * a.outputs);
            for n in 0..width {
                let column = first + n;
                let (tap, input) = (column / a.inputs, column % a.inputs);
                for output in 0..a.outputs {
                    // The missing columns of the last panel are read as well.
                    let weight = if column < s.products {
                        *source.add((output * a.inputs + input) * s.taps + tap)
                    } else {
                        0.0
                    };
                    panel.add(output * width + n).write(weight);
                }
            }
        }
    }
}

unsafe fn scatter_sample(a: &Arguments, s: &Sizes, sample: usize, group: usize, thread: usize) {
    let rows: *mut *const f32 = scratch(thread);
    let lines = rows.add(s.block) as *mut *mut f32;
    let products = lines.add(s.block) as *mut f32;
    let pixel = a.outputs * a.groups;
    let dy = a.source.add(sample * s.outputs * pixel + group * a.outputs);
    let mut first = 0;
    while first < s.outputs {
        let count = s.block.min(s.outputs - first);
        for i in 0..count {
            rows.add(i).write(dy.add((first + i) * pixel));
            lines.add(i).write(products.add(i * s.products));
        }
        multiply_all(a, s, group, count, rows, lines);
        for i in 0..count {
            add_products(a, sample, group, first + i, products.add(i * s.products));
        }
        first += count;
    }
}

/// Output channels that are summed at a time.
const K_BLOCK: usize = 640;

unsafe fn multiply_all(
    a: &Arguments,
    s: &Sizes,
    group: usize,
    count: usize,
    rows: *const *const f32,
    lines: *const *mut f32,
) {
    let mut k = 0;
    while k < a.outputs {
        let length = (a.outputs - k).min(K_BLOCK);
        let run = Run { offset: (k * 4) as i32, length: length as u32 };
        multiply(&Product {
            rows,
            left_offset: 0,
            outputs: lines,
            row_count: count,
            runs: &run,
            run_count: 1,
            k_first: k,
            k: length,
            panels: workspace::<f32>().add(group * s.packed),
            panel_rows: a.outputs,
            column: 0,
            columns: s.products,
            start: if k == 0 { Start::Zero } else { Start::Output },
            ending: Ending::NOTHING,
        });
        k += length;
    }
}

/// Adds the products of output `o` to the inputs that its taps read.
unsafe fn add_products(a: &Arguments, sample: usize, group: usize, o: usize, products: *const f32) {
    let [_, height, width] = a.output;
    let at = [o / (height * width), o / width % height, o % width];
    let start = |axis: usize| (at[axis] * a.stride[axis]) as isize - a.pad[axis];
    let place = |axis: usize, tap: usize| start(axis) + (tap * a.dilation[axis]) as isize;
    let inside = |axis: usize, p: isize| p >= 0 && (p as usize) < a.input[axis];
    let pixel = a.inputs * a.groups;
    // Taps along the width whose inputs are neighbours in memory are added in one stretch.
    let contiguous = a.dilation[2] == 1 && a.groups == 1;
    let first = (-start(2)).clamp(0, a.taps[2] as isize) as usize;
    let end = (a.input[2] as isize - start(2)).clamp(first as isize, a.taps[2] as isize) as usize;
    for d in 0..a.taps[0] {
        let z = place(0, d);
        if !inside(0, z) {
            continue;
        }
        for h in 0..a.taps[1] {
            let y = place(1, h);
            if !inside(1, y) {
                continue;
            }
            let line = (sample * a.input[0] + z as usize) * a.input[1] + y as usize;
            let dx = a.out.add(line * a.input[2] * pixel + group * a.inputs);
            let from = products.add((d * a.taps[1] + h) * a.taps[2] * a.inputs);
            if contiguous {
                let x = (start(2) + first as isize) as usize;
                add(dx.add(x * pixel), from.add(first * a.inputs), (end - first) * a.inputs);
                continue;
            }
            for w in 0..a.taps[2] {
                let x = place(2, w);
                if inside(2, x) {
                    add(dx.add(x as usize * pixel), from.add(w * a.inputs), a.inputs);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn add(to: *mut f32, from: *const f32, count: usize) {
    let mut i = 0;
    while i + 4 <= count {
        store(to.add(i), f32x4_add(load(to.add(i)), load(from.add(i))));
        i += 4;
    }
    if i < count {
        store_lanes(to.add(i), f32x4_add(load(to.add(i)), load(from.add(i))), count - i);
    }
}
