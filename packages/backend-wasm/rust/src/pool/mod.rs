//! Pooling.

pub mod average;
pub mod lines;
pub mod max;
pub mod max_grad;
pub mod roi_align;
pub mod windows;
