//! One job on all threads: pieces of work that each thread takes from its own range first, from the front, then
//! from those of others, from the back. What a thread wrote in one kernel it reads in the next, from its own
//! cache, and none waits while there is work.

use crate::control::block::{Control, Job, control};
use crate::vector::simd::{memory_atomic_notify, memory_atomic_wait32};
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

/// Pieces that a dispatch has at most: more chunks are taken several at once.
pub const MOST_PIECES: usize = 4096;
/// Looks at a changing word this often before parking: some 160 microseconds. Nearly all gaps between
/// the kernels of a network are shorter, and waking a parked thread takes as long.
pub const SPINS: usize = 70_000;
/// A host that may not park gives workers up after this many looks, some ten seconds.
const SPINS_WITHOUT_PARKING: usize = usize::MAX;

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
    if c.sleepers.0.load(SeqCst) + c.host_sleeps.0.load(SeqCst) != 0 {
        memory_atomic_notify(c.epoch.0.as_ptr() as *mut i32, (pieces - 1) as u32);
    }
    let thread = c.leader.0.load(SeqCst) as usize;
    take_pieces(c, thread);
    let is_done = || c.done.0.load(SeqCst) == pieces as u32;
    await_news(c, thread, (&c.done.0, &c.leader_sleeps.0), is_done, || c.done.0.load(SeqCst));
}

/// Pieces `first` to `end` of a dispatch, in one word, so that they are taken by one exchange. The
/// number of the dispatch keeps an exchange from succeeding in a later one.
#[derive(Clone, Copy)]
struct Range {
    epoch: u32,
    first: usize,
    end: usize,
}

/// A word has 16 bits for each end of a range.
const _: () = assert!(MOST_PIECES <= u16::MAX as usize);

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
pub unsafe fn take_pieces(c: &Control, thread: usize) {
    let threads = c.threads as usize;
    for i in 0..threads {
        let victim = if thread + i < threads { thread + i } else { thread + i - threads };
        while let Some((job, piece)) = take(&c.ranges[victim].0, c, i == 0) {
            if thread != 0 && c.fault.load(SeqCst) != 0 {
                crate::vector::simd::unreachable();
            }
            let begin = piece * job.together;
            for chunk in begin..job.chunks.min(begin + job.together) {
                (job.run)(job.data, chunk, thread);
            }
            let done = c.done.0.fetch_add(1, SeqCst) + 1;
            let is_last = done as usize * job.together >= job.chunks;
            if is_last && c.leader_sleeps.0.load(SeqCst) != 0 {
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

/// Looks for news, and after a while parks on a word that changes with them, which a flag says to whoever
/// changes it. Gives the workers up where `progress` and the beats of a long piece stand still for as long as the
/// host's patience lasts.
pub unsafe fn await_news(
    c: &Control,
    thread: usize,
    (word, sleeps): (&AtomicU32, &AtomicU32),
    has_news: impl Fn() -> bool,
    progress: impl Fn() -> u32,
) {
    let may_park = thread != 0 || c.may_wait != 0;
    if spin_until(&has_news, if may_park { SPINS } else { SPINS_WITHOUT_PARKING }) {
        return;
    }
    let progress = || progress().wrapping_add(c.beats.0.load(SeqCst));
    let slices = 20;
    let mut idle = if may_park { 0 } else { slices };
    let mut last = progress();
    sleeps.store(1, SeqCst);
    loop {
        let seen = word.load(SeqCst);
        if has_news() {
            break;
        }
        if idle == slices {
            c.failed.store(1, SeqCst);
            break;
        }
        wait(word, seen, c.patience as i64 * 1_000_000 / slices);
        let now = progress();
        idle = if now == last { idle + 1 } else { 0 };
        last = now;
    }
    sleeps.store(0, SeqCst);
}

pub unsafe fn wait(word: &AtomicU32, seen: u32, nanoseconds: i64) {
    memory_atomic_wait32(word.as_ptr() as *mut i32, seen as i32, nanoseconds);
}

/// Makes all parked threads look. Only who has taken the call under way changes this word, or the host
/// when it ends everything.
pub unsafe fn wake_all(c: &Control) {
    c.epoch.0.fetch_add(1, SeqCst);
    memory_atomic_notify(c.epoch.0.as_ptr() as *mut i32, u32::MAX);
}

pub fn spin_until(condition: impl Fn() -> bool, spins: usize) -> bool {
    for _ in 0..spins {
        if condition() {
            return true;
        }
    }
    false
}
