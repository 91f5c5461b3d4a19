//! Batch normalisation.

pub mod norm;
pub mod plan;
pub mod sums;
pub mod together;
