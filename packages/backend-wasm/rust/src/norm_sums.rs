//! Sums over the rows of a batch normalisation.
//!
//! They are taken in chunks of rows that stay in cache: the mean of the chunk first, then the
//! squares of the differences from it. The chunks are put together in double precision, in order,
//! so the result does not depend on the number of threads, and a great mean does not drown a small
//! variance.

use crate::math::at_least;
use crate::norm_plan::{GROUP, Plan, for_each_piece};
use crate::simd::*;

#[inline(always)]
pub unsafe fn load_some<const V: usize>(p: *const f32) -> [v128; V] {
    core::array::from_fn(|v| load(p.add(v * 4)))
}

#[inline(always)]
pub unsafe fn store_some<const V: usize>(p: *mut f32, values: [v128; V]) {
    for (v, value) in values.into_iter().enumerate() {
        store(p.add(v * 4), value);
    }
}

/// What `p` holds of earlier lines.
#[inline(always)]
unsafe fn so_far<const V: usize>(p: *const f32, line: usize) -> [v128; V] {
    if line == 0 { [zero(); V] } else { load_some(p) }
}

const V: usize = GROUP / 4;

/// Writes the means of the columns of a chunk and the sums of the squares of what differs.
pub unsafe fn statistics(plan: &Plan, x: *const f32, chunk: usize, columns: (usize, usize)) {
    let (first, lines) = plan.lines_of(chunk);
    let x = x.add(first * plan.width);
    let [means, squares] = plan.sums(chunk);
    let share = f32x4_splat(1.0 / lines as f32);
    for_each_piece(plan, lines, columns, |column, line, count| {
        let x = x.add(line * plan.width + column);
        let mut sum = so_far::<V>(means.add(column), line);
        for i in 0..count {
            let values = load_some::<V>(x.add(i * plan.width));
            sum = core::array::from_fn(|v| f32x4_add(sum[v], values[v]));
        }
        if line + count == lines {
            sum = sum.map(|s| f32x4_mul(s, share));
        }
        store_some(means.add(column), sum);
    });
    for_each_piece(plan, lines, columns, |column, line, count| {
        let x = x.add(line * plan.width + column);
        let mean = load_some::<V>(means.add(column));
        let mut sum = so_far::<V>(squares.add(column), line);
        for i in 0..count {
            let values = load_some::<V>(x.add(i * plan.width));
            let away: [v128; V] = core::array::from_fn(|v| f32x4_sub(values[v], mean[v]));
            sum = core::array::from_fn(|v| multiply_add(away[v], away[v], sum[v]));
        }
        store_some(squares.add(column), sum);
    });
}

/// (x - mean) * scale + bias.
#[inline(always)]
pub fn normal(x: v128, mean: v128, scale: v128, bias: v128) -> v128 {
    f32x4_add(f32x4_mul(f32x4_sub(x, mean), scale), bias)
}

/// `dy` where `y` lay between the bounds, else 0.
#[inline(always)]
pub fn let_through(dy: v128, y: v128, low: v128, high: v128) -> v128 {
    v128_bitselect(v128_bitselect(dy, zero(), f32x4_gt(y, low)), zero(), f32x4_lt(y, high))
}

/// What gradients are taken of. Where the results were bounded, they are computed again to see which
/// gradients the bounds let through, and those are written to `passed`.
pub struct GradientSource<const BOUNDED: bool> {
    pub x: *const f32,
    pub dy: *const f32,
    /// Lines of mean, scale and bias.
    pub lines: [*const f32; 3],
    pub passed: *mut f32,
    pub low: f32,
    pub high: f32,
}

impl<const BOUNDED: bool> GradientSource<BOUNDED> {
    /// The gradient at an element of a column, and x - mean.
    unsafe fn one(&self, at: usize, column: usize) -> [f32; 2] {
        let [mean, scale, bias] = self.lines.map(|line| *line.add(column));
        let away = *self.x.add(at) - mean;
        let mut gradient = *self.dy.add(at);
        if BOUNDED {
            let y = away * scale + bias;
            gradient = if y > self.low && y < self.high { gradient } else { 0.0 };
            self.passed.add(at).write(gradient);
        }
        [gradient, away]
    }
}

