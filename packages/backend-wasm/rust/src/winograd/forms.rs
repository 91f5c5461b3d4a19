//! The transforms of Winograd's minimal filtering F(M, 3): M outputs of a filter with 3 taps from
//! N = M + 2 inputs, with N products instead of 3 M. A. Lavin, S. Gray, "Fast Algorithms for
//! Convolutional Neural Networks", arXiv:1509.09308, sections 4.1 and 4.3.

use crate::vector::simd::*;

/// F(M, 3), along one axis.
pub trait Form<const N: usize, const M: usize> {
    fn input(d: [v128; N]) -> [v128; N];
    fn weight(g: [v128; 3]) -> [v128; N];
    fn output(p: [v128; N]) -> [v128; M];
    /// The transpose of `output`, and of `weight`: the ways back, for gradients.
    fn output_gradient(y: [v128; M]) -> [v128; N];
    fn weight_gradient(p: [v128; N]) -> [v128; 3];
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

    #[inline(always)]
    fn weight([a, b, c]: [v128; 3]) -> [v128; 4] {
        let half = f32x4_splat(0.5);
        let even = f32x4_mul(f32x4_add(a, c), half);
        let odd = f32x4_mul(b, half);
        [a, f32x4_add(even, odd), f32x4_sub(even, odd), c]
    }

    #[inline(always)]
    fn output(p: [v128; 4]) -> [v128; 2] {
        let sum = f32x4_add(p[1], p[2]);
        let difference = f32x4_sub(p[1], p[2]);
        [f32x4_add(p[0], sum), f32x4_sub(difference, p[3])]
    }

    #[inline(always)]
    fn output_gradient([a, b]: [v128; 2]) -> [v128; 4] {
        [a, f32x4_add(a, b), f32x4_sub(a, b), f32x4_neg(b)]
    }

    #[inline(always)]
    fn weight_gradient(p: [v128; 4]) -> [v128; 3] {
        let half = f32x4_splat(0.5);
        let even = f32x4_mul(f32x4_add(p[1], p[2]), half);
        let odd = f32x4_mul(f32x4_sub(p[1], p[2]), half);
        [f32x4_add(p[0], even), odd, f32x4_add(even, p[3])]
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

    #[inline(always)]
    fn weight([a, b, c]: [v128; 3]) -> [v128; 6] {
        let sixth = f32x4_splat(1.0 / 6.0);
        let even = f32x4_mul(f32x4_add(a, c), sixth);
        let odd = f32x4_mul(b, sixth);
        let far = multiply_add(a, f32x4_splat(1.0 / 24.0), f32x4_mul(c, sixth));
        let far_step = f32x4_mul(b, f32x4_splat(1.0 / 12.0));
        [
            f32x4_mul(a, f32x4_splat(0.25)),
            f32x4_neg(f32x4_add(even, odd)),
            f32x4_sub(odd, even),
            f32x4_add(far, far_step),
            f32x4_sub(far, far_step),
            c,
        ]
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
    #[inline(always)]
    fn output_gradient([a, b, c, d]: [v128; 4]) -> [v128; 6] {
        let two = f32x4_splat(2.0);
        let four = f32x4_splat(4.0);
        let even = f32x4_add(a, c);
        let odd = f32x4_add(b, d);
        let far = multiply_add(c, four, a);
        let far_odd = f32x4_mul(multiply_add(d, four, b), two);
        [
            a,
            f32x4_add(even, odd),
            f32x4_sub(even, odd),
            f32x4_add(far, far_odd),
            f32x4_sub(far, far_odd),
            d,
        ]
    }

    #[inline(always)]
    fn weight_gradient(p: [v128; 6]) -> [v128; 3] {
        let sixth = f32x4_splat(1.0 / 6.0);
        let near = f32x4_mul(f32x4_add(p[1], p[2]), sixth);
        let near_step = f32x4_mul(f32x4_sub(p[2], p[1]), sixth);
        let far = f32x4_add(p[3], p[4]);
        let far_step = f32x4_sub(p[3], p[4]);
        let quarter = f32x4_mul(p[0], f32x4_splat(0.25));
        let ends = multiply_add(far, f32x4_splat(1.0 / 24.0), f32x4_sub(quarter, near));
        let last = multiply_add(far, sixth, f32x4_sub(p[5], near));
        [ends, multiply_add(far_step, f32x4_splat(1.0 / 12.0), near_step), last]
    }
}
