//! Batch normalisation of [rows, channels]: channels-last pixels, or a matrix.
//!
//! Where the rows are few, a thread takes columns and does all that is to do to them while they are
//! in cache; else the rows are cut, three times: for the sums, to put them together, to normalise.

use crate::control::interface::shared;
use crate::control::memory::Memory;
use crate::norm::plan::Plan;
use crate::norm::sums::*;
use crate::norm::together::*;
use crate::threads::parallel::{parallel, part};
use crate::vector::bounds::clamped;
use crate::vector::simd::*;

/// Elements that are normalised before the next columns are. Lines a power of two apart make loads
/// wait for stores whose addresses end alike: few lines, 1.5 times as fast at 1024 columns.
const BLOCK_ELEMENTS: usize = 512;

shared! {
    "batchNorm":
    pub struct Arguments {
        x: *const f32,
        /// Null in the forward pass.
        dy: *mut f32,
        weight: *const f32,
        bias: *const f32,
        /// Read by inference and by the gradient, else written.
        mean: *mut f32,
        variance: *mut f32,
        /// y, or dx.
        out: *mut f32,
        dweight: *mut f32,
        dbias: *mut f32,
        rows: usize,
        channels: usize,
        epsilon: f32,
        /// Statistics that are moved towards those of the batch, or null.
        running_mean: *mut f32,
        running_variance: *mut f32,
        /// Counts the batches, or null.
        batches: *mut i32,
        /// 1 - momentum, the momentum, and the momentum x rows / (rows - 1).
        kept: f32,
        momentum: f32,
        variance_share: f32,
        /// The results are kept within these: an activation in the same pass.
        low: f32,
        high: f32,
        /// Whether the bounds are any.
        bounded: u32,
        /// Whether gradients go through whatever is not at or below the lower bound.
        one_sided: u32,
        /// What is added to the results before they are bounded, or null.
        residual: *const f32,
        /// The results of such a sum, read by its gradient, which writes what the bounds let through to dy; or null.
        y: *const f32,
    }
}

/// What a pass with sums needs.
pub fn memory(a: &Arguments) -> Memory {
    let plan = Plan::new(a.rows, a.channels);
    Memory::of_workspace(plan.bytes_of(plan.chunks))
}

pub fn inference_memory(a: &Arguments) -> Memory {
    Memory::of_workspace(Plan::new(a.rows, a.channels).bytes_of(0))
}

pub unsafe fn batch_norm(a: &Arguments) {
    let plan = Plan::new(a.rows, a.channels);
    let lines = plan.coefficients(plan.chunks);
    if !a.residual.is_null() {
        forward(a, &plan, lines, added(a, lines));
    } else if a.bounded != 0 {
        forward(a, &plan, lines, normalized::<true>(a, lines));
    } else {
        forward(a, &plan, lines, normalized::<false>(a, lines));
    }
}

#[inline(always)]
unsafe fn forward<const I: usize>(
    a: &Arguments,
    plan: &Plan,
    lines: [*mut f32; 3],
    map: Map<I, 3, impl Fn([v128; I], [v128; 3]) -> v128 + Copy>,
) {
    run(
        plan,
        |chunk, columns| statistics(plan, a.x, chunk, columns),
        |columns| {
            put_statistics_together(plan, a.x, columns, a.mean, a.variance);
            let channels = channels_of(plan, columns);
            if !a.running_mean.is_null() {
                move_running(a, channels);
            }
            prepare(a, channels, lines);
        },
        || lines.iter().for_each(|line| repeat(plan, *line)),
        map,
    );
    if !a.batches.is_null() {
        *a.batches += 1;
    }
}

pub unsafe fn batch_norm_inference(a: &Arguments) {
    let plan = Plan::new(a.rows, a.channels);
    let lines: [*mut f32; 3] = plan.coefficients(0);
    prepare(a, (0, a.channels), lines);
    lines.iter().for_each(|line| repeat(&plan, *line));
    normalized::<false>(a, lines).apply_to_all(&plan);
}

