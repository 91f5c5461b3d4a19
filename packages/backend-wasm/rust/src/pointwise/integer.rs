//! Pointwise operations on 32-bit integer lanes. Bytes (uint8, bool) are widened before and
//! narrowed after.

use crate::pointwise::op::Op;
use crate::pointwise::row::{Row, one, three, two};
use crate::vector::simd::*;

#[inline(always)]
fn truth(mask: v128) -> v128 {
    v128_and(mask, i32x4_splat(1))
}

#[inline(always)]
fn is_set(x: v128) -> v128 {
    i32x4_ne(x, i32x4_splat(0))
}

/// A function of single lanes.
#[inline(always)]
fn by_lane(a: v128, b: v128, f: impl Fn(i32, i32) -> i32) -> v128 {
    i32x4(
        f(i32x4_extract_lane::<0>(a), i32x4_extract_lane::<0>(b)),
        f(i32x4_extract_lane::<1>(a), i32x4_extract_lane::<1>(b)),
        f(i32x4_extract_lane::<2>(a), i32x4_extract_lane::<2>(b)),
        f(i32x4_extract_lane::<3>(a), i32x4_extract_lane::<3>(b)),
    )
}

fn remainder(a: i32, b: i32) -> i32 {
    if b == 0 {
        return 0;
    }
    let rest = a.wrapping_rem(b);
    if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }
}

/// As JavaScript stores a number in an Int32Array: towards zero, modulo 2^32.
pub fn wrap_to_integer(x: f64) -> i32 {
    if x.abs() < 9e18 { x as i64 as i32 } else { 0 }
}

/// Runs one operation over a row; false where integers have none of this name.
pub unsafe fn integer_row(op: Op, r: &Row) -> bool {
    let [s, t] = r.scalars;
    match op {
        Op::Add => two(r, |a, b| i32x4_add(a, b)),
        Op::Sub => two(r, |a, b| i32x4_sub(a, b)),
        Op::Mul => two(r, |a, b| i32x4_mul(a, b)),
        Op::Maximum => two(r, |a, b| i32x4_max(a, b)),
        Op::Minimum => two(r, |a, b| i32x4_min(a, b)),
        Op::Remainder => two(r, |a, b| by_lane(a, b, remainder)),
        Op::AddScalar => one(r, |x| by_lane(x, x, |x, _| wrap_to_integer(x as f64 + s))),
        Op::MulScalar => {
            let factor = i32x4_splat(wrap_to_integer(s));
            one(r, |x| i32x4_mul(x, factor))
        }
        Op::Neg => one(r, |x| i32x4_neg(x)),
        Op::Abs => one(r, |x| i32x4_abs(x)),
        Op::Square => one(r, |x| i32x4_mul(x, x)),
        Op::Sign => one(r, |x| {
            i32x4_sub(truth(i32x4_gt(x, i32x4_splat(0))), truth(i32x4_lt(x, i32x4_splat(0))))
        }),
        Op::Floor | Op::Ceil | Op::Round => one(r, |x| x),
        Op::IsNaN => one(r, |_| i32x4_splat(0)),
        Op::IsFinite => one(r, |_| i32x4_splat(1)),
        Op::LogicalNot => one(r, |x| truth(i32x4_eq(x, i32x4_splat(0)))),
        Op::LogicalAnd => two(r, |a, b| truth(v128_and(is_set(a), is_set(b)))),
        Op::LogicalOr => two(r, |a, b| truth(v128_or(is_set(a), is_set(b)))),
        Op::LogicalXor => two(r, |a, b| truth(v128_xor(is_set(a), is_set(b)))),
        Op::Eq => two(r, |a, b| truth(i32x4_eq(a, b))),
        Op::Ne => two(r, |a, b| truth(i32x4_ne(a, b))),
        Op::Lt => two(r, |a, b| truth(i32x4_lt(a, b))),
        Op::Le => two(r, |a, b| truth(i32x4_le(a, b))),
        Op::Gt => two(r, |a, b| truth(i32x4_gt(a, b))),
        Op::Ge => two(r, |a, b| truth(i32x4_ge(a, b))),
        Op::Where => three(r, |c, a, b| {
            let holds = i32x4_ne(i32x4_shl(c, r.condition_shift), i32x4_splat(0));
            v128_bitselect(a, b, holds)
        }),
        Op::Clamp => one(r, |x| by_lane(x, x, |x, _| wrap_to_integer((x as f64).max(s).min(t)))),
        Op::Relu => one(r, |x| i32x4_max(x, i32x4_splat(0))),
        _ => return false,
    }
    true
}
