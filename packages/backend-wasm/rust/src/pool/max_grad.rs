//! Gradient of pooling by the greatest. An element of the input is the sum of what the windows that hold it give, as far as
//! they have found it the greatest: nothing is scattered, so that channels are looked at by vectors and each element is
//! written once.

use crate::movement::fill;
use crate::pool::lines::{Line, for_each_strip};
use crate::pool::windows::{ABREAST, Arguments, Axis};
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;

/// `x` receives the gradient of the input; `y` holds that of the output.
pub unsafe fn max_pool_grad(a: &Arguments) {
    if a.axes.iter().all(|axis| axis.is_apart()) { apart(a) } else { overlapping(a) }
}

/// Where no two windows meet, window by window.
unsafe fn apart(a: &Arguments) {
    let (inputs, channels) = (a.inputs(), a.channels);
    if !a.axes.iter().all(|axis| axis.is_covered()) {
        fill::zeros(a.x, a.batch * inputs * channels);
    }
    let total = a.batch * a.outputs();
    let parts = (total * channels).div_ceil(1 << 12).min(total);
    parallel(parts, a.batch * inputs * channels, |chunk, _| {
        for_each_strip(a, part(total, 1, parts, chunk), |strip| {
            let line = Line::of(a, strip.z, strip.y);
            let inputs = a.x.add(strip.n * inputs * channels);
            for o in strip.from..strip.to {
                let window = line.window(a, o);
                let at = (strip.before + o) * channels;
                let given = Given {
                    dx: inputs.add(window.first * channels),
                    dy: a.y.add(at),
                    places: a.indices.add(at),
                    first: window.first,
                    channels,
                    columns: window.columns,
                    line: &line,
                };
                match (line.planes, line.rows, window.columns) {
                    (1, 1, 2) => given.give::<1, 2>(),
                    (1, 2, 2) => given.give::<2, 2>(),
                    _ => given.give::<0, 0>(),
                }
            }
        });
    });
}

/// What a window gives, and to whom.
struct Given<'a> {
    /// The first pixel of the window.
    dx: *mut f32,
    dy: *const f32,
    places: *const i32,
    first: usize,
    channels: usize,
    columns: usize,
    line: &'a Line,
}

impl Given<'_> {
    /// To the elements of a window of one plane with `ROWS` rows of `COLUMNS` pixels; 0 is as many as there are.
    #[inline(always)]
    unsafe fn give<const ROWS: usize, const COLUMNS: usize>(&self) {
        let mut c = 0;
        while c + 8 <= self.channels {
            self.give_to::<2, ROWS, COLUMNS>(c, 4);
            c += 8;
        }
        while c < self.channels {
            // The last vector covers some channels once more, so that it is a whole one.
            let is_last = c + 4 > self.channels && self.channels >= 4;
            let at = if is_last { self.channels - 4 } else { c };
            self.give_to::<1, ROWS, COLUMNS>(at, (self.channels - at).min(4));
            c += 4;
        }
    }

    /// V vectors of channels from `c` on, of which the last has so many lanes.
    #[inline(always)]
    unsafe fn give_to<const V: usize, const ROWS: usize, const COLUMNS: usize>(
        &self,
        c: usize,
        lanes: usize,
    ) {
        let first = u32x4_splat(self.first as u32);
        let dy: [v128; V] = core::array::from_fn(|v| load(self.dy.add(c + v * 4)));
        let places: [v128; V] =
            core::array::from_fn(|v| i32x4_sub(load(self.places.add(c + v * 4).cast()), first));
        let put = |dx: *mut f32, place: usize| {
            let place = u32x4_splat(place as u32);
            for v in 0..V {
                let share = v128_and(dy[v], i32x4_eq(places[v], place));
                if lanes == 4 {
                    store(dx.add(v * 4), share);
                } else {
                    store_lanes(dx.add(v * 4), share, lanes);
                }
            }
        };
        let (dx, steps) = (self.dx.add(c), &self.line.steps);
        if ROWS > 0 {
            for row in 0..ROWS {
                for column in 0..COLUMNS {
                    let to = dx.add(row * self.line.row).add(column * self.line.column);
                    put(to, row * steps.row + column * steps.column);
                }
            }
        } else {
            self.line.for_each_row_of_pixels(|pixels| {
                let (mut to, mut place) = (dx.add(pixels * self.channels), pixels);
                for _ in 0..self.columns {
                    put(to, place);
                    to = to.add(self.line.column);
                    place += steps.column;
                }
            });
        }
    }
}

