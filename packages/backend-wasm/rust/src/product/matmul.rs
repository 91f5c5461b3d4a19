//! Batched matrix products, by the quicker of two ways.

use crate::control::memory::Memory;
use crate::product::arguments::Arguments;
use crate::product::{few_rows, gemm};

pub fn memory(g: &Arguments) -> Memory {
    if g.has_no_sums() {
        Memory::NONE
    } else if few_rows::pays(g) {
        few_rows::memory(g)
    } else {
        gemm::memory(g)
    }
}

pub unsafe fn matmul(g: &Arguments) {
    if g.has_no_sums() {
        fill_with_bias(g);
    } else if few_rows::pays(g) {
        few_rows::multiply_all(g);
    } else {
        gemm::multiply_all(g);
    }
}

unsafe fn fill_with_bias(g: &Arguments) {
    for row in 0..g.batch * g.m {
        for n in 0..g.n {
            let value = if g.bias.is_null() { 0.0 } else { *g.bias.add(n) };
            g.out.add(row * g.n + n).write(value);
        }
    }
    g.epilogue.apply(g.out, 0, g.batch * g.m * g.n);
}
