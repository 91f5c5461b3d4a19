//! Four lanes at a time: names for instructions, and elementary functions.

pub mod bounds;
pub mod exp;
pub mod log;
pub mod polynomial;
pub mod power;
pub mod simd;
pub mod sine;
pub mod wide;