/// Writes the sums of dy and of dy (x - mean) over a chunk.
pub unsafe fn gradient_sums<const BOUNDED: bool>(
    plan: &Plan,
    source: &GradientSource<BOUNDED>,
    chunk: usize,
    columns: (usize, usize),
) {
    let (first, lines) = plan.lines_of(chunk);
    for_each_piece(plan, lines, columns, |column, line, count| {
        let piece = (column, line, first + line, count);
        if BOUNDED {
            // In halves: with the coefficients, more would not be in registers together.
            add_gradients::<BOUNDED, { V / 2 }>(plan, source, chunk, piece);
            let other = (column + GROUP / 2, line, first + line, count);
            add_gradients::<BOUNDED, { V / 2 }>(plan, source, chunk, other);
        } else {
            add_gradients::<BOUNDED, V>(plan, source, chunk, piece);
        }
    });
}

/// V vectors of columns from `column` on of `count` lines, which begin at line `line` of the chunk and
/// line `at_line` of all.
#[inline(always)]
unsafe fn add_gradients<const BOUNDED: bool, const V: usize>(
    plan: &Plan,
    source: &GradientSource<BOUNDED>,
    chunk: usize,
    (column, line, at_line, count): (usize, usize, usize, usize),
) {
    let [sums, products] = plan.sums(chunk).map(|line| line.add(column));
    let [mean, scale, bias] = source.lines.map(|line| load_some::<V>(line.add(column)));
    let (low, high) = (held(&source.low), held(&source.high));
    let mut sum = so_far::<V>(sums, line);
    let mut product = so_far::<V>(products, line);
    for i in 0..count {
        let at = (at_line + i) * plan.width + column;
        let mut gradients = load_some::<V>(source.dy.add(at));
        let values = load_some::<V>(source.x.add(at));
        if BOUNDED {
            gradients = core::array::from_fn(|v| {
                let y = normal(values[v], mean[v], scale[v], bias[v]);
                let_through(gradients[v], y, low, high)
            });
            store_some(source.passed.add(at), gradients);
        }
        sum = core::array::from_fn(|v| f32x4_add(sum[v], gradients[v]));
        let away: [v128; V] = core::array::from_fn(|v| f32x4_sub(values[v], mean[v]));
        product = core::array::from_fn(|v| multiply_add(gradients[v], away[v], product[v]));
    }
    store_some(sums, sum);
    store_some(products, product);
}

/// Four numbers in double precision.
#[derive(Clone, Copy)]
struct Wide([v128; 2]);

impl Wide {
    #[inline(always)]
    fn splat(x: f64) -> Wide {
        Wide([f64x2_splat(x); 2])
    }

    #[inline(always)]
    fn of(x: v128) -> Wide {
        let high = i32x4_shuffle::<2, 3, 2, 3>(x, x);
        Wide([f64x2_promote_low_f32x4(x), f64x2_promote_low_f32x4(high)])
    }

    #[inline(always)]
    fn with(self, other: Wide, f: impl Fn(v128, v128) -> v128) -> Wide {
        Wide([f(self.0[0], other.0[0]), f(self.0[1], other.0[1])])
    }

    #[inline(always)]
    fn add(self, other: Wide) -> Wide {
        self.with(other, |a, b| f64x2_add(a, b))
    }

    #[inline(always)]
    fn sub(self, other: Wide) -> Wide {
        self.with(other, |a, b| f64x2_sub(a, b))
    }

    #[inline(always)]
    fn mul(self, other: Wide) -> Wide {
        self.with(other, |a, b| f64x2_mul(a, b))
    }

    #[inline(always)]
    fn rounded(self) -> v128 {
        let [low, high] = self.0.map(|half| f32x4_demote_f64x2_zero(half));
        i64x2_shuffle::<0, 2>(low, high)
    }
}

/// Calls `body` with the first of every four columns, of at least four; the last four may overlap.
#[inline(always)]
pub fn for_each_four(columns: (usize, usize), mut body: impl FnMut(usize)) {
    let mut column = columns.0;
    while column + 4 <= columns.1 {
        body(column);
        column += 4;
    }
    if column < columns.1 {
        body(columns.1 - 4);
    }
}

