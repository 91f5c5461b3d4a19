//! The statistics and the gradients of a batch normalisation from what its chunks hold, in double
//! precision and in order: the result does not depend on the number of threads.

use crate::norm::plan::Plan;
use crate::norm::sums::{Form, GradientSource};
use crate::vector::bounds::at_least;
use crate::vector::simd::*;
use crate::vector::wide::Wide;

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

/// Mean and variance of all rows from what the chunks hold, for some of the columns.
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
    let rows = plan.rows as f64;
    for_each_four(columns, |column| {
        let of = |line: *mut f32| Wide::of(load(line.add(column)));
        let origin = of(plan.sums(0)[0]);
        // The distances from the origin and their squares: one pass is exact enough in double precision.
        let (mut sum, mut squares) = (Wide::splat(0.0), Wide::splat(0.0));
        let mut join = |chunk: usize, lines: Wide| {
            let [pivot, inner, inner_squares] = plan.sums(chunk).map(of);
            let away = pivot.sub(origin);
            let all = inner.add(away.mul(lines));
            sum = sum.add(all);
            squares = squares.add(inner_squares).add(away.mul(inner.add(all)));
        };
        let last = plan.chunks - 1;
        let full = Wide::splat(plan.chunk as f64);
        (0..last).for_each(|chunk| join(chunk, full));
        join(last, Wide::splat(plan.lines_of(last).1 as f64));
        let shift = sum.mul(Wide::splat(1.0 / rows));
        let spread = squares.sub(sum.mul(shift)).mul(Wide::splat(1.0 / rows));
        store(mean.add(column), origin.add(shift).rounded());
        // Rounding must not make it negative; NaN stays.
        store(variance.add(column), at_least(spread.rounded(), zero()));
        for channel in column..column + 4 {
            mend(plan, x, channel, mean, variance);
        }
    });
}

unsafe fn put_narrow_statistics_together(
    plan: &Plan,
    x: *const f32,
    mean: *mut f32,
    variance: *mut f32,
) {
    let rows = plan.rows as f64;
    for channel in 0..plan.channels {
        let origin = *x.add(channel) as f64;
        let (mut sum, mut squares) = (0.0f64, 0.0f64);
        let mut join = |lines: f64, [pivot, inner, inner_squares]: [f32; 3]| {
            let away = pivot as f64 - origin;
            let all = inner as f64 + away * lines;
            sum += all;
            squares += inner_squares as f64 + away * (inner as f64 + all);
        };
        for chunk in 0..plan.chunks {
            let lines = plan.lines_of(chunk).1 as f64;
            for column in (channel..plan.width).step_by(plan.channels) {
                join(lines, plan.sums(chunk).map(|line| *line.add(column)));
            }
        }
        for row in plan.lines * plan.together..plan.rows {
            join(1.0, [*x.add(row * plan.channels + channel), 0.0, 0.0]);
        }
        let shift = sum / rows;
        let spread = (squares - sum * shift) / rows;
        mean.add(channel).write((origin + shift) as f32);
        variance.add(channel).write(if spread < 0.0 { 0.0 } else { spread as f32 });
        mend(plan, x, channel, mean, variance);
    }
}

/// Where sums have overflowed or an infinity is among the values, the distances from it are no numbers:
/// computes the mean and the variance in double precision.
#[inline(always)]
unsafe fn mend(plan: &Plan, x: *const f32, channel: usize, mean: *mut f32, variance: *mut f32) {
    if !(*variance.add(channel)).is_finite() {
        let [m, v] = plainly(x.add(channel), plan.rows, plan.channels);
        mean.add(channel).write(m as f32);
        variance.add(channel).write(v as f32);
    }
}

/// Mean and variance of `rows` numbers, `step` apart.
#[inline(never)]
unsafe fn plainly(x: *const f32, rows: usize, step: usize) -> [f64; 2] {
    let mut sum = 0.0;
    for row in 0..rows {
        sum += *x.add(row * step) as f64;
        // Nothing will make it a number again.
        if sum.is_nan() {
            return [sum; 2];
        }
    }
    let mean = sum / rows as f64;
    let square = |row: usize| {
        let away = *x.add(row * step) as f64 - mean;
        away * away
    };
    [mean, (0..rows).map(square).sum::<f64>() / rows as f64]
}

/// Sums of dy and of dy (x - mean) over all rows from those of the chunks.
pub unsafe fn put_gradients_together<const FORM: Form>(
    plan: &Plan,
    source: &GradientSource<FORM>,
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
