//! Softmax cross-entropy against class labels, rows of contiguous classes.

use crate::control::interface::{numbered, shared};
use crate::rows::softmax::log_softmax_row;
use crate::threads::parallel::{parallel, part};
use crate::vector::exp::Exp;
use crate::vector::simd::*;

shared! {
    "crossEntropy":
    pub struct Arguments {
        /// Logits, or in the gradient the log-probabilities.
        x: *const f32,
        target: *const i32,
        /// Weight of each class, or null.
        weight: *const f32,
        /// The loss, reduced or of each row, or in the gradient its gradient.
        loss: *mut f32,
        /// Log-probabilities, or in the gradient the gradient of the logits.
        out: *mut f32,
        rows: usize,
        classes: usize,
        ignore: i32,
        smoothing: f32,
        reduction: Reduction,
        /// Loss of each row: `loss` itself where it is not reduced. Not used by the gradient.
        losses: *mut f32,
        /// Weight of the rows that count, which the mean divides by.
        counted: *mut f32,
    }
}

numbered! {
    "reductions":
    pub enum Reduction {
        None,
        Sum,
        Mean,
    }
}

impl Arguments {
    unsafe fn weight_of(&self, class: usize) -> f32 {
        if self.weight.is_null() { 1.0 } else { *self.weight.add(class) }
    }

    /// Smoothing spread over the classes.
    fn spread(&self) -> f32 {
        self.smoothing / self.classes as f32
    }
}

/// Returns 0, or 1 + the row of the first label that is no class.
pub unsafe fn cross_entropy(a: &Arguments) -> usize {
    for row in 0..a.rows {
        let label = *a.target.add(row);
        if label != a.ignore && (label < 0 || label as usize >= a.classes) {
            return row + 1;
        }
    }
    let parts = (a.rows * a.classes).div_ceil(1 << 11).min(a.rows);
    parallel(parts, a.rows * a.classes * 8, |chunk, _| {
        let (begin, end) = part(a.rows, 1, parts, chunk);
        for row in begin..end {
            let logs = a.out.add(row * a.classes);
            log_softmax_row(a.x.add(row * a.classes), logs, a.classes);
            let label = *a.target.add(row);
            a.losses.add(row).write(if label == a.ignore {
                0.0
            } else {
                loss(a, logs, label as usize)
            });
        }
    });
    if a.reduction != Reduction::None {
        reduce(a);
    }
    0
}

/// The losses of all rows added up, in order.
unsafe fn reduce(a: &Arguments) {
    let mut total = 0.0;
    let mut counted = 0.0;
    for row in 0..a.rows {
        let label = *a.target.add(row);
        if label != a.ignore {
            total += *a.losses.add(row) as f64;
            counted += a.weight_of(label as usize) as f64;
        }
    }
    a.counted.write(counted as f32);
    a.loss.write(if a.reduction == Reduction::Mean { total / counted } else { total } as f32);
}

unsafe fn loss(a: &Arguments, logs: *const f32, label: usize) -> f32 {
    let mut total = -(1.0 - a.smoothing) * a.weight_of(label) * *logs.add(label);
    if a.smoothing > 0.0 {
        let mut spread = 0.0;
        for class in 0..a.classes {
            spread -= a.weight_of(class) * *logs.add(class);
        }
        total += a.spread() * spread;
    }
    total
}

pub unsafe fn cross_entropy_grad(a: &Arguments) {
    let mut weights = a.classes as f32;
    if !a.weight.is_null() {
        weights = 0.0;
        for class in 0..a.classes {
            weights += *a.weight.add(class);
        }
    }
    let reduced = if a.reduction == Reduction::Mean { *a.loss / *a.counted } else { *a.loss };
    let parts = (a.rows * a.classes).div_ceil(1 << 11).min(a.rows);
    parallel(parts, a.rows * a.classes * 6, |chunk, _| {
        let (begin, end) = part(a.rows, 1, parts, chunk);
        for row in begin..end {
            let out = a.out.add(row * a.classes);
            let label = *a.target.add(row);
            // A label out of range was an error of the forward pass.
            if label == a.ignore || label < 0 || label as usize >= a.classes {
                clear(out, a.classes);
                continue;
            }
            let g = if a.reduction == Reduction::None { *a.loss.add(row) } else { reduced };
            grad_row(a, row, label as usize, weights, g, out);
        }
    });
}

unsafe fn grad_row(a: &Arguments, row: usize, label: usize, weights: f32, g: f32, out: *mut f32) {
    let certain = (1.0 - a.smoothing) * a.weight_of(label);
    let total = certain + a.spread() * weights;
    let logs = a.x.add(row * a.classes);
    let e = Exp::new();
    let mut i = 0;
    while i < a.classes {
        let mut value = f32x4_mul(f32x4_splat(total), e.exp(load(logs.add(i))));
        if a.smoothing > 0.0 {
            let share = if a.weight.is_null() { f32x4_splat(1.0) } else { load(a.weight.add(i)) };
            value = f32x4_sub(value, f32x4_mul(f32x4_splat(a.spread()), share));
        }
        let lanes = (a.classes - i).min(4);
        store_lanes(out.add(i), f32x4_mul(f32x4_splat(g), value), lanes);
        i += 4;
    }
    *out.add(label) -= g * certain;
}
