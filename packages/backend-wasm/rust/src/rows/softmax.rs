//! Softmax and its logarithm along the middle axis of [outer, n, inner], and their gradients.

use crate::control::interface::shared;
use crate::threads::parallel::{parallel, part};
use crate::vector::exp::Exp;
use crate::vector::log::log;
use crate::vector::simd::*;

/// The first `count` of four lanes, `other` in the rest.
#[inline(always)]
unsafe fn load_some(p: *const f32, count: usize, other: f32) -> v128 {
    if count >= 4 {
        return load(p);
    }
    let lanes = i32x4(0, 1, 2, 3);
    let inside = i32x4_lt(lanes, i32x4_splat(count as i32));
    v128_bitselect(load(p), f32x4_splat(other), inside)
}

#[inline(always)]
fn greatest_lane(v: v128) -> f32 {
    let two = f32x4_max(v, i32x4_shuffle::<2, 3, 2, 3>(v, v));
    let one = f32x4_max(two, i32x4_shuffle::<1, 1, 1, 1>(two, two));
    f32x4_extract_lane::<0>(one)
}

/// y = x - log(sum(exp(x))) of one contiguous row.
pub unsafe fn log_softmax_row(x: *const f32, y: *mut f32, n: usize) {
    let (greatest, total) = scan_row(x, n);
    let shift = f32x4_splat(f32x4_extract_lane::<0>(log(f32x4_splat(total))));
    let greatest = f32x4_splat(greatest);
    let mut i = 0;
    while i < n {
        let value = f32x4_sub(f32x4_sub(load(x.add(i)), greatest), shift);
        store_lanes(y.add(i), value, (n - i).min(4));
        i += 4;
    }
}

unsafe fn softmax_row(x: *const f32, y: *mut f32, n: usize) {
    let (greatest, total) = scan_row(x, n);
    let (greatest, total) = (f32x4_splat(greatest), f32x4_splat(total));
    let e = Exp::new();
    let mut i = 0;
    while i < n {
        let value = f32x4_div(e.exp(f32x4_sub(load(x.add(i)), greatest)), total);
        store_lanes(y.add(i), value, (n - i).min(4));
        i += 4;
    }
}

/// Greatest element of a row, and the sum of exp(x - greatest).
unsafe fn scan_row(x: *const f32, n: usize) -> (f32, f32) {
    let mut most = f32x4_splat(f32::NEG_INFINITY);
    let mut i = 0;
    while i < n {
        most = f32x4_max(most, load_some(x.add(i), n - i, f32::NEG_INFINITY));
        i += 4;
    }
    let greatest = greatest_lane(most);
    let e = Exp::new();
    let mut sum = zero();
    let mut i = 0;
    while i < n {
        let shifted =
            f32x4_sub(load_some(x.add(i), n - i, f32::NEG_INFINITY), f32x4_splat(greatest));
        sum = f32x4_add(sum, e.exp(shifted));
        i += 4;
    }
    (greatest, sum_lanes(sum))
}

shared! {
    "softmax":
    /// Of lines of n elements in [outer, n, inner].
    pub struct Arguments {
        x: *const f32,
        y: *mut f32,
        outer: usize,
        n: usize,
        inner: usize,
        /// 1: the logarithm of the softmax.
        logarithm: u32,
    }
}

pub unsafe fn softmax(a: &Arguments) {
    let &Arguments { x, y, outer, n, inner, logarithm } = a;
    let lines = outer * inner.div_ceil(4);
    let parts = (lines * n).div_ceil(1 << 11).min(lines).max(1);
    parallel(parts, outer * n * inner * 8, |chunk, _| {
        let (begin, end) = part(lines, 1, parts, chunk);
        for line in begin..end {
            if inner == 1 {
                let (x, y) = (x.add(line * n), y.add(line * n));
                if logarithm != 0 {
                    log_softmax_row(x, y, n)
                } else {
                    softmax_row(x, y, n)
                }
                continue;
            }
            let fours = inner.div_ceil(4);
            let at = line / fours * n * inner + line % fours * 4;
            let lanes = (inner - line % fours * 4).min(4);
            softmax_columns(x.add(at), y.add(at), n, inner, lanes, logarithm != 0);
        }
    });
}

