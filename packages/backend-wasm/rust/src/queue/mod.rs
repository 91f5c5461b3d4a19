//! The kernels as a table, and who runs their calls when.

mod description;
pub mod kernels;
pub mod submit;
#[cfg(target_feature = "atomics")]
pub mod workers;
