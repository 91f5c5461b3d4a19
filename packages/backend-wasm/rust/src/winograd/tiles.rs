//! Tiles of inputs and outputs on their way to the planes of Winograd's transform, and back.

use crate::product::tile::Ending;
use crate::vector::simd::*;
use crate::winograd::forms::Form;
use crate::winograd::problem::Problem;

/// Where the R x N pixels lie that the output tile at a place needs, and the floats from one row of
/// them to the next: in the input, or at the border copied to `patch` with zeros around them.
pub unsafe fn input_tile<const N: usize, const R: usize>(
    p: &Problem,
    (slice, h, w): (usize, usize, usize),
    patch: *mut f32,
) -> (*const f32, usize) {
    let channels = p.channels;
    let [_, height, width] = p.input.map(|extent| extent as isize);
    let top = h as isize - p.pad[1];
    let left = w as isize - p.pad[2];
    let plane = p.a.source.add(slice * p.input[1] * p.input[2] * channels);
    let row = p.input[2] * channels;
    if top >= 0 && left >= 0 && top + R as isize <= height && left + N as isize <= width {
        return (plane.add(top as usize * row + left as usize * channels), row);
    }
    let begin = left.clamp(0, width);
    let stop = (left + N as isize).clamp(0, width);
    let before = (begin - left).clamp(0, N as isize) as usize;
    let inside = (stop - begin) as usize;
    for r in 0..R {
        let line = patch.add(r * N * channels);
        let y = top + r as isize;
        if y < 0 || y >= height {
            clear(line, N * channels);
            continue;
        }
        clear(line, before * channels);
        let from = plane.add(y as usize * row + begin as usize * channels);
        copy(from, line.add(before * channels), inside * channels);
        let behind = before + inside;
        clear(line.add(behind * channels), (N - behind) * channels);
    }
    (patch, N * channels)
}

/// A tile of inputs on its way to the planes.
pub struct InputTile {
    pub from: *const f32,
    pub row: usize,
    pub pixel: usize,
    pub to: *mut f32,
    pub plane: usize,
}

impl InputTile {
    /// V vectors of channels from `channel` on.
    #[inline(never)]
    pub unsafe fn transform<
        F: Form<N, M>,
        const N: usize,
        const M: usize,
        const R: usize,
        const V: usize,
    >(
        &self,
        channel: usize,
    ) {
        let from = self.from.add(channel);
        let to = self.to.add(channel);
        let mut rows = [[[zero(); V]; N]; R];
        for (h, row) in rows.iter_mut().enumerate() {
            let mut d = [[zero(); N]; V];
            for w in 0..N {
                for (v, line) in d.iter_mut().enumerate() {
                    line[w] = load(from.add(h * self.row + w * self.pixel + v * 4));
                }
            }
            let d = d.map(F::input);
            for w in 0..N {
                row[w] = core::array::from_fn(|v| d[v][w]);
            }
        }
        for w in 0..N {
            if R == 1 {
                for v in 0..V {
                    store(to.add(w * self.plane + v * 4), rows[0][w][v]);
                }
                continue;
            }
            let d: [[v128; N]; V] = core::array::from_fn(|v| {
                F::input(core::array::from_fn(|h| rows[h.min(R - 1)][w][v]))
            });
            for h in 0..N {
                for (v, line) in d.iter().enumerate() {
                    store(to.add((h * N + w) * self.plane + v * 4), line[h]);
                }
            }
        }
    }
}

/// A tile of outputs on its way from the planes.
pub struct OutputTile {
    pub from: *const f32,
    pub plane: usize,
    pub bias: *const f32,
    pub ending: Ending,
    pub to: *mut f32,
    pub row: usize,
    pub pixel: usize,
    /// Rows and columns that lie within the output.
    pub height: usize,
    pub width: usize,
}

impl OutputTile {
    /// V vectors of channels from `channel` on.
    #[inline(never)]
    pub unsafe fn transform<
        F: Form<N, M>,
        const N: usize,
        const M: usize,
        const R: usize,
        const V: usize,
    >(
        &self,
        channel: usize,
    ) {
        let from = self.from.add(channel);
        let mut bias = [zero(); V];
        if !self.bias.is_null() {
            for (v, b) in bias.iter_mut().enumerate() {
                *b = load(self.bias.add(channel + v * 4));
            }
        }
        // [column of the transform, row of the output]
        let mut columns = [[[zero(); V]; M]; N];
        for (w, column) in columns.iter_mut().enumerate() {
            if R == 1 {
                column[0] = core::array::from_fn(|v| load(from.add(w * self.plane + v * 4)));
                continue;
            }
            let p: [[v128; M]; V] = core::array::from_fn(|v| {
                F::output(core::array::from_fn(|h| {
                    load(from.add((h * N + w) * self.plane + v * 4))
                }))
            });
            for h in 0..M {
                column[h] = core::array::from_fn(|v| p[v][h]);
            }
        }
        for h in 0..if R == 1 { 1 } else { M } {
            if h >= self.height {
                break;
            }
            let y: [[v128; M]; V] =
                core::array::from_fn(|v| F::output(core::array::from_fn(|w| columns[w][h][v])));
            let to = self.to.add(h * self.row + channel);
            for w in 0..M {
                if w < self.width {
                    let sums = core::array::from_fn(|v| f32x4_add(y[v][w], bias[v]));
                    self.ending.store::<V>(sums, to.add(w * self.pixel));
                }
            }
        }
    }
}
