//! Reductions of the middle axis of [outer, reduced, inner].
//!
//! Sums are sums of shorter sums: eight lanes or more, flushed every `FLUSH` terms, and long
//! reductions are cut into parts by their size alone, so that the result is the same for any number
//! of threads.

use crate::control::{Memory, bytes, workspace};
use crate::parallel::{parallel, part};
use crate::simd::*;

/// What joins values.
#[derive(Clone, Copy, PartialEq)]
#[repr(u32)]
#[allow(dead_code, reason = "the host sends the number")]
pub enum Join {
    Sum,
    Product,
    Max,
    Min,
}

#[repr(C)]
pub struct Arguments {
    x: *const f32,
    out: *mut f32,
    outer: usize,
    reduced: usize,
    inner: usize,
    join: Join,
    /// 1: elements are 32-bit integers.
    integer: u32,
    /// The result is multiplied by this: 1, or 1 / count for a mean.
    scale: f32,
}

/// Terms after which a running sum is added to the total.
const FLUSH: usize = 256;
/// Elements of a reduction that is worth a part of its own.
const PART: usize = 1 << 14;
/// Columns that are reduced together.
const COLUMNS: usize = 64;

/// Parts that a reduction of floats is cut into.
fn parts_of(r: &Arguments) -> usize {
    if r.outer * r.inner > 4096 {
        return 1;
    }
    let per_result_part = (PART / r.inner.min(COLUMNS)).max(1);
    r.reduced.div_ceil(per_result_part).clamp(1, 64)
}

pub fn memory(r: &Arguments) -> Memory {
    let parts = parts_of(r);
    if r.integer != 0 || parts == 1 {
        return Memory::NONE;
    }
    Memory::of_workspace(bytes([parts, r.outer, r.inner, 4]) + SLACK_BYTES)
}

pub unsafe fn reduce(r: &Arguments) {
    if r.integer != 0 {
        return integers(r);
    }
    let parts = parts_of(r);
    match r.join {
        Join::Sum => all(r, parts, 0.0, |a, b| f32x4_add(a, b)),
        Join::Product => all(r, parts, 1.0, |a, b| f32x4_mul(a, b)),
        Join::Max => all(r, parts, f32::NEG_INFINITY, |a, b| f32x4_max(a, b)),
        Join::Min => all(r, parts, f32::INFINITY, |a, b| f32x4_min(a, b)),
    }
}

#[inline(always)]
unsafe fn all(r: &Arguments, parts: usize, start: f32, f: impl Fn(v128, v128) -> v128 + Copy) {
    let partial: *mut f32 = if parts == 1 { r.out } else { workspace() };
    let results = r.outer * r.inner;
    let work = r.outer * r.reduced * r.inner / 6;
    let column_parts = r.inner.div_ceil(COLUMNS);
    // Chunks of several outer rows, where each is short.
    let outer_step = ((1 << 13) / (r.reduced * r.inner).max(1)).max(1);
    let outer_parts = r.outer.div_ceil(outer_step);
    parallel(parts * outer_parts * column_parts, work, |chunk, _| {
        let column_part = chunk % column_parts;
        let outer_part = chunk / column_parts % outer_parts;
        let index = chunk / column_parts / outer_parts;
        let (begin, end) = part(r.reduced, 4, parts, index);
        let columns = (column_part * COLUMNS, (column_part * COLUMNS + COLUMNS).min(r.inner));
        for outer in outer_part * outer_step..((outer_part + 1) * outer_step).min(r.outer) {
            let x = r.x.add((outer * r.reduced + begin) * r.inner);
            let out = partial.add(index * results + outer * r.inner);
            if r.inner == 1 {
                out.write(line(x, end - begin, start, f));
            } else {
                columns_of(x, end - begin, r.inner, columns, start, f, out);
            }
        }
    });
    if parts == 1 && r.scale == 1.0 {
        return;
    }
    for i in 0..results {
        let mut total = start;
        for p in 0..parts {
            total = joined(total, *partial.add(p * results + i), f);
        }
        r.out.add(i).write(total * r.scale);
    }
}

#[inline(always)]
fn joined(a: f32, b: f32, f: impl Fn(v128, v128) -> v128) -> f32 {
    f32x4_extract_lane::<0>(f(f32x4_splat(a), f32x4_splat(b)))
}

