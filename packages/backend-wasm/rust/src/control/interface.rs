//! What the crate says of itself, so that the host keeps no copy of it: `build:kernels` reads it from the binary and
//! writes `layout.generated.ts`.

/// A type that host and kernels share.
pub trait Shared {
    const NAME: &str;
    /// Name, type and word of each field.
    const FIELDS: &[(&str, &str, usize)];
    const WORDS: usize;
}

/// Types whose numbers stand for names.
pub trait Numbered {
    const NAME: &str;
    const NAMES: &[&str];
}

/// Name of a struct, name, type and word of each field, and words of the whole.
pub type Struct = (&'static str, &'static [(&'static str, &'static str, usize)], usize);

pub const fn described<T: Shared>() -> Struct {
    (T::NAME, T::FIELDS, T::WORDS)
}

/// Makes structs that the host writes or reads, and describes them under the name in front.
macro_rules! shared {
    ($(
        $label:literal:
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$field_meta:meta])* $visibility:vis $field:ident: $type:ty,)*
        }
    )*) => {$(
        $(#[$meta])*
        #[repr(C)]
        pub struct $name {
            $($(#[$field_meta])* $visibility $field: $type,)*
        }

        impl $crate::control::interface::Shared for $name {
            const NAME: &str = $label;
            const FIELDS: &[(&str, &str, usize)] = &[$((
                stringify!($field),
                stringify!($type),
                core::mem::offset_of!($name, $field) / 4,
            )),*];
            const WORDS: usize = size_of::<$name>() / 4;
        }
    )*};
}
pub(crate) use shared;

/// Makes an enumeration whose numbers the host sends, and describes it under the name in front.
macro_rules! numbered {
    ($label:literal: $(#[$meta:meta])* pub enum $name:ident { $($variant:ident,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq)]
        #[repr(u32)]
        #[allow(dead_code, reason = "the host sends the number")]
        pub enum $name { $($variant),* }

        impl $crate::control::interface::Numbered for $name {
            const NAME: &str = $label;
            const NAMES: &[&str] = &[$(stringify!($variant)),*];
        }
    };
}
pub(crate) use numbered;
