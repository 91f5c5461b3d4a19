//! Convolutions and their gradients. The way that each goes is chosen here, and nowhere else.

use crate::control::interface::numbered;
use crate::control::memory::Memory;
use crate::conv::arguments::Arguments;
use crate::conv::{as_product, direct, scatter, weight_grad};
use crate::depthwise::{depthwise, weight_grad as depthwise_weight_grad};
use crate::product::matmul;
use crate::winograd::{choice, convolve as winograd, weight_grad as winograd_weight_grad};

/// The ways that a convolution and its gradients can go.
#[derive(Clone, Copy)]
enum Way {
    Direct,
    /// One product of matrices.
    Product,
    /// An input gradient that adds the products of each output to the inputs.
    Scatter,
    /// One channel per group.
    Depthwise,
    /// Minimal filtering, by tiles of the output of this extent.
    Winograd(usize),
}

/// Names of the numbers that ways have for the host.
pub const WAYS: &[&str] = &["Direct", "Product", "Scatter", "Depthwise", "Winograd2", "Winograd4"];

numbered! {
    "passes":
    pub enum Pass {
        Forward,
        InputGradient,
        WeightGradient,
    }
}

impl Way {
    fn of(a: &Arguments, pass: Pass) -> Way {
        if a.groups > 1 && a.inputs == 1 && a.outputs == 1 {
            return Way::Depthwise;
        }
        let extents = if pass == Pass::InputGradient { a.input } else { a.output };
        if let Some(extent) = choice::tile(a, extents) {
            return Way::Winograd(extent);
        }
        // Weights that are kept, and what follows in the same pass, need the convolution's own way.
        if as_product::is_product(a) && !a.keeps_weights() && a.epilogue.is_nothing() {
            return Way::Product;
        }
        if pass == Pass::InputGradient && scatter::pays(a) { Way::Scatter } else { Way::Direct }
    }

    fn number(self) -> u32 {
        match self {
            Way::Direct => 0,
            Way::Product => 1,
            Way::Scatter => 2,
            Way::Depthwise => 3,
            Way::Winograd(2) => 4,
            Way::Winograd(_) => 5,
        }
    }
}

pub fn forward_memory(a: &Arguments) -> Memory {
    match Way::of(a, Pass::Forward) {
        Way::Direct | Way::Scatter => direct::forward_memory(a),
        Way::Product => matmul::memory(&as_product::forward(a)),
        Way::Depthwise => depthwise::forward_memory(a),
        Way::Winograd(extent) => winograd::forward_memory(a, extent),
    }
}

pub unsafe fn forward(a: &Arguments) {
    match Way::of(a, Pass::Forward) {
        Way::Direct | Way::Scatter => direct::forward(a),
        Way::Product => matmul::matmul(&as_product::forward(a)),
        Way::Depthwise => depthwise::forward(a),
        Way::Winograd(extent) => winograd::forward(a, extent),
    }
}

pub fn input_grad_memory(a: &Arguments) -> Memory {
    match Way::of(a, Pass::InputGradient) {
        Way::Direct => direct::input_grad_memory(a),
        Way::Product => matmul::memory(&as_product::input_gradient(a)),
        Way::Scatter => scatter::memory(a),
        Way::Depthwise => depthwise::input_grad_memory(a),
        Way::Winograd(extent) => winograd::input_grad_memory(a, extent),
    }
}

pub unsafe fn input_grad(a: &Arguments) {
    match Way::of(a, Pass::InputGradient) {
        Way::Direct => direct::input_grad(a),
        Way::Product => matmul::matmul(&as_product::input_gradient(a)),
        Way::Scatter => scatter::run(a),
        Way::Depthwise => depthwise::input_grad(a),
        Way::Winograd(extent) => winograd::input_grad(a, extent),
    }
}

pub fn weight_grad_memory(a: &Arguments) -> Memory {
    match Way::of(a, Pass::WeightGradient) {
        Way::Direct | Way::Scatter => weight_grad::memory(a),
        Way::Product => matmul::memory(&as_product::weight_gradient(a)),
        Way::Depthwise => depthwise_weight_grad::memory(a),
        Way::Winograd(extent) => winograd_weight_grad::memory(a, extent),
    }
}

pub unsafe fn weight_grad(a: &Arguments) {
    match Way::of(a, Pass::WeightGradient) {
        Way::Direct | Way::Scatter => weight_grad::weight_grad(a),
        Way::Product => matmul::matmul(&as_product::weight_gradient(a)),
        Way::Depthwise => depthwise_weight_grad::weight_grad(a),
        Way::Winograd(extent) => winograd_weight_grad::weight_grad(a, extent),
    }
}

/// The number of the way that a convolution goes, from the sizes in its arguments. Weights that are kept packed are
/// packed for it.
#[unsafe(no_mangle)]
pub extern "C" fn convolution_way(a: &Arguments, pass: Pass) -> u32 {
    Way::of(a, pass).number()
}

/// Bytes of the packed weights of a forward pass that keeps them.
#[unsafe(no_mangle)]
pub extern "C" fn packed_weight_bytes(a: &Arguments) -> usize {
    let bytes = match Way::of(a, Pass::Forward) {
        Way::Direct | Way::Scatter | Way::Product => direct::packed_bytes(a),
        Way::Depthwise => depthwise::packed_bytes(a, &a.forward_axes()),
        Way::Winograd(extent) => winograd::packed_bytes(a, extent),
    };
    bytes.min(usize::MAX as u64) as usize
}