/// Where windows meet, element by element of the input.
unsafe fn overlapping(a: &Arguments) {
    let [d, h, w] = &a.axes;
    let total = a.batch * a.inputs();
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    parallel(parts, total * a.channels * 2, |chunk, _| {
        let (mut p, end) = part(total, 1, parts, chunk);
        while p < end {
            let line = p / w.input;
            let before = line * w.input;
            let to = w.input.min(end - before);
            let (n, z, y) = (line / (d.input * h.input), line / h.input % d.input, line % h.input);
            let from = n * a.outputs() * a.channels;
            let elements = Elements {
                dx: a.x.add(before * a.channels),
                dy: a.y.add(from),
                places: a.indices.add(from),
                channels: a.channels,
                first: (z * h.input + y) * w.input,
                planes: d.covering(z, 0),
                rows: h.covering(y, 0),
                outputs: [h.output, w.output],
            };
            elements.sum(w, (p - before, to));
            p = before + to;
        }
    });
}

/// The elements of one line of the input, and the planes and rows of outputs whose windows may hold them.
struct Elements {
    dx: *mut f32,
    dy: *const f32,
    places: *const i32,
    channels: usize,
    /// The number of the first pixel of the line within its sample.
    first: usize,
    planes: (usize, usize),
    rows: (usize, usize),
    /// Rows and columns of the output.
    outputs: [usize; 2],
}

impl Elements {
    #[inline(never)]
    unsafe fn sum(&self, w: &Axis, (from, to): (usize, usize)) {
        let channels = self.channels;
        let mut columns = (0, 0);
        for x in from..to {
            columns = w.covering(x, columns.0);
            let place = u32x4_splat((self.first + x) as u32);
            let dx = self.dx.add(x * channels);
            let mut c = 0;
            while c + 4 * ABREAST <= channels {
                let sums = self.sum_of::<ABREAST>(columns, place, c);
                for v in 0..ABREAST {
                    store(dx.add(c + v * 4), sums[v]);
                }
                c += 4 * ABREAST;
            }
            while c < channels {
                // The last vector covers some channels once more, so that it is a whole one.
                let at = if c + 4 > channels && channels >= 4 { channels - 4 } else { c };
                let [sum] = self.sum_of::<1>(columns, place, at);
                store_lanes(dx.add(at), sum, (channels - at).min(4));
                c += 4;
            }
        }
    }

    /// The sums of V vectors of channels from `c` on, in the order of the outputs.
    #[inline(always)]
    unsafe fn sum_of<const V: usize>(
        &self,
        columns: (usize, usize),
        place: v128,
        c: usize,
    ) -> [v128; V] {
        let [rows, width] = self.outputs;
        let mut sums = [zero(); V];
        for z in self.planes.0..self.planes.1 {
            for y in self.rows.0..self.rows.1 {
                let at = ((z * rows + y) * width + columns.0) * self.channels + c;
                let (mut dy, mut places) = (self.dy.add(at), self.places.add(at));
                for _ in columns.0..columns.1 {
                    for v in 0..V {
                        let holds = i32x4_eq(load(places.add(v * 4).cast()), place);
                        sums[v] = f32x4_add(sums[v], v128_and(load(dy.add(v * 4)), holds));
                    }
                    dy = dy.add(self.channels);
                    places = places.add(self.channels);
                }
            }
        }
        sums
    }
}
