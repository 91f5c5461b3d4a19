//! Types of elements.

use crate::control::interface::numbered;

numbered! {
    "elementTypes":
    pub enum ElementType {
        Float32,
        Int32,
        Uint8,
        Bool,
    }
}