pub unsafe fn batch_norm_grad(a: &Arguments) {
    match (a.bounded != 0, a.one_sided != 0, !a.y.is_null()) {
        (false, ..) => gradient::<0>(a),
        (_, false, false) => gradient::<BOUNDED>(a),
        (_, true, false) => gradient::<{ BOUNDED + ONE_SIDED }>(a),
        (_, false, true) => gradient::<{ BOUNDED + READ }>(a),
        (_, true, true) => gradient::<{ BOUNDED + ONE_SIDED + READ }>(a),
    }
}

/// dx = scale * (dy - mean of dy - (x - mean) * slope). With bounds, dy is what they let through: it is
/// written down first, so that it is found out once. It goes to dx; with a residual, whose gradient it is, to dy itself.
unsafe fn gradient<const FORM: Form>(a: &Arguments) {
    let plan = Plan::new(a.rows, a.channels);
    let [mean, scale, bias, shift, slope]: [*mut f32; 5] = plan.coefficients(plan.chunks);
    let forward = [mean, scale, bias];
    prepare(a, (0, a.channels), forward);
    forward.iter().for_each(|line| repeat(&plan, *line));
    let passed = if FORM & BOUNDED != 0 && FORM & READ == 0 { a.out } else { a.dy };
    let source = GradientSource::<FORM> {
        x: a.x,
        dy: a.dy,
        lines: forward.map(|line| line.cast_const()),
        y: a.y,
        passed,
        low: a.low,
        high: a.high,
    };
    let sum = |chunk, columns| gradient_sums(&plan, &source, chunk, columns);
    let finish = |columns| {
        put_gradients_together(&plan, &source, columns, [a.dbias, a.dweight]);
        prepare_gradient(a, channels_of(&plan, columns), [shift, slope]);
    };
    let repeat_them = || [shift, slope].iter().for_each(|line| repeat(&plan, *line));
    let map = Map {
        out: a.out,
        inputs: [a.x, passed.cast_const()],
        coefficients: [mean, scale, shift, slope].map(|line| line.cast_const()),
        value: |[x, dy]: [v128; 2], [mean, scale, shift, slope]: [v128; 4]| {
            let away = f32x4_mul(f32x4_sub(x, mean), slope);
            f32x4_mul(scale, f32x4_sub(f32x4_sub(dy, shift), away))
        },
    };
    run(&plan, sum, finish, repeat_them, map);
}

/// `sum(chunk, columns)` for all chunks, then `finish(columns)`, then `repeat()` where several rows
/// are in a line, then out[at] = `value(at, column)`.
#[inline(always)]
unsafe fn run<const I: usize, const C: usize>(
    plan: &Plan,
    sum: impl Fn(usize, (usize, usize)),
    finish: impl Fn((usize, usize)),
    repeat: impl Fn(),
    map: Map<I, C, impl Fn([v128; I], [v128; C]) -> v128 + Copy>,
) {
    let elements = plan.in_lines();
    if plan.by_columns() {
        let parts = plan.column_parts(plan.lines);
        parallel(parts, elements / 3, |index, _| {
            let columns = plan.columns(parts, index);
            (0..plan.chunks).for_each(|chunk| sum(chunk, columns));
            finish(columns);
            map.apply(plan.width, (0, plan.lines), columns);
        });
        return;
    }
    let parts = plan.chunk_parts();
    parallel(plan.chunks * parts, elements / 6, |index, _| {
        sum(index / parts, plan.columns(parts, index % parts));
    });
    if plan.together > 1 {
        finish((0, plan.width));
        repeat();
    } else {
        let parts = plan.column_parts(plan.chunks);
        parallel(parts, plan.chunks * plan.width * 2, |index, _| {
            finish(plan.columns(parts, index))
        });
    }
    map.apply_to_all(plan);
}

