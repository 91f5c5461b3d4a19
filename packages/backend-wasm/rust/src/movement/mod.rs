//! Data in motion: fills, copies, casts, gathers.

pub mod convert;
pub mod fill;
pub mod gather;
pub mod resample;
pub mod strided_copy;
