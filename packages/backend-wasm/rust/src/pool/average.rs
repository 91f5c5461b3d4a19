//! Pooling by the mean of each window, four channels at a time.

use crate::movement::fill;
use crate::pool::lines::{Line, Strip, for_each_strip};
use crate::pool::windows::{ABREAST, Arguments, CHANNELS, for_each_share};
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;

pub unsafe fn avg_pool(a: &Arguments) {
    let total = a.batch * a.outputs();
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    // Few windows, such as the one of a global pool, are shared by channels.
    let shares = if parts < 8 { a.channels.div_ceil(CHANNELS).min(8) } else { 1 };
    let work = a.batch * a.channels * (a.inputs() + a.outputs());
    parallel(parts * shares, work, |chunk, _| {
        let channels = part(a.channels, CHANNELS, shares, chunk % shares);
        for_each_strip(a, part(total, 1, parts, chunk / shares), |strip| {
            let line = Line::of(a, strip.z, strip.y);
            match (line.planes, line.rows, a.axes[2].extent(0), a.axes[2].step) {
                (1, 1, 2, 1) => means::<1, 2>(a, &line, &strip, channels),
                (1, 2, 2, 1) => means::<2, 2>(a, &line, &strip, channels),
                (1, 3, 2 | 3, 1) => means::<3, 3>(a, &line, &strip, channels),
                _ => means::<0, 0>(a, &line, &strip, channels),
            }
        });
    });
}

/// The means of a strip. Most windows of it have `ROWS` rows of `COLUMNS` pixels; 0 is as many as there are.
#[inline(always)]
unsafe fn means<const ROWS: usize, const COLUMNS: usize>(
    a: &Arguments,
    line: &Line,
    strip: &Strip,
    (first, stop): (usize, usize),
) {
    let inputs = a.x.add(strip.n * a.inputs() * a.channels);
    let mut begin = strip.from;
    if ROWS > 0 && COLUMNS == 2 {
        if let Some(run) = Run::of(a, line, strip) {
            begin += run.count;
            match a.channels.div_ceil(4) {
                1 => run.means::<1, ROWS>(),
                2 => run.means::<2, ROWS>(),
                3 => run.means::<3, ROWS>(),
                _ => run.means::<4, ROWS>(),
            }
        }
    }
    for o in begin..strip.to {
        let window = line.window(a, o);
        let divisor = f32x4_splat(window.divisor);
        let x = inputs.add(window.first * a.channels);
        let y = a.y.add((strip.before + o) * a.channels);
        let usual = ROWS > 0 && window.columns == COLUMNS;
        let mut c = first;
        while c + 4 * ABREAST <= stop {
            let sums = if usual {
                sum_of::<ABREAST, ROWS, COLUMNS>(x.add(c), line, a.channels)
            } else {
                sum::<ABREAST>(x.add(c), line, window.columns)
            };
            for v in 0..ABREAST {
                store(y.add(c + v * 4), f32x4_div(sums[v], divisor));
            }
            c += 4 * ABREAST;
        }
        while c < stop {
            // The last vector covers some channels once more, so that it is a whole one.
            let at = if c + 4 > stop && stop >= first + 4 { stop - 4 } else { c };
            let [sum] = if usual {
                sum_of::<1, ROWS, COLUMNS>(x.add(at), line, a.channels)
            } else {
                sum::<1>(x.add(at), line, window.columns)
            };
            store_lanes(y.add(at), f32x4_div(sum, divisor), (stop - at).min(4));
            c += 4;
        }
    }
}

/// Sums of V vectors of channels over a window of one plane, row by row.
#[inline(always)]
unsafe fn sum_of<const V: usize, const ROWS: usize, const COLUMNS: usize>(
    x: *const f32,
    line: &Line,
    channels: usize,
) -> [v128; V] {
    let mut total = [zero(); V];
    for row in 0..ROWS {
        let row = x.add(row * line.row);
        for v in 0..V {
            let mut sum = load(row.add(v * 4));
            for column in 1..COLUMNS {
                sum = f32x4_add(sum, load(row.add(column * channels + v * 4)));
            }
            total[v] = f32x4_add(total[v], sum);
        }
    }
    total
}

