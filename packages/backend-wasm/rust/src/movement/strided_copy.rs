//! Copies between memory in different orders: permutations, slices, layouts.

use crate::control::call::AXES;
use crate::control::interface::shared;
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;

shared! {
    "stridedCopy":
    /// Extents and steps in elements, outermost first; the last axes are `AXES - axes` behind unused.
    pub struct Arguments {
        source: *const u8,
        out: *mut u8,
        /// Bytes of an element: 4 or 1.
        bytes: usize,
        axes: usize,
        extents: [usize; AXES],
        from: [isize; AXES],
        to: [isize; AXES],
    }
}

/// The host orders the axes: the last one has the least step in the output; the one in front of it
/// may have step 1 in the source.
pub unsafe fn strided_copy(c: &Arguments) {
    let outer_axes = c.axes.saturating_sub(2);
    let outer: usize = c.extents[..outer_axes].iter().product();
    let elements: usize = c.extents[..c.axes].iter().product();
    if elements == 0 {
        return;
    }
    let (rows, columns) = (c.extents[outer_axes], c.extents[outer_axes + 1]);
    let row_parts = (elements / outer).div_ceil(1 << 13).min(rows.div_ceil(16)).max(1);
    // Several outer positions in one chunk, where a matrix is small.
    let step = ((1 << 12) / (elements / outer)).clamp(1, outer);
    let outer_parts = outer.div_ceil(step);
    parallel(outer_parts * row_parts, elements / 2, |chunk, _| {
        let (begin, end) = part(rows, 16, row_parts, chunk % row_parts);
        let first = chunk / row_parts * step;
        for position in first..(first + step).min(outer) {
            let mut rest = position;
            let (mut from, mut to) = (0isize, 0isize);
            for axis in (0..outer_axes).rev() {
                let at = (rest % c.extents[axis]) as isize;
                rest /= c.extents[axis];
                from += at * c.from[axis];
                to += at * c.to[axis];
            }
            let m = Matrix {
                columns,
                from_row: c.from[outer_axes],
                from_column: c.from[outer_axes + 1],
                to_row: c.to[outer_axes],
                to_column: c.to[outer_axes + 1],
            };
            if c.bytes == 4 {
                m.copy_words(
                    (c.source as *const f32).offset(from),
                    (c.out as *mut f32).offset(to),
                    begin,
                    end,
                );
            } else {
                m.copy_single(c.source.offset(from), c.out.offset(to), begin, end);
            }
        }
    });
}

/// The two innermost axes.
struct Matrix {
    columns: usize,
    from_row: isize,
    from_column: isize,
    to_row: isize,
    to_column: isize,
}

impl Matrix {
    unsafe fn copy_words(&self, source: *const f32, out: *mut f32, begin: usize, end: usize) {
        if self.to_column == 1 && self.from_column == 1 {
            for r in begin..end {
                let from = source.offset(r as isize * self.from_row);
                let to = out.offset(r as isize * self.to_row);
                copy(from, to, self.columns);
            }
        } else if self.to_column == 1 && self.from_row == 1 {
            self.transpose(source, out, begin, end);
        } else {
            self.copy_single(source, out, begin, end);
        }
    }

    /// Rows of the output are columns of the source.
    unsafe fn transpose(&self, source: *const f32, out: *mut f32, begin: usize, end: usize) {
        let mut r = begin;
        while r + 4 <= end {
            let from = source.add(r);
            let to = out.offset(r as isize * self.to_row);
            let mut c = 0;
            while c + 4 <= self.columns {
                let mut lines = [zero(); 4];
                for (k, line) in lines.iter_mut().enumerate() {
                    *line = load(from.offset((c + k) as isize * self.from_column));
                }
                for (k, line) in transpose4(lines).into_iter().enumerate() {
                    store(to.offset(k as isize * self.to_row).add(c), line);
                }
                c += 4;
            }
            while c < self.columns {
                for k in 0..4 {
                    let value = *from.offset(c as isize * self.from_column).add(k);
                    to.offset(k as isize * self.to_row).add(c).write(value);
                }
                c += 1;
            }
            r += 4;
        }
        self.copy_single(source, out, r, end);
    }

    unsafe fn copy_single<T: Copy>(&self, source: *const T, out: *mut T, begin: usize, end: usize) {
        for r in begin..end {
            let mut from = source.offset(r as isize * self.from_row);
            let mut to = out.offset(r as isize * self.to_row);
            for _ in 0..self.columns {
                to.write(*from);
                from = from.offset(self.from_column);
                to = to.offset(self.to_column);
            }
        }
    }
}

shared! {
    "copyBytes":
    pub struct Bytes {
        source: *const u8,
        out: *mut u8,
        count: usize,
    }
}

/// Copies bytes on all threads.
pub unsafe fn copy_bytes(a: &Bytes) {
    let &Bytes { source, out, count } = a;
    let parts = count.div_ceil(1 << 17);
    parallel(parts, count / 12, |chunk, _| {
        let (begin, end) = part(count, 64, parts, chunk);
        out.add(begin).copy_from_nonoverlapping(source.add(begin), end - begin);
    });
}
