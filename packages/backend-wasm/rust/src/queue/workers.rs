//! Calls under way. The host goes on while workers run what it has submitted, in order, each on all threads
//! that are free; when it needs the results, or is too far ahead, it works with them. So what the host does
//! between kernels keeps only its own thread from them.

use crate::control::block::{Control, control};
use crate::control::call::CALLS;
use crate::queue::kernels::run;
use crate::threads::sharing::*;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};

/// Calls that the host may be ahead.
const MOST_AHEAD: u32 = CALLS as u32 - 1;

fn waiting(c: &Control) -> u32 {
    c.submitted.0.load(SeqCst).wrapping_sub(c.executed.0.load(SeqCst))
}

/// Whether there is a call that no thread has taken.
fn has_call(c: &Control) -> bool {
    waiting(c) != 0 && c.taken.0.load(SeqCst) == 0
}

/// Runs the next call, where there is one and no other thread runs one.
unsafe fn run_next(c: &Control, thread: usize) -> bool {
    if !has_call(c) || c.taken.0.compare_exchange(0, 1, SeqCst, SeqCst).is_err() {
        return false;
    }
    let is_left = waiting(c) != 0;
    if is_left {
        let number = c.executed.0.load(SeqCst);
        c.leader.0.store(thread as u32, SeqCst);
        run(&c.calls[number as usize % CALLS]);
        c.leader.0.store(0, SeqCst);
        c.executed.0.store(number.wrapping_add(1), SeqCst);
        if c.host_sleeps.0.load(SeqCst) != 0 {
            wake_all(c);
        }
    }
    c.taken.0.store(0, SeqCst);
    is_left
}

/// The host has written the next call of the ring. Where no worker is awake, it runs here: most calls are over
/// before one would be.
pub unsafe fn submit() {
    let c = control();
    let submitted = c.submitted.0.fetch_add(1, SeqCst).wrapping_add(1);
    if c.sleepers.0.load(SeqCst) + 1 == c.threads {
        settle();
    } else if submitted.wrapping_sub(c.known_executed.0.load(Relaxed)) >= MOST_AHEAD {
        work_until(MOST_AHEAD - 1);
        c.known_executed.0.store(c.executed.0.load(SeqCst), Relaxed);
    }
}

/// The host works until all calls are done, or the workers are given up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn settle() {
    work_until(0);
}

/// The host works until at most `left` calls wait, or the workers are given up.
unsafe fn work_until(left: u32) {
    let c = control();
    let is_over = || waiting(c) <= left || c.failed.load(SeqCst) != 0;
    while !is_over() {
        let epoch = c.epoch.0.load(SeqCst);
        take_pieces(c, 0);
        if run_next(c, 0) {
            continue;
        }
        let has_news = || is_over() || c.epoch.0.load(SeqCst) != epoch || has_call(c);
        let progress = || c.executed.0.load(SeqCst).wrapping_add(c.done.0.load(SeqCst));
        await_news(c, 0, (&c.epoch.0, &c.host_sleeps.0), has_news, progress);
    }
}

/// A worker's life: take pieces of the call under way, or run the next, look for more, park. Returns when
/// asked to stop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn worker(thread: usize) {
    let c = control();
    c.ready.fetch_add(1, SeqCst);
    while c.stop.load(SeqCst) == 0 {
        let epoch = c.epoch.0.load(SeqCst);
        take_pieces(c, thread);
        if run_next(c, thread) {
            continue;
        }
        let has_news = || c.epoch.0.load(SeqCst) != epoch || has_call(c);
        if spin_until(has_news, SPINS) {
            continue;
        }
        c.sleepers.0.fetch_add(1, SeqCst);
        if !has_news() && c.stop.load(SeqCst) == 0 {
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
    wake_all(c);
}