/// The same over a window of any size.
#[inline(always)]
unsafe fn sum<const V: usize>(x: *const f32, line: &Line, columns: usize) -> [v128; V] {
    let mut total = [zero(); V];
    line.for_each_row(|row| {
        let mut sums = [zero(); V];
        let mut from = x.add(row);
        for _ in 0..columns {
            for v in 0..V {
                sums[v] = f32x4_add(sums[v], load(from.add(v * 4)));
            }
            from = from.add(line.column);
        }
        for v in 0..V {
            total[v] = f32x4_add(total[v], sums[v]);
        }
    });
    total
}

/// `x` receives the gradient of the input; `y` holds that of the output.
pub unsafe fn avg_pool_grad(a: &Arguments) {
    if a.axes.iter().all(|axis| axis.is_apart()) {
        return avg_pool_grad_apart(a);
    }
    let (inputs, outputs, channels) = (a.inputs(), a.outputs(), a.channels);
    fill::zeros(a.x, a.batch * inputs * channels);
    for_each_share(a, |n, (c0, c1), _| {
        let dx = a.x.add(n * inputs * channels);
        for_each_strip(a, (n * outputs, (n + 1) * outputs), |strip| {
            let line = Line::of(a, strip.z, strip.y);
            for o in strip.from..strip.to {
                let window = line.window(a, o);
                let divisor = f32x4_splat(window.divisor);
                let dx = dx.add(window.first * channels);
                let dy = a.y.add((strip.before + o) * channels);
                let mut c = c0;
                while c < c1 {
                    let share = f32x4_div(load(dy.add(c)), divisor);
                    let lanes = (c1 - c).min(4);
                    line.for_each_row(|row| {
                        let mut to = dx.add(row + c);
                        for _ in 0..window.columns {
                            store_lanes(to, f32x4_add(load(to), share), lanes);
                            to = to.add(line.column);
                        }
                    });
                    c += 4;
                }
            }
        });
    });
}

/// Where no two windows meet, an element of the input has one share at most, and nothing is added up.
unsafe fn avg_pool_grad_apart(a: &Arguments) {
    let (inputs, channels) = (a.inputs(), a.channels);
    if !a.axes.iter().all(|axis| axis.is_covered()) {
        fill::zeros(a.x, a.batch * inputs * channels);
    }
    let total = a.batch * a.outputs();
    let parts = (total * channels).div_ceil(1 << 12).min(total);
    parallel(parts, a.batch * inputs * channels, |chunk, _| {
        for_each_strip(a, part(total, 1, parts, chunk), |strip| {
            let line = Line::of(a, strip.z, strip.y);
            match (line.planes, line.rows, a.axes[2].extent(0), a.axes[2].step) {
                (1, 1, 2, 1) => shares::<1, 2>(a, &line, &strip),
                (1, 2, 2, 1) => shares::<2, 2>(a, &line, &strip),
                _ => shares::<0, 0>(a, &line, &strip),
            }
        });
    });
}

