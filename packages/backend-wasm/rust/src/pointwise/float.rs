//! Pointwise operations on float32 lanes: one line per row of tensor-core's pointwise table.

use crate::pointwise::op::Op;
use crate::pointwise::row::{Row, one, one_turn, three, two};
use crate::vector::bounds::{at_most, clamped};
use crate::vector::exp::{Erf, Exp, Sigmoid, Tanh};
use crate::vector::log::{log, log1p, softplus};
use crate::vector::power::pow;
use crate::vector::simd::*;
use crate::vector::sine::Sine;

#[inline(always)]
fn select(condition: v128, yes: v128, no: v128) -> v128 {
    v128_bitselect(yes, no, condition)
}

#[inline(always)]
fn truth(mask: v128) -> v128 {
    v128_and(mask, i32x4_splat(1))
}

#[inline(always)]
fn is_set(x: v128) -> v128 {
    f32x4_ne(x, zero())
}

const HALF: f32 = 0.5;
const ROOT_HALF: f32 = core::f32::consts::FRAC_1_SQRT_2;
/// sqrt(2 / pi).
const GELU_SLOPE: f32 = 0.797_884_6;
const GELU_CUBE: f32 = 0.044_715;

/// (1 + erf(x / sqrt(2))) / 2.
#[inline(always)]
fn normal_share(e: &Erf, x: v128) -> v128 {
    let e = e.erf(f32x4_mul(x, f32x4_splat(ROOT_HALF)));
    f32x4_add(f32x4_splat(HALF), f32x4_mul(e, f32x4_splat(HALF)))
}

#[inline(always)]
fn gelu_tanh(e: &Tanh, x: v128) -> v128 {
    let cube = f32x4_mul(f32x4_mul(x, f32x4_mul(x, x)), f32x4_splat(GELU_CUBE));
    e.tanh(f32x4_mul(f32x4_splat(GELU_SLOPE), f32x4_add(x, cube)))
}

/// min(max(x + 3, 0), 6) / 6.
struct HardShare {
    three: v128,
    six: v128,
    sixth: v128,
}

impl HardShare {
    #[inline(always)]
    fn new() -> HardShare {
        HardShare { three: held(&3.0), six: held(&6.0), sixth: held(const { &(1.0 / 6.0) }) }
    }

    #[inline(always)]
    fn of(&self, x: v128) -> v128 {
        f32x4_mul(clamped(f32x4_add(x, self.three), zero(), self.six), self.sixth)
    }
}

#[inline(always)]
fn remainder(a: v128, b: v128) -> v128 {
    let lane = |a: f32, b: f32| {
        let rest = float_rest(a, b);
        if rest != 0.0 && (rest < 0.0) != (b < 0.0) { rest + b } else { rest }
    };
    f32x4(
        lane(f32x4_extract_lane::<0>(a), f32x4_extract_lane::<0>(b)),
        lane(f32x4_extract_lane::<1>(a), f32x4_extract_lane::<1>(b)),
        lane(f32x4_extract_lane::<2>(a), f32x4_extract_lane::<2>(b)),
        lane(f32x4_extract_lane::<3>(a), f32x4_extract_lane::<3>(b)),
    )
}

/// a - b * trunc(a / b), exact.
fn float_rest(a: f32, b: f32) -> f32 {
    if b.is_infinite() && a.is_finite() {
        return a;
    }
    let (a, b) = (a as f64, b as f64);
    let quotient = whole_part(a / b);
    // NaN, too, and infinite quotients, which give NaN.
    if !(EXACT..f64::INFINITY).contains(&quotient.abs()) {
        let rest = (a - quotient * b) as f32;
        // A rest of nothing has the sign of what was divided.
        return if rest == 0.0 { rest.copysign(a as f32) } else { rest };
    }
    let divisor = b.abs();
    let mut rest = a.abs();
    while rest >= divisor {
        // A multiple by a power of two whose own quotient has at most 25 bits: then all products are exact.
        let apart = (rest.to_bits() >> 52) as i64 - (divisor.to_bits() >> 52) as i64 - 24;
        let multiple = divisor * f64::from_bits(((apart.max(0) + 1023) as u64) << 52);
        rest -= whole_part(rest / multiple) * multiple;
        if rest < 0.0 {
            rest += multiple;
        }
    }
    (if a < 0.0 { -rest } else { rest }) as f32
}

