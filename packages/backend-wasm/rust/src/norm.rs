//! Batch normalisation of [rows, channels]: channels-last pixels, or a matrix.
//!
//! Statistics are taken in chunks of rows that stay in cache: the mean of the chunk first, then the
//! squares of the differences from it. The chunks are put together in double precision, in order,
//! so the result does not depend on the number of threads, and a great mean does not drown a small
//! variance.

use crate::control::{DONE, MORE_MEMORY, arguments, has_memory, workspace};
use crate::parallel::{parallel, part};
use crate::simd::*;

#[repr(C)]
pub struct Arguments {
    x: *const f32,
    /// Null in the forward pass.
    dy: *const f32,
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
}

/// Channels that are summed together, and rows of a chunk.
const COLUMNS: usize = 64;
const CHUNK_ROWS: usize = 256;
const CHUNKS: usize = 512;

/// How the rows are cut.
struct Plan {
    chunks: usize,
    column_parts: usize,
    /// Rows side by side in one line of sums, where there are few channels.
    together: usize,
    /// Records of a chunk: one for each of the rows side by side, one for the rows left over.
    records: usize,
}

impl Plan {
    fn new(a: &Arguments) -> Plan {
        let rows = CHUNK_ROWS.max(a.rows.div_ceil(CHUNKS));
        let together = if a.channels <= COLUMNS / 4 { COLUMNS / a.channels / 4 * 4 } else { 1 };
        Plan {
            chunks: a.rows.div_ceil(rows),
            column_parts: a.channels.div_ceil(COLUMNS),
            together,
            records: together + 1,
        }
    }

    /// Floats of the records of all chunks: two numbers per channel.
    fn record_floats(&self, a: &Arguments) -> usize {
        self.chunks * self.records * 2 * a.channels
    }

    /// Bytes of the workspace: records, and four lines of channels four times over.
    fn bytes(&self, a: &Arguments) -> usize {
        (self.record_floats(a) + 4 * 4 * a.channels) * 4 + SLACK
    }

    fn rows(&self, a: &Arguments, chunk: usize) -> (usize, usize) {
        part(a.rows, 4, self.chunks, chunk)
    }

    /// Rows that record `r` of a chunk stands for.
    fn count(&self, a: &Arguments, chunk: usize, r: usize) -> usize {
        let (begin, end) = self.rows(a, chunk);
        let rounds = (end - begin) / self.together;
        if r < self.together { rounds } else { end - begin - rounds * self.together }
    }

    /// Calls `body(record, first row, lines, line step in floats, columns)` for every stretch of a
    /// chunk that is summed in one go. `record` is the first of as many records as there are rows
    /// side by side.
    unsafe fn for_each_stretch(
        &self,
        a: &Arguments,
        body: impl Fn(*mut f32, usize, usize, usize, (usize, usize)),
    ) {
        let records: *mut f32 = workspace();
        let work = a.rows * a.channels;
        parallel(self.chunks * self.column_parts, work, |index, _| {
            let (chunk, column_part) = (index / self.column_parts, index % self.column_parts);
            let (begin, end) = self.rows(a, chunk);
            let first = column_part * COLUMNS;
            let columns = (first, (first + COLUMNS).min(a.channels));
            let rounds = (end - begin) / self.together;
            let record = records.add(chunk * self.records * 2 * a.channels);
            let width = self.together * a.channels;
            if self.together > 1 {
                body(record, begin, rounds, width, (0, width));
            } else {
                body(record, begin, rounds, width, columns);
            }
            let rest = begin + rounds * self.together;
            let last = record.add(self.together * 2 * a.channels);
            body(last, rest, end - rest, a.channels, columns);
        });
    }
}

