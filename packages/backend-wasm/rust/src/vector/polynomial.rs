//! Polynomials on four lanes. Those of the elementary functions are near-minimax fits (Chebyshev) on the reduced
//! interval.

use crate::vector::simd::*;

/// c[0] + z * c[1] + z^2 * c[2] + …
#[inline(always)]
pub fn polynomial<const N: usize>(z: v128, c: [f32; N]) -> v128 {
    let mut sum = f32x4_splat(c[N - 1]);
    for i in (0..N - 1).rev() {
        sum = multiply_add(sum, z, f32x4_splat(c[i]));
    }
    sum
}

/// The same of coefficients that are held.
#[inline(always)]
pub fn polynomial_of_held<const N: usize>(z: v128, c: &[v128; N]) -> v128 {
    let mut sum = c[N - 1];
    for i in (0..N - 1).rev() {
        sum = multiply_add(sum, z, c[i]);
    }
    sum
}
