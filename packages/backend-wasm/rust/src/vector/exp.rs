//! e^x and the functions that are built on it.
//!
//! V8 builds a constant vector anew at each use: three instructions, seven for 256 bits. That took
//! twice as long as the arithmetic, so these functions are methods of their constants, which a loop
//! reads once, in front of it.

use crate::vector::bounds::{at_least, at_most};
use crate::vector::polynomial::polynomial_of_held;
use crate::vector::simd::*;

/// ln 2 in two parts, the first with few bits.
pub const LN2_HIGH: f32 = 0.693_359_4;
pub const LN2_LOW: f32 = -2.121_944_4e-4;

/// 1.5 * 2^23. A sum with it is rounded to an integer, which stands in the low bits of the sum.
const ROUNDING: f32 = 12_582_912.0;

/// What e^x = value * 2^n takes, n an integer, for x within bounds.
struct Parts {
    least: v128,
    greatest: v128,
    rounding: v128,
    log2_e: v128,
    minus_ln2_high: v128,
    minus_ln2_low: v128,
    remainder: [v128; 5],
    one: v128,
    /// 127 as an integer.
    exponent_of_one: v128,
}

impl Parts {
    #[inline(always)]
    fn new(least: &'static f32, greatest: &'static f32) -> Parts {
        Parts {
            least: held(least),
            greatest: held(greatest),
            rounding: held(&ROUNDING),
            log2_e: held(&core::f32::consts::LOG2_E),
            minus_ln2_high: held(&-LN2_HIGH),
            minus_ln2_low: held(&-LN2_LOW),
            remainder: [&0.5, &0.166_665_73, &0.041_666_55, &0.008_363_774, &0.001_392_692_7]
                .map(held),
            one: held(&1.0),
            exponent_of_one: held(const { &f32::from_bits(127) }),
        }
    }

    /// (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2.
    #[inline(always)]
    fn remainder(&self, r: v128) -> v128 {
        polynomial_of_held(r, &self.remainder)
    }

    /// The value, and n in the low 23 bits of a lane.
    #[inline(always)]
    fn parts(&self, x: v128) -> (v128, v128) {
        self.parts_below(at_least(x, self.least))
    }

    /// The same of what is not below the least.
    #[inline(always)]
    fn parts_below(&self, x: v128) -> (v128, v128) {
        let x = at_most(x, self.greatest);
        let rounded = multiply_add(x, self.log2_e, self.rounding);
        let n = f32x4_sub(rounded, self.rounding);
        let r = multiply_add(n, self.minus_ln2_high, x);
        let r = multiply_add(n, self.minus_ln2_low, r);
        let square = f32x4_mul(r, r);
        let value = f32x4_add(self.one, multiply_add(square, self.remainder(r), r));
        (value, rounded)
    }

    /// 2^n for -127 < n < 128, 0 for -127 and infinite for 128. Only the low 9 bits of n count.
    #[inline(always)]
    fn power_of_two(&self, n: v128) -> v128 {
        i32x4_shl(i32x4_add(n, self.exponent_of_one), 23)
    }
}

/// e^x for all x.
pub struct Exp(Parts);

impl Exp {
    #[inline(always)]
    pub fn new() -> Exp {
        // Beyond these the result is 0 or infinite anyway.
        Exp(Parts::new(&-105.0, &90.0))
    }

    #[inline(always)]
    pub fn exp(&self, x: v128) -> v128 {
        let (value, rounded) = self.0.parts(x);
        // Two halves are exact through the subnormal numbers.
        let n = i32x4_sub(rounded, self.0.rounding);
        let half = i32x4_shr(n, 1);
        let rest = i32x4_sub(n, half);
        f32x4_mul(f32x4_mul(value, self.0.power_of_two(half)), self.0.power_of_two(rest))
    }

    /// e^x - 1.
    #[inline(always)]
    pub fn expm1(&self, x: v128) -> v128 {
        let small = f32x4_lt(f32x4_abs(x), f32x4_splat(0.346));
        let series = f32x4_add(x, f32x4_mul(f32x4_mul(x, x), self.0.remainder(x)));
        let value = v128_bitselect(series, f32x4_sub(self.exp(x), self.0.one), small);
        // The sign of a zero, too, which the series loses.
        v128_bitselect(x, value, f32x4_splat(-0.0))
    }
}

/// e^x, but 1e-38 for all that is smaller and infinite from 2^127.5 on.
struct NormalExp(Parts);

