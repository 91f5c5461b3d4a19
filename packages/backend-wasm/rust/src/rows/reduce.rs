//! Reductions of the middle axis of [outer, reduced, inner].
//!
//! Sums are sums of shorter sums: eight lanes or more, of four terms in pairs, which join a total in
//! double precision every `FLUSH` terms. So what rounding does to equal terms, always the same, does not
//! add up. Long reductions are cut into parts by their size alone, so that the result is the same for any
//! number of threads.

use crate::control::interface::{numbered, shared};
use crate::control::memory::{Memory, bytes, workspace};
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;
use crate::vector::wide::Wide;

numbered! {
    "joins":
    /// What joins values.
    pub enum Join {
        Sum,
        Product,
        Max,
        Min,
    }
}

shared! {
    "reduce":
    pub struct Arguments {
        x: *const f32,
        out: *mut f32,
        outer: usize,
        reduced: usize,
        inner: usize,
        join: Join,
        /// 1: elements are 32-bit integers.
        integer: u32,
        /// The result is divided by this: 1, or the count for a mean.
        divisor: u32,
    }
}

/// Terms after which a running sum is added to the total.
const FLUSH: usize = 64;
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
    Memory::of_workspace(bytes([parts, r.outer, r.inner, 8]) + SLACK_BYTES)
}

pub unsafe fn reduce(r: &Arguments) {
    if r.integer != 0 {
        return integers(r);
    }
    let parts = parts_of(r);
    match r.join {
        Join::Sum => all(r, parts, Joiner(0.0, |a, b| f32x4_add(a, b), |a, b| f64x2_add(a, b))),
        Join::Product => all(r, parts, Joiner(1.0, |a, b| f32x4_mul(a, b), |a, b| f64x2_mul(a, b))),
        Join::Max => {
            let start = f32::NEG_INFINITY;
            all(r, parts, Joiner(start, |a, b| f32x4_max(a, b), |a, b| f64x2_max(a, b)))
        }
        Join::Min => {
            let start = f32::INFINITY;
            all(r, parts, Joiner(start, |a, b| f32x4_min(a, b), |a, b| f64x2_min(a, b)))
        }
    }
}

/// What is joined at first, and how numbers of either precision are.
#[derive(Clone, Copy)]
struct Joiner<F, G>(f32, F, G);

impl<F: Fn(v128, v128) -> v128 + Copy, G: Fn(v128, v128) -> v128 + Copy> Joiner<F, G> {
    #[inline(always)]
    fn start(self) -> f64 {
        self.0 as f64
    }

    #[inline(always)]
    fn two(self, a: v128, b: v128) -> v128 {
        self.1(a, b)
    }

    /// Four more joined to what has been, in pairs.
    #[inline(always)]
    fn four(self, so_far: v128, [a, b, c, d]: [v128; 4]) -> v128 {
        self.two(so_far, self.two(self.two(a, b), self.two(c, d)))
    }

    #[inline(always)]
    fn totals(self, a: Wide, b: Wide) -> Wide {
        a.with(b, self.2)
    }

    #[inline(always)]
    fn one(self, a: f64, b: f64) -> f64 {
        f64x2_extract_lane::<0>(self.2(f64x2_splat(a), f64x2_splat(b)))
    }
}

#[inline(always)]
unsafe fn all<F, G>(r: &Arguments, parts: usize, joiner: Joiner<F, G>)
where
    F: Fn(v128, v128) -> v128 + Copy,
    G: Fn(v128, v128) -> v128 + Copy,
{
    let partial: *mut f64 = workspace();
    let results = r.outer * r.inner;
    let divisor = r.divisor as f64;
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
            let write = |column: usize, total: f64| {
                let at = outer * r.inner + column;
                if parts == 1 {
                    r.out.add(at).write((total / divisor) as f32);
                } else {
                    partial.add(index * results + at).write(total);
                }
            };
            if r.inner == 1 {
                write(0, line(x, end - begin, joiner));
            } else {
                columns_of(x, end - begin, r.inner, columns, joiner, write);
            }
        }
    });
    if parts == 1 {
        return;
    }
    for i in 0..results {
        let total = (0..parts)
            .fold(joiner.start(), |total, p| joiner.one(total, *partial.add(p * results + i)));
        r.out.add(i).write((total / divisor) as f32);
    }
}

