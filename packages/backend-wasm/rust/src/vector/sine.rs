//! Sine and cosine of any argument.

use crate::vector::polynomial::polynomial_of_held;
use crate::vector::simd::*;

/// Greatest magnitude that the double precision of `reduced` reduces to less than 1e-8.
const FAR: f32 = 1e8;

/// x = quadrant * pi / 2 + rest with |rest| <= pi / 4, four times.
struct Angles {
    rest: v128,
    /// Modulo 4 where it counts.
    quadrant: v128,
}

/// 1.5 * 2^52. A sum with it is rounded to an integer, which stands in the low bits of the sum.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// Sine of x, or of x + pi / 2; NaN for infinities.
pub struct Sine {
    /// 1 for the cosine.
    shift: v128,
    far: v128,
    two_by_pi: v128,
    rounding: v128,
    minus_half_pi: v128,
    sine: [v128; 3],
    cosine: [v128; 3],
    one: v128,
    minus_half: v128,
}

impl Sine {
    #[inline(always)]
    pub fn new(is_cosine: bool) -> Sine {
        Sine {
            shift: i32x4_splat(is_cosine as i32),
            far: held(&FAR),
            two_by_pi: held_double(&core::f64::consts::FRAC_2_PI),
            rounding: held_double(&ROUNDING),
            minus_half_pi: held_double(&-core::f64::consts::FRAC_PI_2),
            sine: [&-0.166_666_64, &0.008_332_737, &-1.958_537_3e-4].map(held),
            cosine: [&0.041_666_664, &-0.001_388_829_1, &2.454_542e-5].map(held),
            one: held(&1.0),
            minus_half: held(&-0.5),
        }
    }

    /// Of a turn: it is asked once whether some lane is far.
    #[inline(always)]
    pub fn of(&self, x: [v128; 2]) -> [v128; 2] {
        let mut angles = x.map(|x| self.near(x));
        // As integers, which order magnitudes alike: of two comparisons of floats LLVM makes one with the greater of
        // both, which a NaN hides. A NaN counts as far here, and `far` leaves it.
        let [a, b] = x.map(|x| i32x4_gt(f32x4_abs(x), self.far));
        if v128_any_true(v128_or(a, b)) {
            for v in 0..2 {
                far(x[v], &mut angles[v]);
            }
        }
        core::array::from_fn(|v| self.value(x[v], &angles[v]))
    }

    #[inline(always)]
    fn near(&self, x: v128) -> Angles {
        let (low, low_quadrant) = self.reduced(f64x2_promote_low_f32x4(x));
        let high_half = i64x2_shuffle::<1, 1>(x, x);
        let (high, high_quadrant) = self.reduced(f64x2_promote_low_f32x4(high_half));
        Angles {
            rest: i64x2_shuffle::<0, 2>(
                f32x4_demote_f64x2_zero(low),
                f32x4_demote_f64x2_zero(high),
            ),
            quadrant: i32x4_shuffle::<0, 2, 4, 6>(low_quadrant, high_quadrant),
        }
    }

    /// The rest, and the quadrant in the low word.
    #[inline(always)]
    fn reduced(&self, x: v128) -> (v128, v128) {
        let rounded = f64x2_add(f64x2_mul(x, self.two_by_pi), self.rounding);
        let n = f64x2_sub(rounded, self.rounding);
        (f64x2_add(x, f64x2_mul(n, self.minus_half_pi)), rounded)
    }

    #[inline(always)]
    fn value(&self, x: v128, &Angles { rest: r, quadrant }: &Angles) -> v128 {
        let quadrant = i32x4_add(quadrant, self.shift);
        let z = f32x4_mul(r, r);
        let sine = polynomial_of_held(z, &self.sine);
        let sine = multiply_add(f32x4_mul(r, z), sine, r);
        let cosine = polynomial_of_held(z, &self.cosine);
        let cosine =
            multiply_add(f32x4_mul(z, z), cosine, multiply_add(z, self.minus_half, self.one));
        // Odd quadrants, in the sign.
        let odd = i32x4_shr(i32x4_shl(quadrant, 31), 31);
        let value = v128_bitselect(cosine, sine, odd);
        let sign = i32x4_shl(i32x4_shr(quadrant, 1), 31);
        let value = v128_xor(value, sign);
        // The reduction loses the sign of -0; the cosine of it is 1.
        let is_zero = v128_andnot(f32x4_eq(x, zero()), odd);
        v128_bitselect(x, value, is_zero)
    }
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