/// Writes line `which` (0 or 1) of the records that a stretch covers.
unsafe fn write_record(
    record: *mut f32,
    channels: usize,
    which: usize,
    columns: (usize, usize),
    values: *const f32,
) {
    for column in columns.0..columns.1 {
        let (row, channel) = (column / channels, column % channels);
        record.add((row * 2 + which) * channels + channel).write(*values.add(column - columns.0));
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn batch_norm() -> i32 {
    let a: &Arguments = arguments();
    let plan = Plan::new(a);
    if !has_memory(0, plan.bytes(a)) {
        return MORE_MEMORY;
    }
    plan.for_each_stretch(a, |record, row, lines, step, columns| {
        let x = a.x.add(row * a.channels + columns.0);
        let vectors = (columns.1 - columns.0).div_ceil(4);
        let mut sums = [zero(); COLUMNS / 4];
        for line in 0..lines {
            for (v, sum) in sums.iter_mut().enumerate().take(vectors) {
                *sum = f32x4_add(*sum, load(x.add(line * step + v * 4)));
            }
        }
        let share = f32x4_splat(1.0 / lines.max(1) as f32);
        for sum in sums.iter_mut() {
            *sum = f32x4_mul(*sum, share);
        }
        let mut squares = [zero(); COLUMNS / 4];
        for line in 0..lines {
            for v in 0..vectors {
                let difference = f32x4_sub(load(x.add(line * step + v * 4)), sums[v]);
                squares[v] = f32x4_add(squares[v], f32x4_mul(difference, difference));
            }
        }
        write_record(record, a.channels, 0, columns, sums.as_ptr().cast());
        write_record(record, a.channels, 1, columns, squares.as_ptr().cast());
    });
    let record_parts = plan.chunks * plan.records;
    for_channels(a, record_parts, |channel| {
        let at = |i: usize, which: usize| {
            *workspace::<f32>().add((i * 2 + which) * a.channels + channel) as f64
        };
        let count = |i: usize| plan.count(a, i / plan.records, i % plan.records) as f64;
        let mut sum = 0.0;
        for i in 0..record_parts {
            sum += count(i) * at(i, 0);
        }
        let mean = sum / a.rows as f64;
        let mut squares = 0.0;
        for i in 0..record_parts {
            let away = at(i, 0) - mean;
            squares += at(i, 1) + count(i) * away * away;
        }
        a.mean.add(channel).write(mean as f32);
        a.variance.add(channel).write((squares / a.rows as f64) as f32);
    });
    normalize(a, workspace::<f32>().add(plan.record_floats(a)));
    DONE
}

/// Calls `body` for every channel; `parts` numbers are put together for each.
fn for_channels(a: &Arguments, parts: usize, body: impl Fn(usize)) {
    let shares = a.channels.div_ceil(32);
    parallel(shares, a.channels * parts * 4, |chunk, _| {
        let (begin, end) = part(a.channels, 8, shares, chunk);
        for channel in begin..end {
            body(channel);
        }
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn batch_norm_inference() -> i32 {
    let a: &Arguments = arguments();
    if !has_memory(0, 4 * 4 * a.channels * 4 + SLACK) {
        return MORE_MEMORY;
    }
    normalize(a, workspace());
    DONE
}

/// Floats of a line of channels that fills whole vectors: rows of it repeat every 1 or 4 rows.
fn period(channels: usize) -> usize {
    if channels.is_multiple_of(4) { channels } else { 4 * channels }
}

/// Writes `value(channel)` over and over until the period is full.
unsafe fn repeat(to: *mut f32, channels: usize, value: impl Fn(usize) -> f32) {
    for i in 0..period(channels) {
        to.add(i).write(value(i % channels));
    }
}

unsafe fn inverse_deviation(a: &Arguments, channel: usize) -> f32 {
    1.0 / sqrt(*a.variance.add(channel) + a.epsilon)
}

fn sqrt(x: f32) -> f32 {
    f32x4_extract_lane::<0>(f32x4_sqrt(f32x4_splat(x)))
}

unsafe fn or(p: *const f32, channel: usize, absent: f32) -> f32 {
    if p.is_null() { absent } else { *p.add(channel) }
}

/// out = (x - mean) * scale + shift.
unsafe fn normalize(a: &Arguments, lines: *mut f32) {
    let step = 4 * a.channels;
    let (mean, scale, shift) = (lines, lines.add(step), lines.add(2 * step));
    repeat(mean, a.channels, |c| *a.mean.add(c));
    repeat(scale, a.channels, |c| or(a.weight, c, 1.0) * inverse_deviation(a, c));
    repeat(shift, a.channels, |c| or(a.bias, c, 0.0));
    for_each_vector(a, |at, k| {
        let centred = f32x4_sub(load(a.x.add(at)), load(mean.add(k)));
        f32x4_add(f32x4_mul(centred, load(scale.add(k))), load(shift.add(k)))
    });
}

/// out[at] = body(at, place within the period) for every vector.
#[inline(always)]
unsafe fn for_each_vector(a: &Arguments, body: impl Fn(usize, usize) -> v128 + Copy) {
    let elements = a.rows * a.channels;
    let parts = elements.div_ceil(1 << 14);
    let period = period(a.channels);
    parallel(parts, elements / 3, |chunk, _| {
        let (begin, end) = part(a.rows, 4, parts, chunk);
        let (mut at, end) = (begin * a.channels, end * a.channels);
        while at < end {
            let stop = (at + period).min(end);
            let mut k = 0;
            while at + k + 4 <= stop {
                store(a.out.add(at + k), body(at + k, k));
                k += 4;
            }
            if at + k < stop {
                store_lanes(a.out.add(at + k), body(at + k, k), stop - at - k);
            }
            at = stop;
        }
    });
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn batch_norm_grad() -> i32 {
    let a: &Arguments = arguments();
    let plan = Plan::new(a);
    if !has_memory(0, plan.bytes(a)) {
        return MORE_MEMORY;
    }
    let lines = workspace::<f32>().add(plan.record_floats(a));
    let step = 4 * a.channels;
    let means = lines.add(3 * step);
    repeat(means, a.channels, |c| *a.mean.add(c));
    plan.for_each_stretch(a, |record, row, lines, step, columns| {
        let at = row * a.channels + columns.0;
        let vectors = (columns.1 - columns.0).div_ceil(4);
        // One line of several rows side by side repeats the means; its columns begin at a multiple
        // of the channels.
        let mut mean = [zero(); COLUMNS / 4];
        for (v, m) in mean.iter_mut().enumerate().take(vectors) {
            let first = columns.0 + v * 4;
            let of = |k: usize| *a.mean.add((first + k) % a.channels);
            *m = f32x4(of(0), of(1), of(2), of(3));
        }
        let mut sums = [zero(); COLUMNS / 4];
        let mut products = [zero(); COLUMNS / 4];
        for line in 0..lines {
            for v in 0..vectors {
                let place = at + line * step + v * 4;
                let dy = load(a.dy.add(place));
                let centred = f32x4_sub(load(a.x.add(place)), mean[v]);
                sums[v] = f32x4_add(sums[v], dy);
                products[v] = f32x4_add(products[v], f32x4_mul(dy, centred));
            }
        }
        write_record(record, a.channels, 0, columns, sums.as_ptr().cast());
        write_record(record, a.channels, 1, columns, products.as_ptr().cast());
    });
    let record_parts = plan.chunks * plan.records;
    for_channels(a, record_parts, |channel| {
        let mut totals = [0.0f64; 2];
        for i in 0..record_parts {
            for (which, total) in totals.iter_mut().enumerate() {
                *total += *workspace::<f32>().add((i * 2 + which) * a.channels + channel) as f64;
            }
        }
        a.dbias.add(channel).write(totals[0] as f32);
        a.dweight.add(channel).write((totals[1] * inverse_deviation(a, channel) as f64) as f32);
    });
    // dx = scale * (dy - mean of dy - (x - mean) * slope).
    let (scale, shift, slope) = (lines, lines.add(step), lines.add(2 * step));
    let rows = a.rows as f32;
    repeat(scale, a.channels, |c| or(a.weight, c, 1.0) * inverse_deviation(a, c));
    repeat(shift, a.channels, |c| *a.dbias.add(c) / rows);
    repeat(slope, a.channels, |c| *a.dweight.add(c) * inverse_deviation(a, c) / rows);
    for_each_vector(a, |at, k| {
        let centred = f32x4_sub(load(a.x.add(at)), load(means.add(k)));
        let dy = f32x4_sub(load(a.dy.add(at)), load(shift.add(k)));
        let rest = f32x4_sub(dy, f32x4_mul(centred, load(slope.add(k))));
        f32x4_mul(load(scale.add(k)), rest)
    });
    DONE
}