/// One contiguous line.
#[inline(always)]
unsafe fn line<F, G>(x: *const f32, count: usize, joiner: Joiner<F, G>) -> f64
where
    F: Fn(v128, v128) -> v128 + Copy,
    G: Fn(v128, v128) -> v128 + Copy,
{
    let mut totals = [Wide::splat(joiner.start()); 4];
    let mut i = 0;
    while i + 16 <= count {
        let mut sums = [f32x4_splat(joiner.0); 4];
        let end = (i + FLUSH * 16).min(count);
        while i + 64 <= end {
            for (v, sum) in sums.iter_mut().enumerate() {
                let at = x.add(i + v * 4);
                *sum = joiner.four(*sum, core::array::from_fn(|k| load(at.add(k * 16))));
            }
            i += 64;
        }
        while i + 16 <= end {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = joiner.two(*sum, load(x.add(i + v * 4)));
            }
            i += 16;
        }
        for (total, sum) in totals.iter_mut().zip(sums) {
            *total = joiner.totals(*total, Wide::of(sum));
        }
    }
    let halves = [(0, 1), (2, 3)].map(|(a, b)| joiner.totals(totals[a], totals[b]));
    let four = joiner.totals(halves[0], halves[1]).lanes();
    let rest = (i..count).map(|k| *x.add(k) as f64);
    four.into_iter().chain(rest).fold(joiner.start(), |total, value| joiner.one(total, value))
}

/// Columns from `columns.0` to `columns.1` of `count` rows, `inner` floats apart, each to `write`.
#[inline(always)]
unsafe fn columns_of<F, G>(
    x: *const f32,
    count: usize,
    inner: usize,
    columns: (usize, usize),
    joiner: Joiner<F, G>,
    write: impl Fn(usize, f64),
) where
    F: Fn(v128, v128) -> v128 + Copy,
    G: Fn(v128, v128) -> v128 + Copy,
{
    // Few columns: several rows side by side fill the lanes, and are joined at the end.
    let together = if inner <= COLUMNS / 4 { COLUMNS / inner / 4 * 4 } else { 1 };
    let width = if together > 1 { together * inner } else { columns.1 - columns.0 };
    let mut totals = [Wide::splat(joiner.start()); COLUMNS / 4];
    let vectors = width.div_ceil(4);
    let rounds = count / together;
    let step = together * inner;
    let mut round = 0;
    while round < rounds {
        let mut sums = [f32x4_splat(joiner.0); COLUMNS / 4];
        let end = (round + FLUSH).min(rounds);
        while round + 4 <= end {
            let row = x.add(round * step + columns.0);
            for (v, sum) in sums.iter_mut().enumerate().take(vectors) {
                let at = row.add(v * 4);
                *sum = joiner.four(*sum, core::array::from_fn(|k| load(at.add(k * step))));
            }
            round += 4;
        }
        while round < end {
            let row = x.add(round * step + columns.0);
            for (v, sum) in sums.iter_mut().enumerate().take(vectors) {
                *sum = joiner.two(*sum, load(row.add(v * 4)));
            }
            round += 1;
        }
        for (total, sum) in totals.iter_mut().zip(sums).take(vectors) {
            *total = joiner.totals(*total, Wide::of(sum));
        }
    }
    let values = totals.as_ptr() as *const f64;
    for c in 0..columns.1 - columns.0 {
        let mut total = *values.add(c);
        for k in 1..together {
            total = joiner.one(total, *values.add(k * inner + c));
        }
        for row in rounds * together..count {
            total = joiner.one(total, *x.add(row * inner + columns.0 + c) as f64);
        }
        write(columns.0 + c, total);
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
            if r.divisor != 1 {
                total = (total as f64 / r.divisor as f64) as i32;
            }
            out.add(o * r.inner + i).write(total);
        }
    });
}

shared! {
    "argExtreme":
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
