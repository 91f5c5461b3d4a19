//! Convolutions and their gradients, each by the quickest of its ways.

use crate::control::memory::Memory;
use crate::conv::arguments::Arguments;
use crate::conv::{as_product, direct, scatter, weight_grad};
use crate::product::matmul;

/// Whether the forward convolution is one product. Weights that are kept, and what follows in the same pass, need
/// the convolution's own way.
fn is_forward_product(a: &Arguments) -> bool {
    a.packed.is_null() && a.epilogue.is_nothing() && as_product::is_product(a)
}

pub fn forward_memory(a: &Arguments) -> Memory {
    if is_forward_product(a) {
        return matmul::memory(&as_product::forward(a));
    }
    direct::forward_memory(a)
}

pub unsafe fn conv_forward(a: &Arguments) {
    if is_forward_product(a) {
        return matmul::matmul(&as_product::forward(a));
    }
    direct::forward(a);
}

pub fn input_grad_memory(a: &Arguments) -> Memory {
    if as_product::is_product(a) {
        return matmul::memory(&as_product::input_gradient(a));
    }
    if scatter::pays(a) {
        return scatter::memory(a);
    }
    direct::input_grad_memory(a)
}

pub unsafe fn conv_input_grad(a: &Arguments) {
    if as_product::is_product(a) {
        return matmul::matmul(&as_product::input_gradient(a));
    }
    if scatter::pays(a) {
        return scatter::run(a);
    }
    direct::input_grad(a);
}

pub fn weight_grad_memory(a: &Arguments) -> Memory {
    if as_product::is_product(a) {
        return matmul::memory(&as_product::weight_gradient(a));
    }
    weight_grad::memory(a)
}

pub unsafe fn conv_weight_grad(a: &Arguments) {
    if as_product::is_product(a) {
        return matmul::matmul(&as_product::weight_gradient(a));
    }
    weight_grad::weight_grad(a);
}
