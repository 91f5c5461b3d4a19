//! The pointwise operations: rows of tensor-core's table.

macro_rules! operations {
    ($($name:ident,)*) => {
        /// The operations, in the order of `NAMES`.
        #[derive(Clone, Copy, PartialEq)]
        #[repr(u32)]
        #[allow(dead_code, reason = "the host sends the number")]
        pub enum Op { $($name),* }

        const NAMES: &[&str] = &[$(stringify!($name)),*];
    };
}

#[rustfmt::skip]
operations! {
    Add, Sub, Mul, Div, Pow, Maximum, Minimum, MaximumGrad, Remainder, AddScalar, MulScalar,
    PowScalar, Neg, Abs, Square, Reciprocal, Exp, Expm1, Log, Log1p, Sqrt, Rsqrt, Sin, Cos, Erf,
    Sign, Floor, Ceil, Round, IsNaN, IsFinite, LogicalNot, LogicalAnd, LogicalOr, LogicalXor, Eq,
    Ne, Lt, Le, Gt, Ge, Where, Clamp, ClampGrad, Relu, ReluGrad, Sigmoid, SigmoidGrad, Tanh,
    TanhGrad, Hardtanh, HardtanhGrad, LeakyRelu, LeakyReluGrad, Elu, EluGrad, Gelu, GeluGrad,
    GeluTanh, GeluTanhGrad, Silu, SiluGrad, Mish, MishGrad, Hardswish, HardswishGrad, Hardsigmoid,
    HardsigmoidGrad, Softplus, SoftplusGrad, Prelu, PreluGrad, PreluSlopeGrad,
}

/// The names, in tensor-core with a small letter in front and here with a space behind each.
static TEXT: [u8; length_of_text()] = {
    let mut text = [b' '; length_of_text()];
    let (mut at, mut i) = (0, 0);
    while i < NAMES.len() {
        let name = NAMES[i].as_bytes();
        let mut k = 0;
        while k < name.len() {
            text[at + k] = if k == 0 { name[k].to_ascii_lowercase() } else { name[k] };
            k += 1;
        }
        at += name.len() + 1;
        i += 1;
    }
    text
};

const fn length_of_text() -> usize {
    let (mut length, mut i) = (0, 0);
    while i < NAMES.len() {
        length += NAMES[i].len() + 1;
        i += 1;
    }
    length
}

#[unsafe(no_mangle)]
pub extern "C" fn pointwise_names() -> *const u8 {
    TEXT.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn pointwise_names_length() -> usize {
    TEXT.len()
}
