//! Sorting and running sums along one axis of a tensor in row-major order, seen as [outer, extent,
//! inner].

use crate::control::element::ElementType;
use crate::control::interface::shared;
use crate::control::memory::{Memory, bytes, scratch};
use crate::threads::parallel::{goes_on, parallel, product};

shared! {
    "order":
    pub struct Arguments {
        x: usize,
        out: usize,
        outer: usize,
        extent: usize,
        inner: usize,
        /// Type of the keys, as `key` numbers it.
        kind: ElementType,
        descending: u32,
    }
}

impl Arguments {
    fn lines(&self) -> Lines {
        Lines { count: self.outer * self.inner, extent: self.extent, inner: self.inner }
    }
}

/// Where the elements of a line lie: `first + i * inner`.
struct Lines {
    count: usize,
    extent: usize,
    inner: usize,
}

impl Lines {
    fn first(&self, line: usize) -> usize {
        line / self.inner * self.extent * self.inner + line % self.inner
    }
}

/// A key that orders as the element does: -0 equals 0, and NaN is greatest.
unsafe fn key(x: usize, kind: ElementType, at: usize) -> i32 {
    match kind {
        ElementType::Float32 => {
            let value = *(x as *const f32).add(at);
            let bits = value.to_bits() as i32;
            if value.is_nan() {
                i32::MAX
            } else if value == 0.0 {
                0
            } else if bits < 0 {
                bits ^ i32::MAX
            } else {
                bits
            }
        }
        ElementType::Int32 => *(x as *const i32).add(at),
        _ => *(x as *const u8).add(at) as i32,
    }
}

/// Positions between two signs of going on: some milliseconds of sorting.
const STRETCH: usize = 1 << 20;

/// Stable merge sort of `count` positions by their keys; `spare` is as long.
unsafe fn sort(keys: *const i32, order: *mut i32, spare: *mut i32, count: usize) {
    let (mut from, mut to) = (order, spare);
    let mut width = 1;
    while width < count {
        let mut begin = 0;
        while begin < count {
            let middle = (begin + width).min(count);
            let end = (begin + 2 * width).min(count);
            let (mut a, mut b) = (begin, middle);
            for i in begin..end {
                if i % STRETCH == 0 {
                    goes_on();
                }
                let take_first = b >= end
                    || a < middle
                        && *keys.add(*from.add(a) as usize) <= *keys.add(*from.add(b) as usize);
                let next = if take_first { &mut a } else { &mut b };
                to.add(i).write(*from.add(*next));
                *next += 1;
            }
            begin = end;
        }
        core::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    if from != order {
        core::ptr::copy_nonoverlapping(from, order, count);
    }
}

pub fn sort_memory(a: &Arguments) -> Memory {
    Memory { scratch: bytes([a.extent, 12]), workspace: 0 }
}

/// The positions that sort each line; stable in both directions.
pub unsafe fn argsort(a: &Arguments) {
    let lines = a.lines();
    let Lines { count, extent, inner } = lines;
    let (x, kind, out) = (a.x, a.kind, a.out as *mut i32);
    // Turning all bits turns the order round and leaves equals equal.
    let turn = if a.descending != 0 { -1 } else { 0 };
    parallel(count, product([count, extent, 60]), |line, thread| {
        let keys: *mut i32 = scratch(thread);
        let order = keys.add(extent);
        let first = lines.first(line);
        for i in 0..extent {
            keys.add(i).write(key(x, kind, first + i * inner) ^ turn);
            order.add(i).write(i as i32);
        }
        sort(keys, order, order.add(extent), extent);
        for i in 0..extent {
            out.add(first + i * inner).write(*order.add(i));
        }
    });
}

/// Running sums of float32 lines, added up in double precision.
pub unsafe fn cumsum_floats(a: &Arguments) {
    let lines = a.lines();
    let Lines { count, extent, inner } = lines;
    let (x, out) = (a.x as *const f32, a.out as *mut f32);
    parallel(count, count * extent * 2, |line, _| {
        let first = lines.first(line);
        let mut total = 0.0f64;
        for i in 0..extent {
            total += *x.add(first + i * inner) as f64;
            out.add(first + i * inner).write(total as f32);
        }
    });
}

/// Running sums of int32 lines, around 2^32.
pub unsafe fn cumsum_integers(a: &Arguments) {
    let lines = a.lines();
    let Lines { count, extent, inner } = lines;
    let (x, out) = (a.x as *const i32, a.out as *mut i32);
    parallel(count, count * extent * 2, |line, _| {
        let first = lines.first(line);
        let mut total = 0i32;
        for i in 0..extent {
            total = total.wrapping_add(*x.add(first + i * inner));
            out.add(first + i * inner).write(total);
        }
    });
}
