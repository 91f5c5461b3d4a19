//! Memory filled with one value.

use crate::control::interface::shared;
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;

/// Fills with zeros on all threads.
pub unsafe fn zeros(out: *mut f32, count: usize) {
    words(out as *mut u32, count, 0);
}

shared! {
    "fill":
    pub struct Arguments {
        out: usize,
        count: usize,
        value: u32,
    }
}

/// Fills `count` 32-bit words.
pub unsafe fn fill_words(a: &Arguments) {
    words(a.out as *mut u32, a.count, a.value);
}

unsafe fn words(out: *mut u32, count: usize, value: u32) {
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
pub unsafe fn fill_bytes(a: &Arguments) {
    (a.out as *mut u8).write_bytes(a.value as u8, a.count);
}
