//! a^b, and exp and log in double precision.

use crate::vector::simd::*;

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
