//! Pooling by the mean of each window, four channels at a time.

use crate::control::memory::scratch;
use crate::movement::fill;
use crate::pool::windows::{ABREAST, Arguments, CHANNELS, Window, for_each_share};
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;

pub unsafe fn avg_pool(a: &Arguments) {
    let (inputs, outputs) = (a.inputs(), a.outputs());
    let total = a.batch * outputs;
    let parts = (total * a.channels).div_ceil(1 << 12).min(total);
    // Few windows, such as the one of a global pool, are shared by channels.
    let shares = if parts < 8 { a.channels.div_ceil(CHANNELS).min(8) } else { 1 };
    let work = a.batch * a.channels * (a.inputs() + outputs);
    parallel(parts * shares, work, |chunk, thread| {
        let mut window = Window::new(scratch(thread));
        let (begin, end) = part(total, 1, parts, chunk / shares);
        let (first, stop) = part(a.channels, CHANNELS, shares, chunk % shares);
        for p in begin..end {
            let (n, o) = (p / outputs, p % outputs);
            window.move_to(a, o);
            let divisor = f32x4_splat(a.divisor(o));
            let x = a.x.add((n * inputs + window.first) * a.channels);
            let y = a.y.add(p * a.channels);
            let mut c = first;
            while c + 4 * ABREAST <= stop {
                let sums = sum::<ABREAST>(x.add(c), a.channels, &window);
                for v in 0..ABREAST {
                    store(y.add(c + v * 4), f32x4_div(sums[v], divisor));
                }
                c += 4 * ABREAST;
            }
            while c < stop {
                let [sum] = sum::<1>(x.add(c), a.channels, &window);
                store_lanes(y.add(c), f32x4_div(sum, divisor), (stop - c).min(4));
                c += 4;
            }
        }
    });
}

/// Sums of V vectors of channels over a window, row by row.
#[inline(always)]
unsafe fn sum<const V: usize>(x: *const f32, channels: usize, window: &Window) -> [v128; V] {
    let row = window.counts[2];
    let mut total = [zero(); V];
    let mut i = 0;
    while i < window.count {
        let mut sums = [zero(); V];
        for k in i..i + row {
            let from = x.add(window.offset(k) * channels);
            for v in 0..V {
                sums[v] = f32x4_add(sums[v], load(from.add(v * 4)));
            }
        }
        for v in 0..V {
            total[v] = f32x4_add(total[v], sums[v]);
        }
        i += row;
    }
    total
}

/// `x` receives the gradient of the input; `y` holds that of the output.
pub unsafe fn avg_pool_grad(a: &Arguments) {
    let (inputs, outputs, channels) = (a.inputs(), a.outputs(), a.channels);
    fill::zeros(a.x, a.batch * inputs * channels);
    for_each_share(a, |n, (c0, c1), thread| {
        let mut window = Window::new(scratch(thread));
        let dx = a.x.add(n * inputs * channels);
        for o in 0..outputs {
            window.move_to(a, o);
            let divisor = f32x4_splat(a.divisor(o));
            let dx = dx.add(window.first * channels);
            let dy = a.y.add((n * outputs + o) * channels);
            let mut c = c0;
            while c < c1 {
                let share = f32x4_div(load(dy.add(c)), divisor);
                for i in 0..window.count {
                    let to = dx.add(window.offset(i) * channels + c);
                    store_lanes(to, f32x4_add(load(to), share), (c1 - c).min(4));
                }
                c += 4;
            }
        }
    });
}