/// Writes what each element of the windows of a strip gets. Most windows have `ROWS` rows of `COLUMNS` pixels; 0 is as
/// many as there are.
#[inline(always)]
unsafe fn shares<const ROWS: usize, const COLUMNS: usize>(
    a: &Arguments,
    line: &Line,
    strip: &Strip,
) {
    let channels = a.channels;
    let inputs = a.x.add(strip.n * a.inputs() * channels);
    let mut begin = strip.from;
    if ROWS > 0 && COLUMNS == 2 {
        if let Some(run) = Run::of(a, line, strip) {
            begin += run.count;
            match channels.div_ceil(4) {
                1 => run.shares::<1, ROWS>(),
                2 => run.shares::<2, ROWS>(),
                3 => run.shares::<3, ROWS>(),
                _ => run.shares::<4, ROWS>(),
            }
        }
    }
    for o in begin..strip.to {
        let window = line.window(a, o);
        let divisor = f32x4_splat(window.divisor);
        let dx = inputs.add(window.first * channels);
        let dy = a.y.add((strip.before + o) * channels);
        let usual = ROWS > 0 && window.columns == COLUMNS;
        let mut c = 0;
        while c < channels {
            let at = if c + 4 > channels && channels >= 4 { channels - 4 } else { c };
            let share = f32x4_div(load(dy.add(at)), divisor);
            let lanes = (channels - at).min(4);
            if usual && lanes == 4 {
                for row in 0..ROWS {
                    for column in 0..COLUMNS {
                        store(dx.add(row * line.row + at).add(column * channels), share);
                    }
                }
            } else {
                line.for_each_row(|row| {
                    let mut to = dx.add(row + at);
                    for _ in 0..window.columns {
                        store_lanes(to, share, lanes);
                        to = to.add(line.column);
                    }
                });
            }
            c += 4;
        }
    }
}

/// Windows of one or two rows of two pixels that lie one behind the other, of 4 to 16 channels: so few that a window is
/// less work than finding it.
struct Run {
    x: *mut f32,
    y: *mut f32,
    count: usize,
    channels: usize,
    row: usize,
    /// The inverse of the divisor, a power of two: a product with it is rounded as the quotient is.
    inverse: f32,
}

impl Run {
    unsafe fn of(a: &Arguments, line: &Line, strip: &Strip) -> Option<Run> {
        let channels = a.channels;
        let first = line.window(a, strip.from);
        let is_power_of_two = first.divisor.to_bits() << 9 == 0;
        if !(4..=16).contains(&channels) || first.columns != 2 || !is_power_of_two {
            return None;
        }
        let follows = |o: usize| {
            let window = line.window(a, o);
            let place = first.first + 2 * (o - strip.from);
            window.columns == 2 && window.first == place && window.divisor == first.divisor
        };
        let mut end = strip.from + 1;
        while end < strip.to && follows(end) {
            end += 1;
        }
        Some(Run {
            x: a.x.add((strip.n * a.inputs() + first.first) * channels),
            y: a.y.add((strip.before + strip.from) * channels),
            count: end - strip.from,
            channels,
            row: line.row,
            inverse: 1.0 / first.divisor,
        })
    }

    /// Where vector v of V stands in a pixel: the last covers some channels once more, so that it is a whole one.
    #[inline(always)]
    fn place<const V: usize>(&self, v: usize) -> usize {
        if v + 1 == V { self.channels - 4 } else { v * 4 }
    }

    unsafe fn means<const V: usize, const ROWS: usize>(&self) {
        let inverse = f32x4_splat(self.inverse);
        for o in 0..self.count {
            let (x, y) = (self.x.add(o * 2 * self.channels), self.y.add(o * self.channels));
            for v in 0..V {
                let mut total = zero();
                for row in 0..ROWS {
                    let x = x.add(row * self.row + self.place::<V>(v));
                    let sum = f32x4_add(load(x), load(x.add(self.channels)));
                    total = f32x4_add(total, sum);
                }
                store(y.add(self.place::<V>(v)), f32x4_mul(total, inverse));
            }
        }
    }

    unsafe fn shares<const V: usize, const ROWS: usize>(&self) {
        let inverse = f32x4_splat(self.inverse);
        for o in 0..self.count {
            let (dx, dy) = (self.x.add(o * 2 * self.channels), self.y.add(o * self.channels));
            for v in 0..V {
                let share = f32x4_mul(load(dy.add(self.place::<V>(v))), inverse);
                for row in 0..ROWS {
                    let dx = dx.add(row * self.row + self.place::<V>(v));
                    store(dx, share);
                    store(dx.add(self.channels), share);
                }
            }
        }
    }
}
