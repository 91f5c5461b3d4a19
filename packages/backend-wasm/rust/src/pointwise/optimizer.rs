//! Optimiser steps in place, equation by equation as torch.optim.

use crate::control::interface::shared;
use crate::threads::parallel::{even, parallel, part};
use crate::vector::simd::*;

shared! {
    "sgd":
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
}

pub unsafe fn sgd_step(s: &Sgd) {
    share(s.count, s.count / 4, |range| match (s.velocity.is_null(), s.first, s.nesterov) {
        (true, ..) => plain(s, range),
        (_, 0, 0) => with_momentum::<false, false>(s, range),
        (_, 0, _) => with_momentum::<false, true>(s, range),
        (_, _, 0) => with_momentum::<true, false>(s, range),
        _ => with_momentum::<true, true>(s, range),
    });
}

/// The bits of a value that decays: none without decay, since 0 times an infinite value is NaN.
#[inline(always)]
fn decaying(weight_decay: f32) -> v128 {
    i32x4_splat(if weight_decay == 0.0 { 0 } else { -1 })
}

#[inline(never)]
unsafe fn plain(s: &Sgd, range: (usize, usize)) {
    let (rate, decay, sign) = (held(&s.learning_rate), held(&s.weight_decay), held(&s.sign));
    let decaying = decaying(s.weight_decay);
    update([s.parameter], s.gradient, range, |[value], gradient| {
        let d = f32x4_add(f32x4_mul(sign, gradient), f32x4_mul(decay, v128_and(value, decaying)));
        [f32x4_sub(value, f32x4_mul(rate, d))]
    });
}

#[inline(never)]
unsafe fn with_momentum<const FIRST: bool, const NESTEROV: bool>(s: &Sgd, range: (usize, usize)) {
    let (rate, decay, sign) = (held(&s.learning_rate), held(&s.weight_decay), held(&s.sign));
    let decaying = decaying(s.weight_decay);
    let (momentum, share) = (held(&s.momentum), held(&s.share));
    update([s.parameter, s.velocity], s.gradient, range, |[value, velocity], gradient| {
        let d = f32x4_add(f32x4_mul(sign, gradient), f32x4_mul(decay, v128_and(value, decaying)));
        let v =
            if FIRST { d } else { f32x4_add(f32x4_mul(momentum, velocity), f32x4_mul(share, d)) };
        let direction = if NESTEROV { f32x4_add(d, f32x4_mul(momentum, v)) } else { v };
        [f32x4_sub(value, f32x4_mul(rate, direction)), v]
    });
}

shared! {
    "adam":
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
}

pub unsafe fn adam_step(s: &Adam) {
    share(s.count, s.count, |range| adam(s, range));
}

#[inline(never)]
unsafe fn adam(s: &Adam, range: (usize, usize)) {
    let (sign, decay, shrink) = (held(&s.sign), held(&s.weight_decay), held(&s.shrink));
    let decaying = decaying(s.weight_decay);
    let (beta1, rest1) = (held(&s.beta1), held(&s.rest1));
    let (beta2, rest2) = (held(&s.beta2), held(&s.rest2));
    let (rate, correction, epsilon) = (held(&s.rate), held(&s.correction), held(&s.epsilon));
    let state = [s.parameter, s.mean, s.square];
    update(state, s.gradient, range, |[value, mean, square], gradient| {
        let g = f32x4_add(f32x4_mul(sign, gradient), f32x4_mul(decay, v128_and(value, decaying)));
        let value = f32x4_mul(value, shrink);
        let mean = f32x4_add(f32x4_mul(beta1, mean), f32x4_mul(rest1, g));
        let square = f32x4_add(f32x4_mul(beta2, square), f32x4_mul(f32x4_mul(rest2, g), g));
        let root = f32x4_mul(f32x4_sqrt(square), correction);
        let step = f32x4_div(f32x4_mul(rate, mean), f32x4_add(root, epsilon));
        [f32x4_sub(value, step), mean, square]
    });
}

/// Calls `body(range)` for ranges that make up `count` elements.
fn share(count: usize, nanoseconds: usize, body: impl Fn((usize, usize))) {
    let parts = even(count.div_ceil(1 << 13));
    parallel(parts, nanoseconds, |chunk, _| body(part(count, 16, parts, chunk)));
}

/// state = value(state, gradient), element by element of a range.
#[inline(always)]
unsafe fn update<const S: usize>(
    state: [*mut f32; S],
    gradient: *const f32,
    (begin, end): (usize, usize),
    value: impl Fn([v128; S], v128) -> [v128; S],
) {
    let mut i = begin;
    while i < end {
        let old = state.map(|p| load_turn(p.add(i)));
        let g = load_turn(gradient.add(i));
        let new: [_; 2] = core::array::from_fn(|v| value(old.map(|turn| turn[v]), g[v]));
        for (s, to) in state.iter().enumerate() {
            store_turn(to.add(i), new.map(|vector| vector[s]), end - i);
        }
        i += TURN;
    }
}
