//! The weights of a convolution by Winograd's minimal filtering, transformed and packed.

use crate::product::panels::*;
use crate::threads::parallel::parallel;
use crate::vector::simd::*;
use crate::winograd::forms::Form;
use crate::winograd::problem::Problem;

/// Transforms the weights and packs each plane into panels.
pub unsafe fn pack<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    p: &Problem,
    packed: *mut f32,
) {
    let (channels, columns, k) = (p.channels, p.columns, p.k());
    let plane = panel_floats(columns, k);
    parallel(panel_count(columns), columns * k * R * N, |panel, _| {
        let first = panel_start(columns, panel);
        let width = panel_width(columns - first);
        let to = packed.add(first * k);
        for row in 0..k {
            for half in 0..width / 4 {
                let (depth, channel) = (row / channels, row % channels);
                let kernels = Kernels { p, first: first + half * 4, depth, channel };
                let to = to.add(row * width + half * 4);
                transform_kernels::<F, N, M, R>(&kernels, to, plane);
            }
        }
    });
}

/// The kernels of four output channels from `first` on, for one tap along the depth and one source channel.
struct Kernels<'a> {
    p: &'a Problem<'a>,
    first: usize,
    depth: usize,
    channel: usize,
}

impl Kernels<'_> {
    /// The three taps of row `h`.
    #[inline(always)]
    unsafe fn row(&self, h: usize) -> [v128; 3] {
        let Problem { a, column_step, channel_step, is_turned, .. } = *self.p;
        let last = a.tap_count() - 1;
        let from = a.weight.add(self.first * column_step + self.channel * channel_step);
        core::array::from_fn(|w| {
            let tap = (self.depth * a.taps[1] + h) * 3 + w;
            let tap = if is_turned { last - tap } else { tap };
            let value = |column: usize| *from.add(column * column_step + tap);
            f32x4(value(0), value(1), value(2), value(3))
        })
    }
}

#[inline(never)]
unsafe fn transform_kernels<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    kernels: &Kernels,
    to: *mut f32,
    plane: usize,
) {
    if R == 1 {
        for (w, value) in F::weight(kernels.row(0)).into_iter().enumerate() {
            store(to.add(w * plane), value);
        }
        return;
    }
    let rows: [[v128; N]; 3] = core::array::from_fn(|h| F::weight(kernels.row(h)));
    for w in 0..N {
        let line = F::weight([rows[0][w], rows[1][w], rows[2][w]]);
        for (h, value) in line.into_iter().enumerate() {
            store(to.add((h * N + w) * plane), value);
        }
    }
}
