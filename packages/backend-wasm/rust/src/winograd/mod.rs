//! Convolutions with kernels of 3 by minimal filtering.

pub mod block;
pub mod choice;
pub mod convolve;
pub mod forms;
pub mod plan;
pub mod problem;
pub mod tiles;
pub mod weight_grad;
pub mod weights;
