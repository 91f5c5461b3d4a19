//! Sums of many sums: in double precision, four at a time.

use crate::vector::simd::*;

/// Four numbers in double precision.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Wide([v128; 2]);

impl Wide {
    #[inline(always)]
    pub fn splat(x: f64) -> Wide {
        Wide([f64x2_splat(x); 2])
    }

    #[inline(always)]
    pub fn of(x: v128) -> Wide {
        let high = i32x4_shuffle::<2, 3, 2, 3>(x, x);
        Wide([f64x2_promote_low_f32x4(x), f64x2_promote_low_f32x4(high)])
    }

    #[inline(always)]
    pub fn with(self, other: Wide, f: impl Fn(v128, v128) -> v128) -> Wide {
        Wide([f(self.0[0], other.0[0]), f(self.0[1], other.0[1])])
    }

    #[inline(always)]
    pub fn add(self, other: Wide) -> Wide {
        self.with(other, |a, b| f64x2_add(a, b))
    }

    #[inline(always)]
    pub fn sub(self, other: Wide) -> Wide {
        self.with(other, |a, b| f64x2_sub(a, b))
    }

    #[inline(always)]
    pub fn mul(self, other: Wide) -> Wide {
        self.with(other, |a, b| f64x2_mul(a, b))
    }

    #[inline(always)]
    pub fn rounded(self) -> v128 {
        let [low, high] = self.0.map(|half| f32x4_demote_f64x2_zero(half));
        i64x2_shuffle::<0, 2>(low, high)
    }

    #[inline(always)]
    pub fn lanes(self) -> [f64; 4] {
        let [low, high] = self.0;
        [
            f64x2_extract_lane::<0>(low),
            f64x2_extract_lane::<1>(low),
            f64x2_extract_lane::<0>(high),
            f64x2_extract_lane::<1>(high),
        ]
    }
}
