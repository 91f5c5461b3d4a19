//! Optimiser steps in place, equation by equation as torch.optim.

use crate::control::arguments;
use crate::parallel::{parallel, part};
use crate::simd::*;

#[repr(C)]
pub struct Sgd {
    parameter: *mut f32,
    gradient: *const f32,
    /// Null where the momentum is 0.
    velocity: *mut f32,
    count: usize,
    learning_rate: f32,
    momentum: f32,
    /// 1 - dampening.
    share: f32,
    weight_decay: f32,
    /// -1 to maximise.
    sign: f32,
    nesterov: u32,
    /// The first step copies the gradient into the velocity.
    first: u32,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sgd_step() {
    let s: &Sgd = arguments();
    let parts = s.count.div_ceil(1 << 14);
    parallel(parts, s.count / 2, |chunk, _| {
        let (begin, end) = part(s.count, 16, parts, chunk);
        let mut i = begin;
        while i < end {
            let lanes = (end - i).min(4);
            let value = load(s.parameter.add(i));
            let gradient = f32x4_mul(f32x4_splat(s.sign), load(s.gradient.add(i)));
            let decay = f32x4_mul(f32x4_splat(s.weight_decay), value);
            let mut d = f32x4_add(gradient, decay);
            if !s.velocity.is_null() {
                let v = if s.first != 0 {
                    d
                } else {
                    let kept = f32x4_mul(f32x4_splat(s.momentum), load(s.velocity.add(i)));
                    f32x4_add(kept, f32x4_mul(f32x4_splat(s.share), d))
                };
                store_lanes(s.velocity.add(i), v, lanes);
                d = if s.nesterov != 0 {
                    f32x4_add(d, f32x4_mul(f32x4_splat(s.momentum), v))
                } else {
                    v
                };
            }
            let step = f32x4_mul(f32x4_splat(s.learning_rate), d);
            store_lanes(s.parameter.add(i), f32x4_sub(value, step), lanes);
            i += 4;
        }
    });
}

#[repr(C)]
pub struct Adam {
    parameter: *mut f32,
    gradient: *const f32,
    mean: *mut f32,
    square: *mut f32,
    count: usize,
    /// Learning rate / (1 - beta1^step).
    rate: f32,
    beta1: f32,
    /// 1 - beta1, rounded once from double precision.
    rest1: f32,
    beta2: f32,
    rest2: f32,
    /// 1 / sqrt(1 - beta2^step).
    correction: f32,
    epsilon: f32,
    /// Added to the gradient, as a share of the value.
    weight_decay: f32,
    /// The value is multiplied by this first: 1 - learning rate x decay where decay is decoupled.
    shrink: f32,
    sign: f32,
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn adam_step() {
    let s: &Adam = arguments();
    let parts = s.count.div_ceil(1 << 13);
    parallel(parts, s.count * 2, |chunk, _| {
        let (begin, end) = part(s.count, 16, parts, chunk);
        let mut i = begin;
        while i < end {
            let lanes = (end - i).min(4);
            let value = load(s.parameter.add(i));
            let g = f32x4_add(
                f32x4_mul(f32x4_splat(s.sign), load(s.gradient.add(i))),
                f32x4_mul(f32x4_splat(s.weight_decay), value),
            );
            let value = f32x4_mul(value, f32x4_splat(s.shrink));
            let mean = f32x4_add(
                f32x4_mul(f32x4_splat(s.beta1), load(s.mean.add(i))),
                f32x4_mul(f32x4_splat(s.rest1), g),
            );
            let square = f32x4_add(
                f32x4_mul(f32x4_splat(s.beta2), load(s.square.add(i))),
                f32x4_mul(f32x4_mul(f32x4_splat(s.rest2), g), g),
            );
            let root = f32x4_mul(f32x4_sqrt(square), f32x4_splat(s.correction));
            let denominator = f32x4_add(root, f32x4_splat(s.epsilon));
            let step = f32x4_div(f32x4_mul(f32x4_splat(s.rate), mean), denominator);
            store_lanes(s.mean.add(i), mean, lanes);
            store_lanes(s.square.add(i), square, lanes);
            store_lanes(s.parameter.add(i), f32x4_sub(value, step), lanes);
            i += 4;
        }
    });
}
