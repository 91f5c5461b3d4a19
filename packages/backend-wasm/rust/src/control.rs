//! The control block: what the host and all threads know of each other, at the start of the heap.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64};

/// Words for the arguments of one kernel call.
pub const ARGUMENT_WORDS: usize = 1024;

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

/// The host reads and writes the first line by word index (see `control.ts`).
#[repr(C, align(64))]
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
    /// What a kernel that returned `MORE_MEMORY` needs.
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
    pub host_sleeps: Line<AtomicU32>,
    pub job: Line<UnsafeCell<Job>>,
    /// The pieces of each thread that nobody has taken (see `parallel.rs`).
    pub ranges: [Line<AtomicU64>; MOST_THREADS],

    pub arguments: [u32; ARGUMENT_WORDS],
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

/// The arguments of the kernel call in progress, read as `T`.
#[inline(always)]
pub unsafe fn arguments<T>() -> &'static T {
    &*(control().arguments.as_ptr() as *const T)
}

/// A kernel's answer when it needs more scratch or workspace than there is.
pub const MORE_MEMORY: i32 = 1;
pub const DONE: i32 = 0;

/// Whether the call in progress has `scratch` bytes per thread and `workspace` bytes; notes what it
/// lacks.
pub fn has_memory(scratch: usize, workspace: usize) -> bool {
    let c = control();
    if scratch <= c.scratch_bytes as usize && workspace <= c.workspace_bytes as usize {
        return true;
    }
    // SAFETY: only the host's thread is in a kernel at this point, and it reads these words
    // afterwards.
    unsafe {
        (&raw const c.scratch_wanted).cast_mut().write(scratch as u32);
        (&raw const c.workspace_wanted).cast_mut().write(workspace as u32);
    }
    false
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

#[unsafe(no_mangle)]
pub extern "C" fn control_address() -> usize {
    address()
}

#[unsafe(no_mangle)]
pub extern "C" fn control_bytes() -> usize {
    size_of::<Control>()
}

/// Where the arguments lie within the control block.
#[unsafe(no_mangle)]
pub extern "C" fn arguments_offset() -> usize {
    core::mem::offset_of!(Control, arguments)
}
