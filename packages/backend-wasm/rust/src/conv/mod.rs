//! Convolutions of channels-last pixels: what all ways share, and the direct way with its relatives.

pub mod arguments;
pub mod as_product;
pub mod axis;
pub mod blocks;
pub mod direct;
pub mod scatter;
pub mod weight_grad;
pub mod weights;
