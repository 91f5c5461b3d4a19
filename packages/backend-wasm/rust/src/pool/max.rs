//! Pooling by the greatest of each window, run by run of windows. Those of the usual sizes are unrolled.

use crate::pool::lines::{Line, Run, for_each_strip};
use crate::pool::windows::{ABREAST, Arguments};
use crate::threads::parallel::{parallel, part};
use crate::vector::bounds::at_least;
use crate::vector::simd::*;

/// Values alone where there is no memory for the indices.
pub unsafe fn max_pool(a: &Arguments) {
    let total = a.batch * a.outputs();
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    parallel(parts, total * a.channels * 3, |chunk, _| {
        for_each_strip(a, part(total, 1, parts, chunk), |strip| {
            let line = Line::of(a, strip.z, strip.y);
            let inputs = a.x.add(strip.n * a.inputs() * a.channels);
            let mut o = strip.from;
            while o < strip.to {
                let run = line.run(a, o, strip.to);
                let at = (strip.before + o) * a.channels;
                let windows = Windows {
                    x: inputs.add(run.first * a.channels),
                    y: a.y.add(at),
                    indices: a.indices.wrapping_add(at),
                    channels: a.channels,
                    line: &line,
                    run: &run,
                };
                if a.indices.is_null() {
                    windows.find::<false>()
                } else {
                    windows.find::<true>()
                }
                o += run.count;
            }
        });
    });
}

/// The windows of a run, where the first of them begins, and where its results go.
struct Windows<'a> {
    x: *const f32,
    y: *mut f32,
    indices: *mut i32,
    channels: usize,
    line: &'a Line,
    run: &'a Run,
}

impl Windows<'_> {
    unsafe fn find<const PLACES: bool>(&self) {
        match (self.line.planes, self.line.rows, self.run.columns) {
            (1, 1, 2) => self.walk::<PLACES, 1, 2>(),
            (1, 1, 3) => self.walk::<PLACES, 1, 3>(),
            (1, 2, 2) => self.walk::<PLACES, 2, 2>(),
            (1, 3, 3) => self.walk::<PLACES, 3, 3>(),
            _ => self.walk::<PLACES, 0, 0>(),
        }
    }

    /// Windows of one plane with `ROWS` rows of `COLUMNS` pixels; 0 is as many as there are.
    #[inline(never)]
    unsafe fn walk<const PLACES: bool, const ROWS: usize, const COLUMNS: usize>(&self) {
        let channels = self.channels;
        for o in 0..self.run.count {
            let x = self.x.add(o * self.run.step * channels);
            let y = self.y.add(o * channels);
            let indices = self.indices.wrapping_add(o * channels);
            let first = u32x4_splat((self.run.first + o * self.run.step) as u32);
            let mut c = 0;
            while c + 4 * ABREAST <= channels {
                let found = self.greatest::<ABREAST, PLACES, ROWS, COLUMNS>(x.add(c));
                for v in 0..ABREAST {
                    store(y.add(c + v * 4), found.values[v]);
                }
                if PLACES {
                    for v in 0..ABREAST {
                        store(indices.add(c + v * 4).cast(), i32x4_add(found.places[v], first));
                    }
                }
                c += 4 * ABREAST;
            }
            while c < channels {
                // The last vector covers some channels once more, so that it is a whole one.
                let at = if c + 4 > channels && channels >= 4 { channels - 4 } else { c };
                let lanes = (channels - at).min(4);
                let found = self.greatest::<1, PLACES, ROWS, COLUMNS>(x.add(at));
                store_lanes(y.add(at), found.values[0], lanes);
                if PLACES {
                    let places = i32x4_add(found.places[0], first);
                    store_lanes(indices.add(at).cast(), places, lanes);
                }
                c += 4;
            }
        }
    }

    /// The greatest of one window in V vectors of channels.
    #[inline(always)]
    unsafe fn greatest<
        const V: usize,
        const PLACES: bool,
        const ROWS: usize,
        const COLUMNS: usize,
    >(
        &self,
        x: *const f32,
    ) -> Greatest<V, PLACES> {
        let steps = &self.line.steps;
        let mut found = Greatest::of(x);
        if ROWS > 0 {
            for row in 0..ROWS {
                for column in 0..COLUMNS {
                    let from = x.add(row * self.line.row).add(column * self.line.column);
                    found.meet(from, row * steps.row + column * steps.column);
                }
            }
        } else {
            self.line.for_each_row_of_pixels(|pixels| {
                let (mut from, mut place) = (x.add(pixels * self.channels), pixels);
                for _ in 0..self.run.columns {
                    found.meet(from, place);
                    from = from.add(self.line.column);
                    place += steps.column;
                }
            });
        }
        found.end()
    }
}

/// The greatest of what was met, the first of equals, but the last NaN.
struct Greatest<const V: usize, const PLACES: bool> {
    values: [v128; V],
    /// Pixels from the first of the window.
    places: [v128; V],
    /// Without places, the lanes that have met a NaN.
    strange: [v128; V],
}

impl<const V: usize, const PLACES: bool> Greatest<V, PLACES> {
    /// Of the first of a window.
    #[inline(always)]
    unsafe fn of(x: *const f32) -> Self {
        let values = core::array::from_fn(|v| load(x.add(v * 4)));
        Greatest { values, places: [u32x4_splat(0); V], strange: [u32x4_splat(0); V] }
    }

    #[inline(always)]
    unsafe fn meet(&mut self, x: *const f32, place: usize) {
        let place = u32x4_splat(place as u32);
        for v in 0..V {
            let value = load(x.add(v * 4));
            let is_strange = f32x4_ne(value, value);
            if PLACES {
                // Greater than nothing, a NaN is taken for being one.
                let better = v128_or(f32x4_gt(value, self.values[v]), is_strange);
                self.values[v] = v128_bitselect(value, self.values[v], better);
                // Places ascend, so that the new one is the greater.
                self.places[v] = i32x4_max(self.places[v], v128_and(place, better));
            } else {
                self.values[v] = at_least(self.values[v], value);
                self.strange[v] = v128_or(self.strange[v], is_strange);
            }
        }
    }

    /// All bits set are a NaN.
    #[inline(always)]
    fn end(mut self) -> Self {
        if !PLACES {
            for v in 0..V {
                self.values[v] = v128_or(self.values[v], self.strange[v]);
            }
        }
        self
    }
}