/// Where several rows are in a line, its columns stand for all channels.
fn channels_of(plan: &Plan, columns: (usize, usize)) -> (usize, usize) {
    if plan.together > 1 { (0, plan.channels) } else { columns }
}

/// Copies the first `channels` floats of a line behind themselves until it is full.
unsafe fn repeat(plan: &Plan, line: *mut f32) {
    for i in plan.channels..plan.width {
        line.add(i).write(*line.add(i - plan.channels));
    }
}

/// Calls `body(channel, count)` for every four channels, the last ones fewer.
#[inline(always)]
unsafe fn for_each_vector(channels: (usize, usize), body: impl Fn(usize, usize)) {
    let mut channel = channels.0;
    while channel + 4 <= channels.1 {
        body(channel, 4);
        channel += 4;
    }
    if channel < channels.1 {
        body(channel, channels.1 - channel);
    }
}

#[inline(always)]
unsafe fn inverse_deviation(a: &Arguments, channel: usize) -> v128 {
    let variance = load(a.variance.add(channel));
    f32x4_div(f32x4_splat(1.0), f32x4_sqrt(f32x4_add(variance, f32x4_splat(a.epsilon))))
}

#[inline(always)]
unsafe fn or(p: *const f32, channel: usize, absent: f32) -> v128 {
    if p.is_null() { f32x4_splat(absent) } else { load(p.add(channel)) }
}

/// Moves the running statistics of some channels towards those of the batch.
#[inline(never)]
unsafe fn move_running(a: &Arguments, channels: (usize, usize)) {
    let kept = f32x4_splat(a.kept);
    for_each_vector(channels, |channel, count| {
        for (running, batch, share) in [
            (a.running_mean, a.mean, a.momentum),
            (a.running_variance, a.variance, a.variance_share),
        ] {
            let moved = f32x4_mul(f32x4_splat(share), load(batch.add(channel)));
            let old = f32x4_mul(kept, load(running.add(channel)));
            store_lanes(running.add(channel), f32x4_add(old, moved), count);
        }
    });
}

/// Writes mean, scale and shift of some channels.
#[inline(never)]
unsafe fn prepare(a: &Arguments, channels: (usize, usize), [mean, scale, shift]: [*mut f32; 3]) {
    for_each_vector(channels, |channel, count| {
        let factor = f32x4_mul(or(a.weight, channel, 1.0), inverse_deviation(a, channel));
        store_lanes(mean.add(channel), load(a.mean.add(channel)), count);
        store_lanes(scale.add(channel), factor, count);
        store_lanes(shift.add(channel), or(a.bias, channel, 0.0), count);
    });
}

/// Writes dweight, and shift and slope of some channels.
#[inline(never)]
unsafe fn prepare_gradient(a: &Arguments, channels: (usize, usize), [shift, slope]: [*mut f32; 2]) {
    let share = f32x4_splat(1.0 / a.rows as f32);
    for_each_vector(channels, |channel, count| {
        let inverse = inverse_deviation(a, channel);
        let dweight = f32x4_mul(load(a.dweight.add(channel)), inverse);
        store_lanes(a.dweight.add(channel), dweight, count);
        store_lanes(shift.add(channel), f32x4_mul(load(a.dbias.add(channel)), share), count);
        store_lanes(slope.add(channel), f32x4_mul(f32x4_mul(dweight, inverse), share), count);
    });
}

/// (x - mean) * scale + bias, within the bounds.
fn normalized<const BOUNDED: bool>(
    a: &Arguments,
    lines: [*mut f32; 3],
) -> Map<1, 3, impl Fn([v128; 1], [v128; 3]) -> v128 + Copy> {
    let (low, high) = (held(&a.low), held(&a.high));
    Map {
        out: a.out,
        inputs: [a.x],
        coefficients: lines.map(|line| line.cast_const()),
        value: move |[x]: [v128; 1], [mean, scale, bias]: [v128; 3]| {
            let y = normal(x, mean, scale, bias);
            if BOUNDED { clamped(y, low, high) } else { y }
        },
    }
}

