//! Products of matrices: the inner loops of everything that multiplies, and matrix products themselves.

pub mod arguments;
pub mod epilogue;
pub mod few_rows;
pub mod gemm;
pub mod matmul;
pub mod outer_products;
pub mod panels;
pub mod tile;
