//! The transforms of Winograd's minimal filtering F(M, 3): M outputs of a filter with 3 taps from
//! N = M + 2 inputs, with N products instead of 3 M. A. Lavin, S. Gray, "Fast Algorithms for
//! Convolutional Neural Networks", arXiv:1509.09308, sections 4.1 and 4.3.

use crate::simd::*;

/// F(M, 3), along one axis.
pub trait Form<const N: usize, const M: usize> {
    fn input(d: [v128; N]) -> [v128; N];
    fn weight(g: [f32; 3]) -> [f32; N];
    fn output(p: [v128; N]) -> [v128; M];
}

/// F(2, 3), from the points 0, 1, -1.
pub struct F2;
/// F(4, 3), from the points 0, 1, -1, 2, -2.
pub struct F4;

impl Form<4, 2> for F2 {
    #[inline(always)]
    fn input(d: [v128; 4]) -> [v128; 4] {
        [f32x4_sub(d[0], d[2]), f32x4_add(d[1], d[2]), f32x4_sub(d[2], d[1]), f32x4_sub(d[1], d[3])]
    }

    fn weight([a, b, c]: [f32; 3]) -> [f32; 4] {
        [a, (a + b + c) / 2.0, (a - b + c) / 2.0, c]
    }

    #[inline(always)]
    fn output(p: [v128; 4]) -> [v128; 2] {
        let sum = f32x4_add(p[1], p[2]);
        let difference = f32x4_sub(p[1], p[2]);
        [f32x4_add(p[0], sum), f32x4_sub(difference, p[3])]
    }
}

impl Form<6, 4> for F4 {
    #[inline(always)]
    fn input(d: [v128; 6]) -> [v128; 6] {
        let two = f32x4_splat(2.0);
        let four = f32x4_splat(4.0);
        let minus_four = f32x4_splat(-4.0);
        let minus_five = f32x4_splat(-5.0);
        let even = multiply_add(d[2], minus_four, d[4]);
        let odd = multiply_add(d[1], minus_four, d[3]);
        let rest = f32x4_sub(d[4], d[2]);
        let step = f32x4_sub(d[3], d[1]);
        let twice = f32x4_mul(step, two);
        [
            multiply_add(d[0], four, multiply_add(d[2], minus_five, d[4])),
            f32x4_add(even, odd),
            f32x4_sub(even, odd),
            f32x4_add(rest, twice),
            f32x4_sub(rest, twice),
            multiply_add(d[1], four, multiply_add(d[3], minus_five, d[5])),
        ]
    }

    fn weight([a, b, c]: [f32; 3]) -> [f32; 6] {
        let even = a + c;
        let far = a / 24.0 + c / 6.0;
        [a / 4.0, -(even + b) / 6.0, (b - even) / 6.0, far + b / 12.0, far - b / 12.0, c]
    }

    #[inline(always)]
    fn output(p: [v128; 6]) -> [v128; 4] {
        let near = f32x4_add(p[1], p[2]);
        let near_step = f32x4_sub(p[1], p[2]);
        let far = f32x4_add(p[3], p[4]);
        let far_step = f32x4_sub(p[3], p[4]);
        [
            f32x4_add(f32x4_add(p[0], near), far),
            multiply_add(far_step, f32x4_splat(2.0), near_step),
            multiply_add(far, f32x4_splat(4.0), near),
            f32x4_add(multiply_add(far_step, f32x4_splat(8.0), near_step), p[5]),
        ]
    }
}
