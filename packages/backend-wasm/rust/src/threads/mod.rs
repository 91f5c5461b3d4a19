//! How kernels cut their work, and how threads share it.

pub mod parallel;
#[cfg(target_feature = "atomics")]
pub mod sharing;
