//! Logarithms, and what is built on them and on e^x. Each function is within about 2 units in the last place of
//! float32.

use crate::vector::exp::{Exp, LN2_HIGH, LN2_LOW};
use crate::vector::polynomial::polynomial;
use crate::vector::simd::*;

/// Natural logarithm: -infinity at 0, NaN below.
#[inline(always)]
pub fn log(x: v128) -> v128 {
    let subnormal = f32x4_lt(x, f32x4_splat(f32::MIN_POSITIVE));
    let scaled = v128_bitselect(f32x4_mul(x, f32x4_splat(8_388_608.0)), x, subnormal);
    // Mantissa in [sqrt(1/2), sqrt(2)).
    let bits = i32x4_sub(scaled, i32x4_splat(0x3f35_04f3));
    let exponent = i32x4_shr(bits, 23);
    let mantissa = i32x4_sub(scaled, i32x4_shl(exponent, 23));
    let bias = v128_and(subnormal, f32x4_splat(23.0));
    let e = f32x4_sub(f32x4_convert_i32x4(exponent), bias);
    let f = f32x4_sub(mantissa, f32x4_splat(1.0));
    // log(1 + f) = 2 artanh(s) = 2 s + 2 s^3 / 3 + …
    let s = f32x4_div(f, f32x4_add(f, f32x4_splat(2.0)));
    let z = f32x4_mul(s, s);
    let series = f32x4_mul(z, polynomial(z, [2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0]));
    // 2 s + s * series, in the form f - s * (f - series) that keeps the bits of f.
    let fraction = f32x4_sub(f, f32x4_mul(s, f32x4_sub(f, series)));
    let low = f32x4_add(f32x4_mul(e, f32x4_splat(LN2_LOW)), fraction);
    let value = f32x4_add(f32x4_mul(e, f32x4_splat(LN2_HIGH)), low);
    let value = v128_bitselect(x, value, f32x4_eq(x, f32x4_splat(f32::INFINITY)));
    let value = v128_bitselect(f32x4_splat(f32::NEG_INFINITY), value, f32x4_eq(x, zero()));
    let invalid = v128_not(f32x4_ge(x, zero()));
    v128_bitselect(f32x4_splat(f32::NAN), value, invalid)
}

/// log(1 + x), exact near 0 by Kahan's correction of the rounding of 1 + x.
#[inline(always)]
pub fn log1p(x: v128) -> v128 {
    let one = f32x4_splat(1.0);
    let u = f32x4_add(one, x);
    let rest = f32x4_sub(u, one);
    let corrected = f32x4_mul(log(u), f32x4_div(x, rest));
    let value = v128_bitselect(x, corrected, f32x4_eq(rest, zero()));
    let infinite = f32x4_eq(x, f32x4_splat(f32::INFINITY));
    v128_bitselect(x, value, infinite)
}

/// log(1 + e^x), x itself where the rest is lost.
#[inline(always)]
pub fn softplus(e: &Exp, x: v128) -> v128 {
    // max(x, 0) + log(1 + e^-|x|) never overflows.
    let tail = log1p(e.exp(f32x4_neg(f32x4_abs(x))));
    f32x4_add(f32x4_max(x, zero()), tail)
}
