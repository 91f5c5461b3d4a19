//! A kernel call as data: which kernel, and its arguments.

/// Calls that may be under way.
pub const CALLS: usize = 16;
/// Words for the arguments of one call. With the line in front of them no power of two, so that calls do not share few
/// places in a cache.
const ARGUMENT_WORDS: usize = 1024;

/// One call, as the host writes it (see `machine.ts`).
#[repr(C, align(64))]
pub struct Call {
    /// Position in the table of kernels (see `kernels.rs`).
    pub kernel: u32,
    _rest_of_line: [u32; 15],
    pub arguments: [u32; ARGUMENT_WORDS],
}
