//! Elementary functions on four lanes. Polynomials are near-minimax fits (Chebyshev) on the reduced
//! interval; each function is within about 2 units in the last place of float32, where a comment
//! does not say otherwise.

use crate::exp::Exp;
use crate::simd::*;
use core::mem::transmute;

/// ln 2 in two parts, the first with few bits.
pub const LN2_HIGH: f32 = 0.693_359_4;
pub const LN2_LOW: f32 = -2.121_944_4e-4;

/// c[0] + z * c[1] + z^2 * c[2] + …
#[inline(always)]
pub fn polynomial<const N: usize>(z: v128, c: [f32; N]) -> v128 {
    let mut sum = f32x4_splat(c[N - 1]);
    for i in (0..N - 1).rev() {
        sum = multiply_add(sum, z, f32x4_splat(c[i]));
    }
    sum
}

/// Four floats, in the form that LLVM's functions take.
#[repr(simd)]
#[derive(Clone, Copy)]
struct Floats([f32; 4]);

/// The instructions by name. `f32x4_pmin` and `f32x4_pmax` are a comparison and a choice, of which LLVM makes
/// `relaxed_min` and `relaxed_max` where it may use them: of NaN and a number these give either.
#[allow(improper_ctypes, reason = "it is LLVM that is called, not C")]
unsafe extern "unadjusted" {
    #[link_name = "llvm.wasm.pmin.v4f32"]
    fn pmin(a: Floats, b: Floats) -> Floats;
    #[link_name = "llvm.wasm.pmax.v4f32"]
    fn pmax(a: Floats, b: Floats) -> Floats;
}

/// The greater of both, `x` where either is NaN. One instruction, unlike the maximum.
#[inline(always)]
pub fn at_least(x: v128, low: v128) -> v128 {
    // SAFETY: both types are 128 bits of any value, and the function is an instruction.
    unsafe { transmute(pmax(transmute(x), transmute(low))) }
}

/// The lesser of both, `x` where either is NaN. One instruction, unlike the minimum.
#[inline(always)]
pub fn at_most(x: v128, high: v128) -> v128 {
    // SAFETY: as above.
    unsafe { transmute(pmin(transmute(x), transmute(high))) }
}

/// `x` within bounds; NaN stays NaN.
#[inline(always)]
pub fn clamped(x: v128, low: v128, high: v128) -> v128 {
    at_most(at_least(x, low), high)
}

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

/// `magnitude` with the sign of `x`.
#[inline(always)]
pub fn with_sign_of(magnitude: v128, x: v128) -> v128 {
    v128_or(magnitude, v128_and(x, i32x4_splat(i32::MIN)))
}

/// log(1 + e^x), x itself where the rest is lost.
#[inline(always)]
pub fn softplus(e: &Exp, x: v128) -> v128 {
    // max(x, 0) + log(1 + e^-|x|) never overflows.
    let tail = log1p(e.exp(f32x4_neg(f32x4_abs(x))));
    f32x4_add(f32x4_max(x, zero()), tail)
}

/// a^b, lane by lane in double precision, with the special cases of IEEE 754.
pub fn pow(a: v128, b: v128) -> v128 {
    let lane = |x: f32, y: f32| power(x as f64, y as f64) as f32;
    f32x4(
        lane(f32x4_extract_lane::<0>(a), f32x4_extract_lane::<0>(b)),
        lane(f32x4_extract_lane::<1>(a), f32x4_extract_lane::<1>(b)),
        lane(f32x4_extract_lane::<2>(a), f32x4_extract_lane::<2>(b)),
        lane(f32x4_extract_lane::<3>(a), f32x4_extract_lane::<3>(b)),
    )
}

fn power(a: f64, b: f64) -> f64 {
    if b == 0.0 || a == 1.0 || (a == -1.0 && b.is_infinite()) {
        return 1.0;
    }
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    let magnitude = f64::from_bits(a.to_bits() & (u64::MAX >> 1));
    if b.is_infinite() {
        return if (magnitude > 1.0) == (b > 0.0) { f64::INFINITY } else { 0.0 };
    }
    let whole = truncate(b) == b;
    let odd = whole && truncate(b * 0.5) * 2.0 != b;
    let negative = a.is_sign_negative();
    if negative && !whole && magnitude != 0.0 && magnitude.is_finite() {
        return f64::NAN;
    }
    let value = if magnitude == 0.0 || magnitude.is_infinite() {
        if (magnitude == 0.0) == (b > 0.0) { 0.0 } else { f64::INFINITY }
    } else {
        exp_double(b * log_double(magnitude))
    };
    if negative && odd { -value } else { value }
}

fn truncate(x: f64) -> f64 {
    let below = f64x2_extract_lane::<0>(f64x2_trunc(f64x2_splat(x)));
    below
}

/// Logarithm of a positive finite number, to about 1e-15.
pub fn log_double(x: f64) -> f64 {
    let (x, shift) =
        if x < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, 54) } else { (x, 0) };
    let bits = x.to_bits() as i64 - 0x3fe6_a09e_667f_3bcd;
    let exponent = bits >> 52;
    let mantissa = f64::from_bits((x.to_bits() as i64 - (exponent << 52)) as u64);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut sum = 0.0;
    let mut n = 21.0;
    while n >= 1.0 {
        sum = sum * square + 1.0 / n;
        n -= 2.0;
    }
    2.0 * s * sum + (exponent - shift) as f64 * core::f64::consts::LN_2
}

/// e^x to about 1e-14, 0 and infinite beyond the range.
pub fn exp_double(x: f64) -> f64 {
    if x > 710.0 {
        return f64::INFINITY;
    }
    if x < -746.0 {
        return 0.0;
    }
    let n = f64x2_extract_lane::<0>(f64x2_nearest(f64x2_splat(x * core::f64::consts::LOG2_E)));
    let r = x - n * core::f64::consts::LN_2;
    let mut sum = 1.0;
    let mut k = 14.0;
    while k >= 1.0 {
        sum = 1.0 + sum * r / k;
        k -= 1.0;
    }
    let half = (n as i64) / 2;
    let rest = n as i64 - half;
    let scale = |n: i64| f64::from_bits(((n + 1023) as u64) << 52);
    sum * scale(half) * scale(rest)
}