/// (x - mean) * scale + bias + residual, within the bounds.
fn added(
    a: &Arguments,
    lines: [*mut f32; 3],
) -> Map<2, 3, impl Fn([v128; 2], [v128; 3]) -> v128 + Copy> {
    let (low, high) = (held(&a.low), held(&a.high));
    Map {
        out: a.out,
        inputs: [a.x, a.residual],
        coefficients: lines.map(|line| line.cast_const()),
        value: move |[x, residual]: [v128; 2], [mean, scale, bias]: [v128; 3]| {
            clamped(f32x4_add(normal(x, mean, scale, bias), residual), low, high)
        },
    }
}

/// What is written where: out = value(inputs, coefficients of the column).
#[derive(Clone, Copy)]
struct Map<const I: usize, const C: usize, F> {
    out: *mut f32,
    inputs: [*const f32; I],
    coefficients: [*const f32; C],
    value: F,
}

impl<const I: usize, const C: usize, F: Fn([v128; I], [v128; C]) -> v128 + Copy> Map<I, C, F> {
    /// All rows.
    #[inline(always)]
    unsafe fn apply_to_all(self, plan: &Plan) {
        let parts = plan.line_parts();
        parallel(parts, plan.in_lines() / 6, |index, _| {
            let lines = part(plan.lines, 1, parts, index);
            self.apply(plan.width, lines, (0, plan.width));
        });
        let rest = plan.rows * plan.channels - plan.in_lines();
        for_each_vector((0, rest), |column, count| {
            let at = plan.in_lines() + column;
            store_lanes(self.out.add(at), self.at(at, column), count);
        });
    }

    #[inline(always)]
    unsafe fn at(&self, at: usize, column: usize) -> v128 {
        let inputs = self.inputs.map(|p| load(p.add(at)));
        (self.value)(inputs, self.coefficients.map(|p| load(p.add(column))))
    }

    /// Some columns, at least four, of some lines. Not inlined: several callers share it.
    #[inline(never)]
    unsafe fn apply(self, width: usize, lines: (usize, usize), columns: (usize, usize)) {
        let block = (BLOCK_ELEMENTS / width).max(4);
        for first in (lines.0..lines.1).step_by(block) {
            let lines = (first, lines.1.min(first + block));
            let mut column = columns.0;
            while column + 16 <= columns.1 {
                self.apply_block::<4>(width, lines, column);
                column += 16;
            }
            for_each_vector((column, columns.1), |column, count| {
                if count == 4 {
                    self.apply_block::<1>(width, lines, column);
                } else {
                    self.apply_lanes(width, lines, (column, count));
                }
            });
        }
    }

    /// The first `count` columns of a vector. It is never cut twice: an input may be the output.
    unsafe fn apply_lanes(
        &self,
        width: usize,
        lines: (usize, usize),
        (column, count): (usize, usize),
    ) {
        for line in lines.0..lines.1 {
            let at = line * width + column;
            store_lanes(self.out.add(at), self.at(at, column), count);
        }
    }

    /// V vectors side by side, whose coefficients stay in registers, of some lines.
    #[inline(always)]
    unsafe fn apply_block<const V: usize>(
        self,
        width: usize,
        lines: (usize, usize),
        column: usize,
    ) {
        let coefficients: [[v128; C]; V] =
            core::array::from_fn(|v| self.coefficients.map(|line| load(line.add(column + v * 4))));
        let first = lines.0 * width + column;
        let (mut out, mut inputs) = (self.out.add(first), self.inputs.map(|p| p.add(first)));
        for _ in lines.0..lines.1 {
            let rows = inputs.map(|p| load_some::<V>(p));
            let values: [v128; V] =
                core::array::from_fn(|v| (self.value)(rows.map(|row| row[v]), coefficients[v]));
            store_some(out, values);
            out = out.add(width);
            inputs = inputs.map(|p| p.add(width));
        }
    }
}
