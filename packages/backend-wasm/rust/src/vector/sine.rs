//! Sine and cosine of any argument.

use crate::vector::polynomial::polynomial;
use crate::vector::simd::*;

/// Greatest magnitude that the double precision of `near` reduces to less than 1e-8.
const FAR: f32 = 1e8;

/// x = quadrant * pi / 2 + rest with |rest| <= pi / 4, four times.
struct Angles {
    rest: v128,
    /// Modulo 4 where it counts.
    quadrant: v128,
}

/// Sine of x, or of x + pi / 2; NaN for infinities. `far` is called only where a lane needs it.
#[inline(always)]
pub fn sine(x: v128, cosine: bool) -> v128 {
    let mut angles = near(x);
    if v128_any_true(f32x4_gt(f32x4_abs(x), f32x4_splat(FAR))) {
        far(x, &mut angles);
    }
    let Angles { rest: r, quadrant } = angles;
    let quadrant = if cosine { i32x4_add(quadrant, i32x4_splat(1)) } else { quadrant };
    let z = f32x4_mul(r, r);
    let sine = polynomial(z, [-0.166_666_64, 0.008_332_737, -1.958_537_3e-4]);
    let sine = f32x4_add(r, f32x4_mul(f32x4_mul(r, z), sine));
    let cosines = polynomial(z, [0.041_666_664, -0.001_388_829_1, 2.454_542e-5]);
    let cosines = f32x4_add(
        f32x4_sub(f32x4_splat(1.0), f32x4_mul(z, f32x4_splat(0.5))),
        f32x4_mul(f32x4_mul(z, z), cosines),
    );
    let odd = i32x4_ne(v128_and(quadrant, i32x4_splat(1)), i32x4_splat(0));
    let value = v128_bitselect(cosines, sine, odd);
    let value = v128_xor(value, i32x4_shl(v128_and(quadrant, i32x4_splat(2)), 30));
    if cosine {
        return value;
    }
    // The reduction loses the sign of -0.
    v128_bitselect(x, value, f32x4_eq(x, zero()))
}

#[inline(always)]
fn near(x: v128) -> Angles {
    let (low, low_quadrant) = reduce_angle(f64x2_promote_low_f32x4(x));
    let high_half = i64x2_shuffle::<1, 1>(x, x);
    let (high, high_quadrant) = reduce_angle(f64x2_promote_low_f32x4(high_half));
    Angles {
        rest: i64x2_shuffle::<0, 2>(f32x4_demote_f64x2_zero(low), f32x4_demote_f64x2_zero(high)),
        quadrant: i64x2_shuffle::<0, 2>(
            i32x4_trunc_sat_f64x2_zero(low_quadrant),
            i32x4_trunc_sat_f64x2_zero(high_quadrant),
        ),
    }
}

/// The rest, and the quadrant modulo 4.
#[inline(always)]
fn reduce_angle(x: v128) -> (v128, v128) {
    let n = f64x2_nearest(f64x2_mul(x, f64x2_splat(core::f64::consts::FRAC_2_PI)));
    let rest = f64x2_sub(x, f64x2_mul(n, f64x2_splat(core::f64::consts::FRAC_PI_2)));
    let turns = f64x2_floor(f64x2_mul(n, f64x2_splat(0.25)));
    (rest, f64x2_sub(n, f64x2_mul(turns, f64x2_splat(4.0))))
}

/// Reduces the lanes beyond `FAR` anew.
#[cold]
#[inline(never)]
fn far(x: v128, angles: &mut Angles) {
    let mut arguments = [0.0f32; 4];
    let mut rests = [0.0f32; 4];
    let mut quadrants = [0.0f32; 4];
    // SAFETY: each array holds a vector.
    unsafe {
        store(arguments.as_mut_ptr(), x);
        store(rests.as_mut_ptr(), angles.rest);
        store(quadrants.as_mut_ptr(), angles.quadrant);
        for i in 0..4 {
            if f32::from_bits(arguments[i].to_bits() & (u32::MAX >> 1)) > FAR {
                let (rest, quadrant) = reduce_far(arguments[i]);
                rests[i] = rest;
                quadrants[i] = f32::from_bits(quadrant);
            }
        }
        *angles = Angles { rest: load(rests.as_ptr()), quadrant: load(quadrants.as_ptr()) };
    }
}

/// 2 / pi in binary, the most significant word first.
const TWO_BY_PI: [u32; 7] =
    [0xa2f9_836e, 0x4e44_1529, 0xfc27_57d1, 0xf534_ddc0, 0xdb62_9599, 0x3c43_9041, 0xfe51_63ab];

/// Rest and quadrant of one argument of at least 2^26, by the 96 binary places of 2 / pi that count for it: those in
/// front of them make whole turns, and those behind add less than 2^-70. Payne and Hanek, "Radian reduction for
/// trigonometric functions", SIGNUM Newsletter 18 (1983).
fn reduce_far(x: f32) -> (f32, u32) {
    if x.is_infinite() {
        return (f32::NAN, 0);
    }
    let bits = x.to_bits();
    // x = mantissa * 2^exponent.
    let mantissa = u64::from(bits & 0x7f_ffff | 0x80_0000);
    let exponent = (bits >> 23 & 0xff) as usize - 150;
    let skipped = exponent - 2;
    let word = |i: usize| u64::from(TWO_BY_PI[i]) << 32 | u64::from(TWO_BY_PI[i + 1]);
    let places = |from: usize| (word(from / 32) << (from % 32)) >> 32;
    let high = places(skipped) << 32 | places(skipped + 32);
    let low = places(skipped + 64);
    // Of a turn, in units of 2^-64.
    let turn = mantissa.wrapping_mul(high).wrapping_add(mantissa * low >> 32);
    let quadrant = turn.wrapping_add(1 << 61) >> 62;
    let rest = turn.wrapping_sub(quadrant << 62) as i64;
    let scale = core::f64::consts::FRAC_PI_2 / (1u64 << 62) as f64;
    let rest = (rest as f64 * scale) as f32;
    if bits >> 31 == 0 { (rest, quadrant as u32) } else { (-rest, quadrant.wrapping_neg() as u32) }
}