/// 2^53: below it, a double holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn whole_part(x: f64) -> f64 {
    f64x2_extract_lane::<0>(f64x2_trunc(f64x2_splat(x)))
}

/// A function of its own: the engine compiles those in use, and soon, instead of all of them together. It has
/// nothing but the row: a vector that comes from memory and serves a pair of vectors is one of 256 bits to V8,
/// which reads what lies behind it.
#[inline(never)]
unsafe fn apart(r: &Row, row: fn(&Row)) {
    row(r);
}

/// Runs one operation over a row. Comparisons leave 0 or 1 as integers.
pub unsafe fn float_row(op: Op, r: &Row) {
    let one_f = f32x4_splat(1.0);
    let (s, t) = (r.scalar(0), r.scalar(1));
    match op {
        Op::Add => two(r, |a, b| f32x4_add(a, b)),
        Op::Sub => two(r, |a, b| f32x4_sub(a, b)),
        Op::Mul => two(r, |a, b| f32x4_mul(a, b)),
        Op::Div => two(r, |a, b| f32x4_div(a, b)),
        Op::Pow => two(r, pow),
        Op::Maximum => two(r, |a, b| f32x4_max(a, b)),
        Op::Minimum => two(r, |a, b| f32x4_min(a, b)),
        Op::MaximumGrad => three(r, |g, a, b| {
            let shared = select(f32x4_eq(a, b), f32x4_mul(g, f32x4_splat(HALF)), g);
            v128_andnot(shared, f32x4_lt(a, b))
        }),
        Op::Remainder => two(r, remainder),
        Op::AddScalar => one(r, |x| f32x4_add(x, s)),
        Op::MulScalar => one(r, |x| f32x4_mul(x, s)),
        Op::PowScalar => match r.scalars[0] {
            2.0 => one(r, |x| f32x4_mul(x, x)),
            0.5 => one(r, |x| f32x4_sqrt(x)),
            -0.5 => one(r, |x| f32x4_div(one_f, f32x4_sqrt(x))),
            1.0 => one(r, |x| x),
            -1.0 => one(r, |x| f32x4_div(one_f, x)),
            _ => one(r, |x| pow(x, s)),
        },
        Op::Neg => one(r, |x| f32x4_neg(x)),
        Op::Abs => one(r, |x| f32x4_abs(x)),
        Op::Square => one(r, |x| f32x4_mul(x, x)),
        Op::Reciprocal => one(r, |x| f32x4_div(one_f, x)),
        Op::Exp => apart(r, |r| {
            let e = Exp::new();
            one(r, |x| e.exp(x))
        }),
        Op::Expm1 => apart(r, |r| {
            let e = Exp::new();
            one(r, |x| e.expm1(x))
        }),
        Op::Log => one(r, log),
        Op::Log1p => one(r, log1p),
        Op::Sqrt => one(r, |x| f32x4_sqrt(x)),
        Op::Rsqrt => one(r, |x| f32x4_div(one_f, f32x4_sqrt(x))),
        Op::Sin => apart(r, |r| {
            let s = Sine::new(false);
            one_turn(r, |x| s.of(x))
        }),
        Op::Cos => apart(r, |r| {
            let s = Sine::new(true);
            one_turn(r, |x| s.of(x))
        }),
        Op::Erf => apart(r, |r| {
            let e = Erf::new();
            one(r, |x| e.erf(x))
        }),
        Op::Sign => one(r, |x| {
            let above = v128_and(f32x4_gt(x, zero()), one_f);
            f32x4_sub(above, v128_and(f32x4_lt(x, zero()), one_f))
        }),
        Op::Floor => one(r, |x| f32x4_floor(x)),
        Op::Ceil => one(r, |x| f32x4_ceil(x)),
        Op::Round => one(r, |x| f32x4_nearest(x)),
        Op::IsNaN => one(r, |x| truth(f32x4_ne(x, x))),
        Op::IsFinite => one(r, |x| truth(f32x4_lt(f32x4_abs(x), f32x4_splat(f32::INFINITY)))),
        Op::LogicalNot => one(r, |x| truth(f32x4_eq(x, zero()))),
        Op::LogicalAnd => two(r, |a, b| truth(v128_and(is_set(a), is_set(b)))),
        Op::LogicalOr => two(r, |a, b| truth(v128_or(is_set(a), is_set(b)))),
        Op::LogicalXor => two(r, |a, b| truth(v128_xor(is_set(a), is_set(b)))),
        Op::Eq => two(r, |a, b| truth(f32x4_eq(a, b))),
        Op::Ne => two(r, |a, b| truth(f32x4_ne(a, b))),
        Op::Lt => two(r, |a, b| truth(f32x4_lt(a, b))),
        Op::Le => two(r, |a, b| truth(f32x4_le(a, b))),
        Op::Gt => two(r, |a, b| truth(f32x4_gt(a, b))),
        Op::Ge => two(r, |a, b| truth(f32x4_ge(a, b))),
        // The condition's bits are all 0 where it does not hold, for bool (0 or 1) and numbers
        // alike.
        Op::Where => three(r, |c, a, b| {
            let holds = i32x4_ne(i32x4_shl(c, r.condition_shift), i32x4_splat(0));
            select(holds, a, b)
        }),
        Op::Clamp | Op::Hardtanh => one(r, |x| clamped(x, s, t)),
        Op::ClampGrad => two(r, |g, x| v128_and(g, v128_and(f32x4_ge(x, s), f32x4_le(x, t)))),
        Op::HardtanhGrad => two(r, |g, x| v128_and(g, v128_and(f32x4_gt(x, s), f32x4_lt(x, t)))),
        _ => activation_row(op, r),
    }
}

