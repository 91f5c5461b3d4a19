//! What the host calls to have a kernel run.

use crate::control::call::Call;
use crate::queue::kernels::{has_memory, run};
#[cfg(target_feature = "atomics")]
use crate::queue::workers;

/// Takes a call, the next one of the ring, unless it lacks memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn submit(call: &Call) -> bool {
    if !has_memory(call) {
        return false;
    }
    #[cfg(target_feature = "atomics")]
    workers::submit();
    #[cfg(not(target_feature = "atomics"))]
    run(call);
    true
}

/// Runs a call that needs no memory and gives its answer. No other may be under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run_call(call: &Call) -> usize {
    run(call)
}