/// Up to four columns side by side.
unsafe fn softmax_columns(
    x: *const f32,
    y: *mut f32,
    n: usize,
    inner: usize,
    lanes: usize,
    logarithm: bool,
) {
    let mut greatest = f32x4_splat(f32::NEG_INFINITY);
    for i in 0..n {
        greatest = f32x4_max(greatest, load(x.add(i * inner)));
    }
    let e = Exp::new();
    let mut sum = zero();
    for i in 0..n {
        sum = f32x4_add(sum, e.exp(f32x4_sub(load(x.add(i * inner)), greatest)));
    }
    let shift = log(sum);
    for i in 0..n {
        let shifted = f32x4_sub(load(x.add(i * inner)), greatest);
        let value =
            if logarithm { f32x4_sub(shifted, shift) } else { f32x4_div(e.exp(shifted), sum) };
        store_lanes(y.add(i * inner), value, lanes);
    }
}

shared! {
    "softmaxGrad":
    pub struct Gradient {
        y: *const f32,
        dy: *const f32,
        dx: *mut f32,
        outer: usize,
        n: usize,
        inner: usize,
        logarithm: u32,
    }
}

pub unsafe fn softmax_grad(a: &Gradient) {
    let &Gradient { y, dy, dx, outer, n, inner, logarithm } = a;
    let fours = inner.div_ceil(4);
    let lines = outer * fours;
    let parts = (lines * n).div_ceil(1 << 11).min(lines).max(1);
    parallel(parts, outer * n * inner * 4, |chunk, _| {
        let (begin, end) = part(lines, 1, parts, chunk);
        for line in begin..end {
            let at = line / fours * n * inner + line % fours * 4;
            let lanes = (inner - line % fours * 4).min(4);
            let (y, dy, dx) = (y.add(at), dy.add(at), dx.add(at));
            if inner == 1 {
                grad_row(y, dy, dx, n, logarithm != 0);
            } else {
                grad_columns(y, dy, dx, n, inner, lanes, logarithm != 0);
            }
        }
    });
}

#[inline(always)]
fn term(y: v128, dy: v128, logarithm: bool) -> v128 {
    if logarithm { dy } else { f32x4_mul(y, dy) }
}

#[inline(always)]
fn gradient(e: &Exp, y: v128, dy: v128, total: v128, logarithm: bool) -> v128 {
    if logarithm {
        f32x4_sub(dy, f32x4_mul(e.exp(y), total))
    } else {
        f32x4_mul(y, f32x4_sub(dy, total))
    }
}

unsafe fn grad_row(y: *const f32, dy: *const f32, dx: *mut f32, n: usize, logarithm: bool) {
    let mut sum = zero();
    let mut i = 0;
    while i < n {
        let outputs = load_some(y.add(i), n - i, 0.0);
        sum = f32x4_add(sum, term(outputs, load_some(dy.add(i), n - i, 0.0), logarithm));
        i += 4;
    }
    let total = f32x4_splat(sum_lanes(sum));
    let e = Exp::new();
    let mut i = 0;
    while i < n {
        let value = gradient(&e, load(y.add(i)), load(dy.add(i)), total, logarithm);
        store_lanes(dx.add(i), value, (n - i).min(4));
        i += 4;
    }
}

unsafe fn grad_columns(
    y: *const f32,
    dy: *const f32,
    dx: *mut f32,
    n: usize,
    inner: usize,
    lanes: usize,
    logarithm: bool,
) {
    let mut total = zero();
    for i in 0..n {
        total = f32x4_add(total, term(load(y.add(i * inner)), load(dy.add(i * inner)), logarithm));
    }
    let e = Exp::new();
    for i in 0..n {
        let at = i * inner;
        store_lanes(
            dx.add(at),
            gradient(&e, load(y.add(at)), load(dy.add(at)), total, logarithm),
            lanes,
        );
    }
}
