//! Element by element: the rows of the pointwise table, random numbers, steps of optimisers.

pub mod chain;
pub mod float;
pub mod integer;
pub mod op;
pub mod optimizer;
pub mod random;
pub mod row;
pub mod walk;
