//! One dispatch per kernel to workers that wait in shared memory, with dynamic sharing of the
//! chunks.

#[cfg(target_feature = "atomics")]
use crate::control::Job;
use crate::control::control;

/// Threads that a kernel may plan for.
#[inline(always)]
pub fn threads() -> usize {
    control().threads as usize
}

/// Calls `body(chunk, thread)` for every chunk, each once, in any order and on any thread.
/// `nanoseconds` estimates the whole work on one thread. The chunks must not write the same memory:
/// bodies hold raw pointers, so the compiler does not see to it.
pub fn parallel<F: Fn(usize, usize)>(chunks: usize, nanoseconds: usize, body: F) {
    #[cfg(target_feature = "atomics")]
    if chunks > 1 && nanoseconds >= control().worth_sharing as usize && threads() > 1 {
        unsafe fn call<F: Fn(usize, usize)>(data: *const (), chunk: usize, thread: usize) {
            (*(data as *const F))(chunk, thread)
        }
        let job = Job { run: call::<F>, data: (&raw const body).cast(), chunks };
        // SAFETY: `body` outlives the dispatch, which returns when no thread runs a chunk.
        unsafe { sharing::dispatch(job) };
        return;
    }
    let _ = nanoseconds;
    for chunk in 0..chunks {
        body(chunk, 0);
    }
}

/// Pieces of work for each thread: with fewer, a late one leaves the others waiting.
pub const PIECES: usize = 4;

/// In how many parts each of `count` pieces of work is cut, so that all threads get as much. A piece
/// can be cut into `divisible` parts, and halves of that still run well.
pub fn parts_of_each(count: usize, divisible: usize) -> usize {
    if threads() == 1 {
        return 1;
    }
    let wanted = (threads() * PIECES).div_ceil(count);
    let mut parts = wanted.min(divisible.div_ceil(2)).max(1);
    while count * parts % threads() != 0 && count * parts < threads() * 16 && parts < divisible {
        parts += 1;
    }
    parts
}

/// Equal parts of `total` in units of `unit`: the part numbered `index` of `parts`.
#[inline(always)]
pub fn part(total: usize, unit: usize, parts: usize, index: usize) -> (usize, usize) {
    let units = total.div_ceil(unit);
    let begin = units * index / parts * unit;
    let end = units * (index + 1) / parts * unit;
    (begin.min(total), end.min(total))
}

#[cfg(target_feature = "atomics")]
mod sharing {
    use super::control;
    use crate::control::{Control, Job};
    use crate::simd::{memory_atomic_notify, memory_atomic_wait32};
    use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

    /// Looks at a changing word this often before parking: some tens of microseconds. The gaps between
    /// the kernels of a network are shorter, and waking a parked thread takes tens of microseconds.
    const SPINS: usize = 30_000;
    /// A host that may not park gives workers up after this many looks, some ten seconds.
    const SPINS_WITHOUT_WAITING: u64 = 1 << 33;

    /// Runs a job on all threads; returns when it is done, or given up.
    pub unsafe fn dispatch(job: Job) {
        let c = control();
        if c.failed.load(SeqCst) != 0 {
            return;
        }
        c.done.0.store(0, SeqCst);
        c.job.0.get().write(job);
        let epoch = (c.state.0.load(SeqCst) >> 32).wrapping_add(1);
        c.state.0.store(epoch << 32 | job.chunks as u64, SeqCst);
        if c.sleepers.0.load(SeqCst) != 0 {
            memory_atomic_notify(epoch_word(c), (job.chunks - 1) as u32);
        }
        take_chunks(c, 0);
        await_done(c, job.chunks as u32);
    }

    /// The half of `state` that changes once per dispatch.
    fn epoch_word(c: &Control) -> *mut i32 {
        // Little-endian: the high half lies behind the low one.
        unsafe { (c.state.0.as_ptr() as *mut i32).add(1) }
    }

    unsafe fn take_chunks(c: &Control, thread: usize) {
        let mut state = c.state.0.load(SeqCst);
        while state as u32 != 0 {
            // Read before the exchange: success proves that this dispatch was still open, so the
            // job was whole.
            let job = c.job.0.get().read_volatile();
            match c.state.0.compare_exchange(state, state - 1, SeqCst, SeqCst) {
                Ok(_) => {
                    if thread != 0 && c.fault.load(SeqCst) != 0 {
                        crate::simd::unreachable();
                    }
                    (job.run)(job.data, job.chunks - state as u32 as usize, thread);
                    let done = c.done.0.fetch_add(1, SeqCst) + 1;
                    if done == job.chunks as u32 && thread != 0 && c.host_sleeps.0.load(SeqCst) != 0
                    {
                        memory_atomic_notify(c.done.0.as_ptr() as *mut i32, 1);
                    }
                    state = c.state.0.load(SeqCst);
                }
                Err(now) => state = now,
            }
        }
    }

    unsafe fn await_done(c: &Control, chunks: u32) {
        if spin_until(|| c.done.0.load(SeqCst) == chunks, SPINS) {
            return;
        }
        if c.may_wait == 0 {
            let mut looks = 0u64;
            while c.done.0.load(SeqCst) != chunks {
                looks += 1;
                if looks == SPINS_WITHOUT_WAITING {
                    c.failed.store(1, SeqCst);
                    return;
                }
            }
            return;
        }
        c.host_sleeps.0.store(1, SeqCst);
        let slices = 20;
        let mut idle = 0;
        let mut last = c.done.0.load(SeqCst);
        while last != chunks {
            let nanoseconds = c.patience as i64 * 1_000_000 / slices;
            wait(&c.done.0, last, nanoseconds);
            let now = c.done.0.load(SeqCst);
            idle = if now == last { idle + 1 } else { 0 };
            last = now;
            if idle == slices {
                c.failed.store(1, SeqCst);
                break;
            }
        }
        c.host_sleeps.0.store(0, SeqCst);
    }

    unsafe fn wait(word: &AtomicU32, seen: u32, nanoseconds: i64) {
        memory_atomic_wait32(word.as_ptr() as *mut i32, seen as i32, nanoseconds);
    }

    fn spin_until(condition: impl Fn() -> bool, spins: usize) -> bool {
        for _ in 0..spins {
            if condition() {
                return true;
            }
        }
        false
    }

    /// A worker's life: take chunks, look for the next dispatch, park. Returns when asked to stop.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn worker(thread: usize) {
        let c = control();
        c.ready.fetch_add(1, SeqCst);
        let epoch_of = || (c.state.0.load(SeqCst) >> 32) as u32;
        while c.stop.load(SeqCst) == 0 {
            let epoch = epoch_of();
            take_chunks(c, thread);
            if spin_until(|| epoch_of() != epoch, SPINS) {
                continue;
            }
            c.sleepers.0.fetch_add(1, SeqCst);
            if epoch_of() == epoch && c.stop.load(SeqCst) == 0 {
                memory_atomic_wait32(epoch_word(c), epoch as i32, -1);
            }
            c.sleepers.0.fetch_sub(1, SeqCst);
        }
    }

    /// Asks all workers to leave.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn stop_workers() {
        let c = control();
        c.stop.store(1, SeqCst);
        let epoch = (c.state.0.load(SeqCst) >> 32).wrapping_add(1);
        c.state.0.store(epoch << 32, SeqCst);
        memory_atomic_notify(epoch_word(c), u32::MAX);
    }
}
