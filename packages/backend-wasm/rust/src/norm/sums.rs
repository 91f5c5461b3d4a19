//! Sums over the rows of a batch normalisation.
//!
//! They are taken in chunks of rows, of distances from a number among the values of the chunk: a great
//! mean does not drown a small variance, and the rows are read once. Four rows are added in pairs, then to
//! those of a block, and blocks to the chunk, so that what rounding does to values that repeat stays
//! small. `together.rs` puts the chunks together.

use crate::norm::plan::{GROUP, Plan, for_each_block, for_each_group, for_each_piece};
use crate::vector::simd::*;

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

const V: usize = GROUP / 4;
/// Vectors of columns whose sums are in registers together, with what they are the distance from.
const FEW: usize = V / 2;
/// Rows whose sums are one number before they join those of a chunk, at most. They are read four at a time,
/// which few long lines and many alike bear.
const SHORT: usize = 64;
/// Rows whose mean is where a chunk is first measured from. A power of two: the mean of equal numbers,
/// added in pairs, is that number.
const FIRST: usize = 8;

/// Writes for the columns of a chunk a number among their values, the pivot, the sum of the distances from
/// it, and the sum of their squares.
pub unsafe fn statistics(plan: &Plan, x: *const f32, chunk: usize, columns: (usize, usize)) {
    let (first, lines) = plan.lines_of(chunk);
    let x = x.add(first * plan.width);
    let [pivots, sums, squares] = plan.sums(chunk);
    let away = |column: usize, line, count| {
        for first in (column..column + GROUP).step_by(FEW * 4) {
            let values = x.add(line * plan.width + first);
            let at = [pivots, sums, squares].map(|line| line.add(first));
            add_distances(values, plan.width, count, at, line == 0);
        }
    };
    for_each_piece(lines, SHORT, columns, |column, line, count| {
        if line == 0 {
            for v in (column..column + GROUP).step_by(4) {
                store(pivots.add(v), mean_of_first(x.add(v), plan.width, lines));
            }
        }
        away(column, line, count);
    });
    // The first rows may be unlike the others: what is far from the mean is measured from there.
    for_each_group(columns, |column| {
        if move_far_pivots(column, lines, [pivots, sums, squares]) {
            for_each_block(lines, SHORT, |line, count| away(column, line, count));
        }
    });
}

/// The mean of the first rows of four columns: of `FIRST`, or as many of a lower power of two.
#[inline(always)]
unsafe fn mean_of_first(x: *const f32, width: usize, lines: usize) -> v128 {
    let last = (1 << lines.min(FIRST).ilog2()) - 1;
    let row = |i: usize| load(x.add((i & last) * width));
    let [a, b] = [0, 4].map(|i| four_added([row(i), row(i + 1), row(i + 2), row(i + 3)]));
    f32x4_mul(f32x4_add(a, b), f32x4_splat(1.0 / FIRST as f32))
}

/// In pairs: what rounding does to values that repeat stays small.
#[inline(always)]
fn four_added([a, b, c, d]: [v128; 4]) -> v128 {
    f32x4_add(f32x4_add(a, b), f32x4_add(c, d))
}

/// Adds what `FEW` vectors of columns of `count` rows give to the sums, or writes it. A function of its own: of several
/// copies in one V8 made 256 bits of the first alone.
#[inline(never)]
unsafe fn add_distances(
    x: *const f32,
    width: usize,
    count: usize,
    [pivots, sums, squares]: [*mut f32; 3],
    writes: bool,
) {
    let pivot = load_some::<FEW>(pivots);
    let (mut sum, mut square) = ([zero(); FEW], [zero(); FEW]);
    let mut i = 0;
    while i + 4 <= count {
        // A pointer for each row, and vectors at constant offsets from it: else V8 loads them one by one.
        let rows: [*const f32; 4] = core::array::from_fn(|row| x.add((i + row) * width));
        for v in 0..FEW {
            let [a, b, c, d] = rows.map(|row| f32x4_sub(load(row.add(v * 4)), pivot[v]));
            sum[v] = f32x4_add(sum[v], four_added([a, b, c, d]));
            let squares = multiply_add(c, c, multiply_add(b, b, f32x4_mul(a, a)));
            square[v] = f32x4_add(square[v], multiply_add(d, d, squares));
        }
        i += 4;
    }
    while i < count {
        let row = x.add(i * width);
        for v in 0..FEW {
            let a = f32x4_sub(load(row.add(v * 4)), pivot[v]);
            sum[v] = f32x4_add(sum[v], a);
            square[v] = multiply_add(a, a, square[v]);
        }
        i += 1;
    }
    add_to(sums, sum, writes);
    add_to(squares, square, writes);
}

/// Adds to what stands in memory, or writes.
#[inline(always)]
unsafe fn add_to<const V: usize>(p: *mut f32, values: [v128; V], writes: bool) {
    let before = if writes { [zero(); V] } else { load_some(p) };
    store_some::<V>(p, core::array::from_fn(|v| f32x4_add(before[v], values[v])));
}

