//! The pointwise operations: rows of tensor-core's table, whose names begin with a small letter.

use crate::control::interface::numbered;

#[rustfmt::skip]
numbered! {
    "operations":
    pub enum Op {
        Add, Sub, Mul, Div, Pow, Maximum, Minimum, MaximumGrad, Remainder, AddScalar, MulScalar,
        PowScalar, Neg, Abs, Square, Reciprocal, Exp, Expm1, Log, Log1p, Sqrt, Rsqrt, Sin, Cos, Erf,
        Sign, Floor, Ceil, Round, IsNaN, IsFinite, LogicalNot, LogicalAnd, LogicalOr, LogicalXor, Eq,
        Ne, Lt, Le, Gt, Ge, Where, Clamp, ClampGrad, Relu, ReluGrad, Sigmoid, SigmoidGrad, Tanh,
        TanhGrad, Hardtanh, HardtanhGrad, LeakyRelu, LeakyReluGrad, Elu, EluGrad, Gelu, GeluGrad,
        GeluTanh, GeluTanhGrad, Silu, SiluGrad, Mish, MishGrad, Hardswish, HardswishGrad, Hardsigmoid,
        HardsigmoidGrad, Softplus, SoftplusGrad, Prelu, PreluGrad, PreluSlopeGrad,
    }
}
