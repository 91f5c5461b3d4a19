//! What looks at whole rows: reductions, softmax, losses, orders.

pub mod cross_entropy;
pub mod order;
pub mod reduce;
pub mod softmax;
