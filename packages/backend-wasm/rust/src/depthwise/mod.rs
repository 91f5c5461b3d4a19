//! Convolutions with one channel per group.

pub mod depthwise;
pub mod rows;
pub mod weight_grad;