unsafe fn activation_row(op: Op, r: &Row) {
    let one_f = f32x4_splat(1.0);
    let s = r.scalar(0);
    match op {
        // NaN is not below or equal to 0, so it passes.
        // A negative zero stays one, as NaN does.
        Op::Relu => one(r, |x| v128_andnot(x, f32x4_lt(x, zero()))),
        Op::ReluGrad => two(r, |g, y| v128_andnot(g, f32x4_le(y, zero()))),
        Op::Sigmoid => apart(r, |r| {
            let e = Sigmoid::new();
            one(r, |x| e.sigmoid(x))
        }),
        Op::SigmoidGrad => two(r, |g, y| f32x4_mul(f32x4_mul(g, y), f32x4_sub(one_f, y))),
        Op::Tanh => apart(r, |r| {
            let e = Tanh::new();
            one(r, |x| e.tanh(x))
        }),
        Op::TanhGrad => two(r, |g, y| f32x4_mul(g, f32x4_sub(one_f, f32x4_mul(y, y)))),
        Op::LeakyRelu => one(r, |x| select(f32x4_gt(x, zero()), x, f32x4_mul(x, s))),
        Op::LeakyReluGrad => two(r, |g, x| select(f32x4_gt(x, zero()), g, f32x4_mul(g, s))),
        Op::Elu => apart(r, |r| {
            let e = Exp::new();
            let (s, t) = (r.scalar(0), r.scalar(1));
            one(r, |x| {
                let below = f32x4_mul(s, e.expm1(x));
                f32x4_mul(t, select(f32x4_gt(x, zero()), x, below))
            })
        }),
        Op::EluGrad => apart(r, |r| {
            let e = Exp::new();
            let (s, t, one_f) = (r.scalar(0), r.scalar(1), f32x4_splat(1.0));
            two(r, |g, x| {
                let slope = select(f32x4_gt(x, zero()), one_f, f32x4_mul(s, e.exp(x)));
                f32x4_mul(f32x4_mul(g, t), slope)
            })
        }),
        Op::Gelu => apart(r, |r| {
            let e = Erf::new();
            one(r, |x| f32x4_mul(x, normal_share(&e, x)))
        }),
        Op::GeluGrad => apart(r, |r| {
            let e = Erf::new();
            two(r, |g, x| {
                let exponent = f32x4_mul(f32x4_mul(x, x), f32x4_splat(-HALF));
                let density = f32x4_mul(e.exp.exp(exponent), f32x4_splat(0.398_942_28));
                f32x4_mul(g, f32x4_add(normal_share(&e, x), f32x4_mul(x, density)))
            })
        }),
        Op::GeluTanh => apart(r, |r| {
            let e = Tanh::new();
            let one_f = f32x4_splat(1.0);
            one(r, |x| {
                let half = f32x4_mul(x, f32x4_splat(HALF));
                f32x4_mul(half, f32x4_add(one_f, gelu_tanh(&e, x)))
            })
        }),
        Op::GeluTanhGrad => apart(r, |r| {
            let e = Tanh::new();
            let one_f = f32x4_splat(1.0);
            two(r, |g, x| {
                let y = gelu_tanh(&e, x);
                // Infinite, it would make NaN of the 0 that 1 - y^2 is by then.
                let square = at_most(f32x4_mul(x, x), f32x4_splat(1e30));
                let inner = f32x4_add(one_f, f32x4_mul(square, f32x4_splat(3.0 * GELU_CUBE)));
                let slope = f32x4_mul(f32x4_splat(GELU_SLOPE), inner);
                let bend = f32x4_mul(f32x4_sub(one_f, f32x4_mul(y, y)), slope);
                let sum = f32x4_add(f32x4_add(one_f, y), f32x4_mul(x, bend));
                f32x4_mul(g, f32x4_mul(f32x4_splat(HALF), sum))
            })
        }),
        Op::Silu => apart(r, |r| {
            let e = Sigmoid::new();
            one(r, |x| e.silu(x))
        }),
        Op::SiluGrad => apart(r, |r| {
            let e = Sigmoid::new();
            let one_f = f32x4_splat(1.0);
            two(r, |g, x| {
                let y = e.sigmoid(x);
                let bend = f32x4_add(one_f, f32x4_mul(x, f32x4_sub(one_f, y)));
                f32x4_mul(f32x4_mul(g, y), bend)
            })
        }),
        Op::Mish => apart(r, |r| {
            let (e, t) = (Exp::new(), Tanh::new());
            one(r, |x| f32x4_mul(x, t.tanh(softplus(&e, x))))
        }),
        Op::MishGrad => apart(r, |r| {
            let (e, s, t) = (Exp::new(), Sigmoid::new(), Tanh::new());
            let one_f = f32x4_splat(1.0);
            two(r, |g, x| {
                let y = t.tanh(softplus(&e, x));
                let bend = f32x4_mul(f32x4_sub(one_f, f32x4_mul(y, y)), s.sigmoid(x));
                f32x4_mul(g, f32x4_add(y, f32x4_mul(x, bend)))
            })
        }),
        Op::Hardswish => apart(r, |r| {
            let h = HardShare::new();
            one(r, |x| f32x4_mul(x, h.of(x)))
        }),
        Op::HardswishGrad => two(r, |g, x| {
            let slope = f32x4_add(f32x4_div(x, f32x4_splat(3.0)), f32x4_splat(HALF));
            let inside = f32x4_mul(g, slope);
            let upper = select(f32x4_gt(x, f32x4_splat(3.0)), g, inside);
            v128_andnot(upper, f32x4_lt(x, f32x4_splat(-3.0)))
        }),
        Op::Hardsigmoid => apart(r, |r| {
            let h = HardShare::new();
            one(r, |x| h.of(x))
        }),
        Op::HardsigmoidGrad => two(r, |g, x| {
            let inside = f32x4_lt(f32x4_abs(x), f32x4_splat(3.0));
            v128_and(f32x4_div(g, f32x4_splat(6.0)), inside)
        }),
        Op::Softplus => apart(r, |r| {
            let e = Exp::new();
            let (s, t) = (r.scalar(0), r.scalar(1));
            one(r, |x| {
                let scaled = f32x4_mul(x, s);
                select(f32x4_gt(scaled, t), x, f32x4_div(softplus(&e, scaled), s))
            })
        }),
        Op::SoftplusGrad => apart(r, |r| {
            let e = Sigmoid::new();
            let (s, t) = (r.scalar(0), r.scalar(1));
            two(r, |g, x| {
                let scaled = f32x4_mul(x, s);
                select(f32x4_gt(scaled, t), g, f32x4_mul(g, e.sigmoid(scaled)))
            })
        }),
        Op::Prelu => two(r, |x, a| select(f32x4_gt(x, zero()), x, f32x4_mul(x, a))),
        Op::PreluGrad => three(r, |g, x, a| select(f32x4_gt(x, zero()), g, f32x4_mul(g, a))),
        Op::PreluSlopeGrad => two(r, |g, x| v128_andnot(f32x4_mul(g, x), f32x4_gt(x, zero()))),
        _ => {}
    }
}
