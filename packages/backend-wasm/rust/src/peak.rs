//! What the machine can do at most, for the roofline bench.

use crate::simd::*;

/// `rounds` times 10 x 4 multiply-adds on registers: 80 floating point operations a round. `memory`
/// holds 11 vectors to multiply and receives 10.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn multiply_add_peak(rounds: usize, memory: *mut f32) {
    let x = load(memory);
    let mut sums = [zero(); 10];
    for _ in 0..rounds {
        for (i, sum) in sums.iter_mut().enumerate() {
            // Volatile: otherwise the product is computed once for all rounds.
            let y = (memory.add(4 + i * 4) as *const v128).read_volatile();
            *sum = multiply_add(x, y, *sum);
        }
    }
    for (i, sum) in sums.iter().enumerate() {
        store(memory.add(4 + i * 4), *sum);
    }
}
