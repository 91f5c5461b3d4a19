//! How kernels cut their work into chunks, for one thread or all (see `sharing.rs`).

#[cfg(target_feature = "atomics")]
use crate::control::block::Job;
use crate::control::block::control;
#[cfg(target_feature = "atomics")]
use crate::threads::sharing::{MOST_PIECES, dispatch};

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
        unsafe { dispatch(job) };
        return;
    }
    let _ = nanoseconds;
    for chunk in 0..chunks {
        body(chunk, 0);
    }
}

/// Says within a long piece of work that it goes on: a worker that makes no progress is given up.
pub fn goes_on() {
    #[cfg(target_feature = "atomics")]
    control().beats.0.fetch_add(1, core::sync::atomic::Ordering::Relaxed);
}

/// A product that stops at the greatest number: more than 32 bits of multiply-adds are nothing rare,
/// and 2048³ of them would be 0.
pub fn product<const N: usize>(factors: [usize; N]) -> usize {
    factors.into_iter().fold(1, usize::saturating_mul)
}

/// Pieces of work for each thread: with fewer, a late one leaves the others waiting.
pub const PIECES: usize = 4;

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

/// Equal parts of `total` in units of `unit`: the part numbered `index` of `parts`. In 64 bits: units
/// times parts are more than 32 hold from some 30 million elements on.
#[inline(always)]
pub fn part(total: usize, unit: usize, parts: usize, index: usize) -> (usize, usize) {
    let units = total.div_ceil(unit) as u64;
    let edge = |index: usize| {
        (units * index as u64 / parts as u64 * unit as u64).min(total as u64) as usize
    };
    (edge(index), edge(index + 1))
}

/// For tests: the first element of a part, or where `index` is `parts` the end of the last one.
#[unsafe(no_mangle)]
pub extern "C" fn part_begin(total: usize, unit: usize, parts: usize, index: usize) -> usize {
    part(total, unit, parts, index).0
}