/// Mean and variance of all rows from those of the chunks, for some of the columns.
pub unsafe fn put_statistics_together(
    plan: &Plan,
    x: *const f32,
    columns: (usize, usize),
    mean: *mut f32,
    variance: *mut f32,
) {
    if plan.together > 1 {
        return put_narrow_statistics_together(plan, x, mean, variance);
    }
    let last = plan.chunks - 1;
    let (count, last_count) = (plan.chunk as f64, plan.lines_of(last).1 as f64);
    let share = Wide::splat(1.0 / plan.rows as f64);
    for_each_four(columns, |column| {
        // How far the chunks are from the first one: one pass is exact enough in double precision.
        let of = |line: *mut f32| Wide::of(load(line.add(column)));
        let origin = of(plan.sums(0)[0]);
        let mut away = Wide::splat(0.0);
        let mut away_squares = Wide::splat(0.0);
        let mut squares = of(plan.sums(last)[1]);
        for chunk in 0..last {
            let [means, inner] = plan.sums(chunk);
            let d = of(means).sub(origin);
            away = away.add(d);
            away_squares = away_squares.add(d.mul(d));
            squares = squares.add(of(inner));
        }
        let d = of(plan.sums(last)[0]).sub(origin);
        let n = Wide::splat(count);
        let weighted = d.mul(Wide::splat(last_count));
        let sum = away.mul(n).add(weighted);
        squares = squares.add(away_squares.mul(n)).add(weighted.mul(d));
        let shift = sum.mul(share);
        let spread = squares.sub(sum.mul(shift)).mul(share);
        store(mean.add(column), origin.add(shift).rounded());
        // Rounding must not make it negative; NaN stays.
        store(variance.add(column), at_least(spread.rounded(), zero()));
    });
}

unsafe fn put_narrow_statistics_together(
    plan: &Plan,
    x: *const f32,
    mean: *mut f32,
    variance: *mut f32,
) {
    for channel in 0..plan.channels {
        let origin = *x.add(channel) as f64;
        let (mut sum, mut squares) = (0.0f64, 0.0f64);
        let mut join = |count: f64, mean: f32, inner: f32| {
            let d = mean as f64 - origin;
            sum += count * d;
            squares += count * d * d + inner as f64;
        };
        for chunk in 0..plan.chunks {
            let [means, inner] = plan.sums(chunk);
            let count = plan.lines_of(chunk).1 as f64;
            for column in (channel..plan.width).step_by(plan.channels) {
                join(count, *means.add(column), *inner.add(column));
            }
        }
        for row in plan.lines * plan.together..plan.rows {
            join(1.0, *x.add(row * plan.channels + channel), 0.0);
        }
        let shift = sum / plan.rows as f64;
        let spread = (squares - sum * shift) / plan.rows as f64;
        mean.add(channel).write((origin + shift) as f32);
        variance.add(channel).write(if spread < 0.0 { 0.0 } else { spread as f32 });
    }
}

/// Sums of dy and of dy (x - mean) over all rows from those of the chunks.
pub unsafe fn put_gradients_together<const BOUNDED: bool>(
    plan: &Plan,
    source: &GradientSource<BOUNDED>,
    columns: (usize, usize),
    totals: [*mut f32; 2],
) {
    if plan.together == 1 {
        for_each_four(columns, |column| {
            let mut sums = [Wide::splat(0.0); 2];
            for chunk in 0..plan.chunks {
                for (sum, line) in sums.iter_mut().zip(plan.sums(chunk)) {
                    *sum = sum.add(Wide::of(load(line.add(column))));
                }
            }
            for (sum, total) in sums.iter().zip(totals) {
                store(total.add(column), sum.rounded());
            }
        });
        return;
    }
    for channel in 0..plan.channels {
        let mut sums = [0.0f64; 2];
        for chunk in 0..plan.chunks {
            let lines = plan.sums(chunk);
            for column in (channel..plan.width).step_by(plan.channels) {
                for (sum, line) in sums.iter_mut().zip(lines) {
                    *sum += *line.add(column) as f64;
                }
            }
        }
        for row in plan.lines * plan.together..plan.rows {
            let [g, away] = source.one(row * plan.channels + channel, channel);
            sums[0] += g as f64;
            sums[1] += g as f64 * away as f64;
        }
        for (sum, total) in sums.iter().zip(totals) {
            total.add(channel).write(*sum as f32);
        }
    }
}
