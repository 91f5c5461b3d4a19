//! Pooling by the greatest of each window, four channels at a time.

use crate::control::memory::scratch;
use crate::movement::fill;
use crate::pool::windows::{ABREAST, Arguments, Window, for_each_share};
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;

pub unsafe fn max_pool(a: &Arguments) {
    let (inputs, outputs) = (a.inputs(), a.outputs());
    let total = a.batch * outputs;
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    parallel(parts, total * a.channels * 3, |chunk, thread| {
        let mut window = Window::new(scratch(thread));
        let (begin, end) = part(total, 1, parts, chunk);
        for p in begin..end {
            let (n, o) = (p / outputs, p % outputs);
            window.move_to(a, o);
            let x = a.x.add((n * inputs + window.first) * a.channels);
            let y = a.y.add(p * a.channels);
            let indices = a.indices.add(p * a.channels);
            let mut c = 0;
            while c + 4 * ABREAST <= a.channels {
                let (values, places) = greatest::<ABREAST>(x.add(c), a.channels, &window);
                for v in 0..ABREAST {
                    store(y.add(c + v * 4), values[v]);
                    store(indices.add(c + v * 4).cast(), places[v]);
                }
                c += 4 * ABREAST;
            }
            while c < a.channels {
                let ([value], [place]) = greatest::<1>(x.add(c), a.channels, &window);
                let lanes = (a.channels - c).min(4);
                store_lanes(y.add(c), value, lanes);
                store_lanes(indices.add(c).cast(), place, lanes);
                c += 4;
            }
        }
    });
}

/// Greatest values of V vectors of channels over a window, and where: the first of equals, but the
/// last NaN.
#[inline(always)]
unsafe fn greatest<const V: usize>(
    x: *const f32,
    channels: usize,
    window: &Window,
) -> ([v128; V], [v128; V]) {
    let mut best: [v128; V] = core::array::from_fn(|v| load(x.add(v * 4)));
    let mut places = [u32x4_splat(0); V];
    for i in 1..window.count {
        let at = window.offset(i);
        let from = x.add(at * channels);
        let place = u32x4_splat(at as u32);
        for v in 0..V {
            let value = load(from.add(v * 4));
            // Greater than nothing, a NaN is taken for being one.
            let better = v128_or(f32x4_gt(value, best[v]), f32x4_ne(value, value));
            best[v] = v128_bitselect(value, best[v], better);
            places[v] = v128_bitselect(place, places[v], better);
        }
    }
    let first = u32x4_splat(window.first as u32);
    (best, places.map(|place| i32x4_add(place, first)))
}

/// `x` receives the gradient of the input; `y` holds that of the output.
pub unsafe fn max_pool_grad(a: &Arguments) {
    let (inputs, outputs, channels) = (a.inputs(), a.outputs(), a.channels);
    fill::zeros(a.x, a.batch * inputs * channels);
    for_each_share(a, |n, (c0, c1), _| {
        let dx = a.x.add(n * inputs * channels);
        for o in 0..outputs {
            let at = (n * outputs + o) * channels;
            for c in c0..c1 {
                let place = *a.indices.add(at + c) as usize;
                *dx.add(place * channels + c) += *a.y.add(at + c);
            }
        }
    });
}
