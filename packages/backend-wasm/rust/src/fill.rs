//! Memory filled with one value.

use crate::parallel::{parallel, part};
use crate::simd::*;

/// Fills with zeros on all threads.
pub unsafe fn zeros(out: *mut f32, count: usize) {
    fill_words(out as *mut u32, count, 0);
}

/// Fills `count` 32-bit words.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fill_words(out: *mut u32, count: usize, value: u32) {
    let parts = count.div_ceil(1 << 16);
    parallel(parts, count / 4, |chunk, _| {
        let (begin, end) = part(count, 16, parts, chunk);
        let v = u32x4_splat(value);
        let mut i = begin;
        while i + 4 <= end {
            v128_store(out.add(i) as *mut v128, v);
            i += 4;
        }
        while i < end {
            out.add(i).write(value);
            i += 1;
        }
    });
}

/// Fills `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fill_bytes(out: *mut u8, count: usize, value: u32) {
    out.write_bytes(value as u8, count);
}
