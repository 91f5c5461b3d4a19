//! One dispatch per kernel to workers that wait in shared memory. Each thread first takes the chunks of
//! its own range, from the front, then those of others, from the back: what a thread wrote in one kernel
//! it reads in the next, from its own cache, and none waits while there is work.

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
        let data = (&raw const body).cast();
        let job = Job { run: call::<F>, data, chunks, together: chunks.div_ceil(MOST_PIECES) };
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

/// Pieces that a dispatch has at most: more chunks are taken several at once.
#[cfg(target_feature = "atomics")]
const MOST_PIECES: usize = 4096;

/// A number of parts that all threads get as many of, where they are several but few.
pub fn even(parts: usize) -> usize {
    let threads = threads();
    if parts == 1 || parts > 2 * PIECES * threads { parts } else { parts.next_multiple_of(threads) }
}

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
    use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

    /// Looks at a changing word this often before parking: some 160 microseconds. Nearly all gaps between
    /// the kernels of a network are shorter, and waking a parked thread takes as long.
    const SPINS: usize = 120_000;
    /// A host that may not park gives workers up after this many looks, some ten seconds.
    const SPINS_WITHOUT_WAITING: u64 = 1 << 33;

    /// Runs a job on all threads; returns when it is done, or given up.
    pub unsafe fn dispatch(job: Job) {
        let c = control();
        if c.failed.load(SeqCst) != 0 {
            return;
        }
        let pieces = job.chunks.div_ceil(job.together);
        let threads = c.threads as usize;
        let epoch = c.epoch.0.load(SeqCst).wrapping_add(1);
        c.done.0.store(0, SeqCst);
        c.job.0.get().write(job);
        for thread in 0..threads {
            let first = pieces * thread / threads;
            let end = pieces * (thread + 1) / threads;
            c.ranges[thread].0.store(Range { epoch, first, end }.word(), SeqCst);
        }
        c.epoch.0.store(epoch, SeqCst);
        if c.sleepers.0.load(SeqCst) != 0 {
            memory_atomic_notify(c.epoch.0.as_ptr() as *mut i32, (pieces - 1) as u32);
        }
        take_pieces(c, 0);
        await_done(c, pieces as u32);
    }

    /// Pieces `first` to `end` of a dispatch, in one word, so that they are taken by one exchange. The
    /// number of the dispatch keeps an exchange from succeeding in a later one.
    #[derive(Clone, Copy)]
    struct Range {
        epoch: u32,
        first: usize,
        end: usize,
    }

    impl Range {
        fn word(self) -> u64 {
            (self.epoch as u64) << 32 | (self.first as u64) << 16 | self.end as u64
        }

        fn of(word: u64) -> Range {
            let bits = |at: u32| (word >> at) as u16 as usize;
            Range { epoch: (word >> 32) as u32, first: bits(16), end: bits(0) }
        }
    }

    /// Runs pieces until none is left to take.
    unsafe fn take_pieces(c: &Control, thread: usize) {
        let threads = c.threads as usize;
        for i in 0..threads {
            let victim = if thread + i < threads { thread + i } else { thread + i - threads };
            while let Some((job, piece)) = take(&c.ranges[victim].0, c, i == 0) {
                if thread != 0 && c.fault.load(SeqCst) != 0 {
                    crate::simd::unreachable();
                }
                let begin = piece * job.together;
                for chunk in begin..job.chunks.min(begin + job.together) {
                    (job.run)(job.data, chunk, thread);
                }
                let done = c.done.0.fetch_add(1, SeqCst) + 1;
                let is_last = done as usize * job.together >= job.chunks;
                if is_last && thread != 0 && c.host_sleeps.0.load(SeqCst) != 0 {
                    memory_atomic_notify(c.done.0.as_ptr() as *mut i32, 1);
                }
            }
        }
    }

    /// Takes one piece, from the front or from the back, and the job that it belongs to.
    unsafe fn take(word: &AtomicU64, c: &Control, from_front: bool) -> Option<(Job, usize)> {
        let mut seen = word.load(SeqCst);
        loop {
            let range = Range::of(seen);
            if range.first == range.end {
                return None;
            }
            // Read before the exchange: success proves that this dispatch was still open, so the job
            // was whole.
            let job = c.job.0.get().read_volatile();
            let (rest, piece) = if from_front {
                (Range { first: range.first + 1, ..range }, range.first)
            } else {
                (Range { end: range.end - 1, ..range }, range.end - 1)
            };
            match word.compare_exchange(seen, rest.word(), SeqCst, SeqCst) {
                Ok(_) => return Some((job, piece)),
                Err(now) => seen = now,
            }
        }
    }

    unsafe fn await_done(c: &Control, pieces: u32) {
        if spin_until(|| c.done.0.load(SeqCst) == pieces, SPINS) {
            return;
        }
        if c.may_wait == 0 {
            let mut looks = 0u64;
            while c.done.0.load(SeqCst) != pieces {
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
        while last != pieces {
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

    /// A worker's life: take pieces, look for the next dispatch, park. Returns when asked to stop.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn worker(thread: usize) {
        let c = control();
        c.ready.fetch_add(1, SeqCst);
        while c.stop.load(SeqCst) == 0 {
            let epoch = c.epoch.0.load(SeqCst);
            take_pieces(c, thread);
            if spin_until(|| c.epoch.0.load(SeqCst) != epoch, SPINS) {
                continue;
            }
            c.sleepers.0.fetch_add(1, SeqCst);
            if c.epoch.0.load(SeqCst) == epoch && c.stop.load(SeqCst) == 0 {
                wait(&c.epoch.0, epoch, -1);
            }
            c.sleepers.0.fetch_sub(1, SeqCst);
        }
    }

    /// Asks all workers to leave.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn stop_workers() {
        let c = control();
        c.stop.store(1, SeqCst);
        c.epoch.0.fetch_add(1, SeqCst);
        memory_atomic_notify(c.epoch.0.as_ptr() as *mut i32, u32::MAX);
    }
}