impl NormalExp {
    #[inline(always)]
    fn new() -> NormalExp {
        NormalExp(Parts::new(&-87.0, &89.0))
    }

    #[inline(always)]
    fn exp(&self, x: v128) -> v128 {
        let (value, rounded) = self.0.parts(x);
        f32x4_mul(value, self.0.power_of_two(rounded))
    }

    /// The same for x >= 0.
    #[inline(always)]
    fn exp_of_positive(&self, x: v128) -> v128 {
        let (value, rounded) = self.0.parts_below(x);
        f32x4_mul(value, self.0.power_of_two(rounded))
    }
}

/// 1 / (1 + e^-x).
pub struct Sigmoid(NormalExp);

impl Sigmoid {
    #[inline(always)]
    pub fn new() -> Sigmoid {
        Sigmoid(NormalExp::new())
    }

    #[inline(always)]
    pub fn sigmoid(&self, x: v128) -> v128 {
        f32x4_div(self.0.0.one, self.denominator(x))
    }

    /// x * sigmoid(x).
    #[inline(always)]
    pub fn silu(&self, x: v128) -> v128 {
        f32x4_div(x, self.denominator(x))
    }

    #[inline(always)]
    fn denominator(&self, x: v128) -> v128 {
        f32x4_add(self.0.0.one, self.0.exp(f32x4_neg(x)))
    }
}

/// (e^2x - 1) / (e^2x + 1), near 0 as a polynomial.
pub struct Tanh {
    exp: NormalExp,
    two: v128,
    small: v128,
    series: [v128; 5],
    sign: v128,
}

impl Tanh {
    #[inline(always)]
    pub fn new() -> Tanh {
        let series =
            [&-0.333_333_28, &0.133_327_7, &-0.053_850_908, &0.020_997_18, &-0.006_096_714];
        Tanh {
            exp: NormalExp::new(),
            two: held(&2.0),
            small: held(&0.625),
            series: series.map(held),
            sign: held(&-0.0),
        }
    }

    #[inline(always)]
    pub fn tanh(&self, x: v128) -> v128 {
        let one = self.exp.0.one;
        let magnitude = f32x4_abs(x);
        let z = f32x4_mul(x, x);
        let small = f32x4_add(x, f32x4_mul(f32x4_mul(x, z), polynomial_of_held(z, &self.series)));
        let e = self.exp.exp_of_positive(f32x4_add(magnitude, magnitude));
        let tail = f32x4_div(self.two, f32x4_add(e, one));
        let value = v128_bitselect(small, f32x4_sub(one, tail), f32x4_lt(magnitude, self.small));
        // The sign of a zero, too, which the series loses.
        v128_bitselect(x, value, self.sign)
    }
}

/// Error function: a polynomial up to 1, behind it 1 - e^(-x^2) times a polynomial in
/// 1 / (1 + x / 2).
pub struct Erf {
    pub exp: Exp,
    half: v128,
    near: [v128; 7],
    far: [v128; 7],
    sign: v128,
}

impl Erf {
    #[inline(always)]
    pub fn new() -> Erf {
        let near = [
            &1.128_379_1,
            &-0.376_126_26,
            &0.112_835_94,
            &-0.026_854_211,
            &0.005_189_087_2,
            &-8.016_864_3e-4,
            &7.875_875e-5,
        ];
        let far = [
            &6.051_184e-4,
            &0.273_634_34,
            &0.330_757_14,
            &0.101_494_97,
            &0.403_495_04,
            &-0.057_065_2,
            &-0.053_630_426,
        ];
        Erf {
            exp: Exp::new(),
            half: held(&0.5),
            near: near.map(held),
            far: far.map(held),
            sign: held(&-0.0),
        }
    }

    #[inline(always)]
    pub fn erf(&self, x: v128) -> v128 {
        let one = self.exp.0.one;
        let a = f32x4_abs(x);
        let z = f32x4_mul(x, x);
        let small = f32x4_mul(x, polynomial_of_held(z, &self.near));
        let t = f32x4_div(one, f32x4_add(one, f32x4_mul(a, self.half)));
        let tail = f32x4_mul(self.exp.exp(f32x4_neg(z)), polynomial_of_held(t, &self.far));
        let large = v128_bitselect(x, f32x4_sub(one, tail), self.sign);
        v128_bitselect(small, large, f32x4_lt(a, one))
    }
}
