//! The control block: what the host and all threads know of each other, at the start of the heap.

use crate::control::call::{CALLS, Call};
use crate::control::interface::shared;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// The host's limit of the number of threads.
pub const MOST_THREADS: usize = 256;

/// One dispatch: `run(data, chunk, thread)` for every chunk.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Job {
    pub run: unsafe fn(*const (), usize, usize),
    pub data: *const (),
    pub chunks: usize,
    /// Chunks that are taken at once.
    pub together: usize,
}

shared! {
    "control":
    /// The host reads and writes the first line by word index .
    #[repr(align(64))]
    pub struct Control {
        /// Threads that take part, the host's own included.
        pub threads: u32,
        /// Rows of an 8-column tile: 4 or 6.
        pub tile_rows: u32,
        /// Whether 4 x 16 tiles pay (256-bit revectorisation).
        pub wide_tiles: u32,
        /// Scratch memory of thread 0; that of thread t lies t * scratch_bytes behind.
        pub scratch: u32,
        pub scratch_bytes: u32,
        /// Memory shared by all threads for the length of one kernel call.
        pub workspace: u32,
        pub workspace_bytes: u32,
        /// What a call that was refused needs.
        pub scratch_wanted: u32,
        pub workspace_wanted: u32,
        /// Whether the host's thread may park (0 in a browser's main thread).
        pub may_wait: u32,
        /// Milliseconds without progress after which workers are given up.
        pub patience: u32,
        /// 1 once a dispatch was given up.
        pub failed: AtomicU32,
        /// For tests: a worker that takes a chunk traps.
        pub fault: AtomicU32,
        /// 1 asks workers to leave.
        pub stop: AtomicU32,
        /// Workers that have entered their loop.
        pub ready: AtomicU32,
        /// Work, in nanoseconds of one thread, below which waking others costs more than it gives.
        pub worth_sharing: u32,

        /// Number of the dispatch.
        pub epoch: Line<AtomicU32>,
        pub sleepers: Line<AtomicU32>,
        /// Pieces done in this dispatch.
        pub done: Line<AtomicU32>,
        /// Changes while a long piece goes on.
        pub beats: Line<AtomicU32>,
        /// Whether who dispatched may be parked on `done`, and the host on `epoch`.
        pub leader_sleeps: Line<AtomicU32>,
        pub host_sleeps: Line<AtomicU32>,
        pub job: Line<UnsafeCell<Job>>,
        /// The pieces of each thread that nobody has taken (see `sharing.rs`).
        pub ranges: [Line<AtomicU64>; MOST_THREADS],

        /// Calls that the host has written, in a ring, and how many of them were run.
        pub submitted: Line<AtomicU32>,
        pub executed: Line<AtomicU32>,
        /// At least so many were run: the host's own note, so that it need not look at what workers write.
        pub known_executed: Line<AtomicU32>,
        /// 1 while a thread runs a call, and which one: the host's own, 0, while none does.
        pub taken: Line<AtomicU32>,
        pub leader: Line<AtomicU32>,
        pub calls: [Call; CALLS],
    }
}

/// A field with a cache line of its own.
#[repr(C, align(64))]
pub struct Line<T>(pub T);

unsafe extern "C" {
    static __heap_base: u8;
}

fn address() -> usize {
    (&raw const __heap_base as usize + 63) & !63
}

/// The one control block of this memory.
#[inline(always)]
pub fn control() -> &'static Control {
    // SAFETY: the host reserves this block, zero-filled, before it calls anything else.
    unsafe { &*(address() as *const Control) }
}

#[unsafe(no_mangle)]
pub extern "C" fn control_address() -> usize {
    address()
}
