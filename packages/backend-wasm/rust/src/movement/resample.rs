//! Interpolation and its gradient: a sparse matrix along each spatial axis of planes in row-major
//! order.

use crate::control::interface::shared;
use crate::threads::parallel::{parallel, product};

shared! {
    "resampleAxis":
    /// Compressed rows: output o is the sum of weight[t] times input index[t], t from first[o] to
    /// first[o + 1].
    pub struct Axis {
        first: *const i32,
        index: *const i32,
        weight: *const f32,
        /// Extents of the input and the output.
        from: usize,
        to: usize,
    }
}

impl Axis {
    unsafe fn taps(&self, o: usize) -> core::ops::Range<usize> {
        *self.first.add(o) as usize..*self.first.add(o + 1) as usize
    }
}

shared! {
    "resample":
    pub struct Arguments {
        x: *const f32,
        out: *mut f32,
        planes: usize,
        axes: [Axis; 3],
    }
}

pub unsafe fn resample(g: &Arguments) {
    let [depth, height, width] = &g.axes;
    let from = depth.from * height.from * width.from;
    let to = depth.to * height.to * width.to;
    parallel(g.planes, product([g.planes, from + to, 8]), |plane, _| {
        let x = g.x.add(plane * from);
        let mut out = g.out.add(plane * to);
        for d in 0..depth.to {
            for h in 0..height.to {
                for w in 0..width.to {
                    let mut total = 0.0f64;
                    for i in depth.taps(d) {
                        for j in height.taps(h) {
                            let row = *depth.index.add(i) as usize * height.from
                                + *height.index.add(j) as usize;
                            let scale = *depth.weight.add(i) as f64 * *height.weight.add(j) as f64;
                            for k in width.taps(w) {
                                let value = *x.add(row * width.from + *width.index.add(k) as usize);
                                total += scale * *width.weight.add(k) as f64 * value as f64;
                            }
                        }
                    }
                    out.write(total as f32);
                    out = out.add(1);
                }
            }
        }
    });
}
