//! A kernel call as data: which kernel, and its arguments.

/// Calls that may be under way.
pub const CALLS: usize = 16;
/// Words for the arguments of one call. With the line in front of them no power of two, so that calls do not share few
/// places in a cache.
const ARGUMENT_WORDS: usize = 1024;
/// Words in front of them: a line.
pub const HEADER_WORDS: usize = 16;
/// Axes that an iteration has at most, once the host has merged what can be merged.
pub const AXES: usize = 8;

/// One call, as the host writes it (see `machine.ts`).
#[repr(C, align(64))]
pub struct Call {
    /// Position in the table of kernels (see `kernels.rs`).
    pub kernel: u32,
    _rest_of_line: [u32; HEADER_WORDS - 1],
    pub arguments: [u32; ARGUMENT_WORDS],
}
