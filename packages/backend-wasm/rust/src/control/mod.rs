//! What the host and all threads know of each other. Everything else stands on it.

pub mod block;
pub mod call;
pub mod element;
pub mod interface;
pub mod memory;
pub mod stack;
