//! Pooling.

pub mod average;
pub mod max;
pub mod windows;
