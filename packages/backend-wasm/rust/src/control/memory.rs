//! Memory that kernels have for themselves: scratch memory for each thread, a workspace for all.

use crate::control::block::control;

/// Memory that a kernel needs beside its operands. It may be more than there are addresses, which the
/// host then refuses.
#[derive(Clone, Copy)]
pub struct Memory {
    /// Bytes for each thread.
    pub scratch: u64,
    /// Bytes for all together.
    pub workspace: u64,
}

/// A product of counts as bytes. It stops far beyond the greatest memory, and far below what a few
/// more would overflow.
pub fn bytes<const N: usize>(factors: [usize; N]) -> u64 {
    let product = factors.into_iter().fold(1u64, |all, factor| all.saturating_mul(factor as u64));
    product.min(1 << 48)
}

impl Memory {
    pub const NONE: Memory = Memory { scratch: 0, workspace: 0 };

    pub fn of_workspace(workspace: u64) -> Memory {
        Memory { scratch: 0, workspace }
    }

    /// Enough for both, one after the other.
    pub fn or_more(self, other: Memory) -> Memory {
        Memory {
            scratch: self.scratch.max(other.scratch),
            workspace: self.workspace.max(other.workspace),
        }
    }

    /// Whether the control block has it; if not, notes there what is wanted.
    pub fn is_there(self) -> bool {
        let c = control();
        if self.scratch <= c.scratch_bytes as u64 && self.workspace <= c.workspace_bytes as u64 {
            return true;
        }
        let wanted = |bytes: u64| bytes.min(u32::MAX as u64) as u32;
        // SAFETY: only the host's thread asks, and it reads these words afterwards.
        unsafe {
            (&raw const c.scratch_wanted).cast_mut().write(wanted(self.scratch));
            (&raw const c.workspace_wanted).cast_mut().write(wanted(self.workspace));
        }
        false
    }
}

/// Scratch memory of one thread.
#[inline(always)]
pub fn scratch<T>(thread: usize) -> *mut T {
    let c = control();
    (c.scratch as usize + thread * c.scratch_bytes as usize) as *mut T
}

#[inline(always)]
pub fn workspace<T>() -> *mut T {
    control().workspace as usize as *mut T
}