/// One contiguous line.
#[inline(always)]
unsafe fn line(
    x: *const f32,
    count: usize,
    start: f32,
    f: impl Fn(v128, v128) -> v128 + Copy,
) -> f32 {
    let empty = f32x4_splat(start);
    let mut totals = [empty; 4];
    let mut i = 0;
    while i + 16 <= count {
        let mut sums = [empty; 4];
        let end = (i + FLUSH * 4).min(count);
        while i + 16 <= end {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = f(*sum, load(x.add(i + v * 4)));
            }
            i += 16;
        }
        for (total, sum) in totals.iter_mut().zip(sums) {
            *total = f(*total, sum);
        }
    }
    let four = f(f(totals[0], totals[1]), f(totals[2], totals[3]));
    let mut total = start;
    total = joined(total, f32x4_extract_lane::<0>(four), f);
    total = joined(total, f32x4_extract_lane::<1>(four), f);
    total = joined(total, f32x4_extract_lane::<2>(four), f);
    total = joined(total, f32x4_extract_lane::<3>(four), f);
    for k in i..count {
        total = joined(total, *x.add(k), f);
    }
    total
}

/// Columns from `columns.0` to `columns.1` of `count` rows, `inner` floats apart.
#[inline(always)]
unsafe fn columns_of(
    x: *const f32,
    count: usize,
    inner: usize,
    columns: (usize, usize),
    start: f32,
    f: impl Fn(v128, v128) -> v128 + Copy,
    out: *mut f32,
) {
    let empty = f32x4_splat(start);
    // Few columns: several rows side by side fill the lanes, and are joined at the end.
    let together = if inner <= COLUMNS / 4 { COLUMNS / inner / 4 * 4 } else { 1 };
    let width = if together > 1 { together * inner } else { columns.1 - columns.0 };
    let mut totals = [empty; COLUMNS / 4];
    let vectors = width.div_ceil(4);
    let rounds = count / together;
    let mut round = 0;
    while round < rounds {
        let mut sums = [empty; COLUMNS / 4];
        let end = (round + FLUSH).min(rounds);
        while round < end {
            let row = x.add(round * together * inner + columns.0);
            for (v, sum) in sums.iter_mut().enumerate().take(vectors) {
                *sum = f(*sum, load(row.add(v * 4)));
            }
            round += 1;
        }
        for (total, sum) in totals.iter_mut().zip(sums) {
            *total = f(*total, sum);
        }
    }
    let values = totals.as_ptr() as *const f32;
    for c in 0..columns.1 - columns.0 {
        let mut total = *values.add(c);
        for k in 1..together {
            total = joined(total, *values.add(k * inner + c), f);
        }
        for row in rounds * together..count {
            total = joined(total, *x.add(row * inner + columns.0 + c), f);
        }
        out.add(columns.0 + c).write(total);
    }
}

unsafe fn integers(r: &Arguments) {
    let (x, out) = (r.x as *const i32, r.out as *mut i32);
    parallel(r.outer, r.outer * r.reduced * r.inner, |o, _| {
        for i in 0..r.inner {
            let mut total: i32 = match r.join {
                Join::Sum => 0,
                Join::Product => 1,
                Join::Max => i32::MIN,
                Join::Min => i32::MAX,
            };
            for k in 0..r.reduced {
                let value = *x.add((o * r.reduced + k) * r.inner + i);
                total = match r.join {
                    Join::Sum => total.wrapping_add(value),
                    Join::Product => total.wrapping_mul(value),
                    Join::Max => total.max(value),
                    Join::Min => total.min(value),
                };
            }
            if r.scale != 1.0 {
                total = (total as f64 / r.reduced.max(1) as f64) as i32;
            }
            out.add(o * r.inner + i).write(total);
        }
    });
}

#[repr(C)]
pub struct Extreme {
    x: *const f32,
    out: *mut i32,
    outer: usize,
    reduced: usize,
    inner: usize,
    /// 1: the least, else the greatest.
    least: u32,
    integer: u32,
}

/// Position of the greatest (or least) element of the middle axis; the first of equals, the first
/// NaN.
pub unsafe fn arg_extreme(a: &Extreme) {
    let &Extreme { x, out, outer, reduced, inner, least, integer } = a;
    parallel(outer, outer * reduced * inner, |o, _| {
        for i in 0..inner {
            let from = x.add(o * reduced * inner + i);
            let mut best = 0;
            if integer != 0 {
                let read = |k: usize| *(from.add(k * inner) as *const i32);
                for k in 1..reduced {
                    if (least == 0 && read(k) > read(best)) || (least != 0 && read(k) < read(best))
                    {
                        best = k;
                    }
                }
            } else {
                let read = |k: usize| *from.add(k * inner);
                let mut k = 0;
                while k < reduced && !read(best).is_nan() {
                    let value = read(k);
                    let better = if least == 0 { value > read(best) } else { value < read(best) };
                    if better || value.is_nan() {
                        best = k;
                    }
                    k += 1;
                }
            }
            out.add(o * inner + i).write(best as i32);
        }
    });
}