/// Moves the pivots of a group of columns to the means, where one of them is so far away that the squares
/// of the distances are mostly its own: more than 1.2 deviations, which in one of 2,000 chunks the mean of
/// eight random rows is. Returns whether it did.
#[inline(always)]
unsafe fn move_far_pivots(
    column: usize,
    lines: usize,
    [pivots, sums, squares]: [*mut f32; 3],
) -> bool {
    let share = f32x4_splat(1.0 / lines as f32);
    let mut far = zero();
    for v in (column..column + GROUP).step_by(4) {
        // n (mean - pivot)² is this much of the sum of squares; 0 of 0 is not far, nor is what is no number.
        let sum = load(sums.add(v));
        let own = f32x4_mul(f32x4_mul(sum, sum), share);
        far = v128_or(far, f32x4_gt(own, f32x4_mul(load(squares.add(v)), f32x4_splat(0.8))));
    }
    if !v128_any_true(far) {
        return false;
    }
    for v in (column..column + GROUP).step_by(4) {
        let moved = f32x4_mul(load(sums.add(v)), share);
        store(pivots.add(v), f32x4_add(load(pivots.add(v)), moved));
    }
    true
}

/// (x - mean) * scale + bias.
#[inline(always)]
pub fn normal(x: v128, mean: v128, scale: v128, bias: v128) -> v128 {
    multiply_add(f32x4_sub(x, mean), scale, bias)
}

/// Where gradients come from: the sum of what holds.
pub type Form = u8;
/// The results were kept within bounds, which let only some gradients through: those of results strictly between.
pub const BOUNDED: Form = 1;
/// The bounds have one side: they let those through of all results that are not at or below the lower one, no numbers
/// among them.
pub const ONE_SIDED: Form = 2;
/// The bounded results, of which the batch norm was only a part, are read. Else they are computed again.
pub const READ: Form = 4;

/// `dy` where bounds of the form let it through at the result `y`, else 0.
#[inline(always)]
fn let_through<const FORM: Form>(dy: v128, y: v128, low: v128, high: v128) -> v128 {
    if FORM & ONE_SIDED != 0 {
        return v128_andnot(dy, f32x4_le(y, low));
    }
    v128_bitselect(v128_bitselect(dy, zero(), f32x4_gt(y, low)), zero(), f32x4_lt(y, high))
}

/// What gradients are taken of. Those that bounds let through are written to `passed`.
pub struct GradientSource<const FORM: Form> {
    pub x: *const f32,
    pub dy: *const f32,
    /// Lines of mean, scale and bias.
    pub lines: [*const f32; 3],
    /// The results, where they are read.
    pub y: *const f32,
    pub passed: *mut f32,
    pub low: f32,
    pub high: f32,
}

impl<const FORM: Form> GradientSource<FORM> {
    /// The gradient at an element of a column, and x - mean.
    pub unsafe fn one(&self, at: usize, column: usize) -> [f32; 2] {
        let [mean, scale, bias] = self.lines.map(|line| *line.add(column));
        let away = *self.x.add(at) - mean;
        let mut gradient = *self.dy.add(at);
        if FORM & BOUNDED != 0 {
            let splat = |value: f32| f32x4_splat(value);
            let y = if FORM & READ != 0 {
                splat(*self.y.add(at))
            } else {
                normal(splat(*self.x.add(at)), splat(mean), splat(scale), splat(bias))
            };
            let passed = let_through::<FORM>(splat(gradient), y, splat(self.low), splat(self.high));
            gradient = f32x4_extract_lane::<0>(passed);
            self.passed.add(at).write(gradient);
        }
        [gradient, away]
    }
}

/// Writes the sums of dy and of dy (x - mean) over a chunk.
pub unsafe fn gradient_sums<const FORM: Form>(
    plan: &Plan,
    source: &GradientSource<FORM>,
    chunk: usize,
    columns: (usize, usize),
) {
    let (first, lines) = plan.lines_of(chunk);
    for_each_piece(lines, plan.block(), columns, |column, line, count| {
        let piece = (column, line, first + line, count);
        if FORM & BOUNDED != 0 {
            // In halves: with the coefficients, more would not be in registers together.
            add_gradients::<FORM, { V / 2 }>(plan, source, chunk, piece);
            let other = (column + GROUP / 2, line, first + line, count);
            add_gradients::<FORM, { V / 2 }>(plan, source, chunk, other);
        } else {
            add_gradients::<FORM, V>(plan, source, chunk, piece);
        }
    });
}

/// V vectors of columns from `column` on of `count` lines, which begin at line `line` of the chunk and
/// line `at_line` of all.
#[inline(always)]
unsafe fn add_gradients<const FORM: Form, const V: usize>(
    plan: &Plan,
    source: &GradientSource<FORM>,
    chunk: usize,
    (column, line, at_line, count): (usize, usize, usize, usize),
) {
    let [sums, products, _] = plan.sums(chunk).map(|line| line.add(column));
    let [mean, scale, bias] = source.lines.map(|line| load_some::<V>(line.add(column)));
    let (low, high) = (held(&source.low), held(&source.high));
    let (mut sum, mut product) = ([zero(); V], [zero(); V]);
    for i in 0..count {
        let at = (at_line + i) * plan.width + column;
        let mut gradients = load_some::<V>(source.dy.add(at));
        let values = load_some::<V>(source.x.add(at));
        if FORM & BOUNDED != 0 {
            let results: [v128; V] = if FORM & READ != 0 {
                load_some(source.y.add(at))
            } else {
                core::array::from_fn(|v| normal(values[v], mean[v], scale[v], bias[v]))
            };
            gradients =
                core::array::from_fn(|v| let_through::<FORM>(gradients[v], results[v], low, high));
            store_some(source.passed.add(at), gradients);
        }
        sum = core::array::from_fn(|v| f32x4_add(sum[v], gradients[v]));
        let away: [v128; V] = core::array::from_fn(|v| f32x4_sub(values[v], mean[v]));
        product = core::array::from_fn(|v| multiply_add(gradients[v], away[v], product[v]));
    }
    add_to(sums, sum, line == 0);
    add_to(products, product, line == 0);
}
