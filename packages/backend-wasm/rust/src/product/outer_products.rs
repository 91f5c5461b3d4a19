//! Sums of outer products: for every pixel, a row of the left operand by a row of the right one. A
//! tile of the sums stays in registers while the pixels run, so both are read along columns.

use crate::product::panels::panel_width;
use crate::product::tile::*;
use crate::vector::simd::*;

/// The pixels of one block as spans of equal steps.
pub struct Walk {
    pub spans: *const Span,
    pub count: usize,
    pub pixels: usize,
    pub left_step: usize,
    pub right_step: usize,
}

impl Walk {
    /// Copies `width` floats, a multiple of 4, of every pixel to `to`, pixel behind pixel.
    unsafe fn pack(
        &self,
        operand: impl Fn(&Span) -> (*const f32, usize),
        width: usize,
        to: *mut f32,
    ) {
        let mut to = to;
        for i in 0..self.count {
            let span = &*self.spans.add(i);
            let (mut from, step) = operand(span);
            for _ in 0..span.count {
                let mut v = 0;
                while v < width {
                    store(to.add(v), load(from.add(v)));
                    v += 4;
                }
                to = to.add(width);
                from = from.add(step);
            }
        }
    }
}

/// The sums of one group that a block is added to.
pub struct Sums {
    pub runs: *const Run,
    pub run_count: usize,
    /// Floats from the pointers of the spans to the group.
    pub left: usize,
    pub right: usize,
    /// [K, columns].
    pub out: *mut f32,
    pub columns: usize,
    /// The columns that are computed.
    pub n: (usize, usize),
    pub start: Start,
}

/// Adds one block whose operands are read where they stand.
pub unsafe fn add_in_place(walk: &Walk, s: &Sums, _: *mut f32) {
    let mut column = s.n.0;
    while column < s.n.1 {
        let width = panel_width(s.n.1 - column);
        let mut row = 0;
        for r in 0..s.run_count {
            let run = *s.runs.add(r);
            let length = run.length as usize;
            let mut begin = 0;
            while begin < length {
                let height = tile_height(width, length - begin);
                columns_tile(
                    width,
                    height,
                    &Columns {
                        spans: walk.spans,
                        span_count: walk.count,
                        left_offset: s.left + run.offset as usize / 4 + begin,
                        right_offset: s.right + column,
                        left_step: walk.left_step,
                        right_step: walk.right_step,
                        output: s.out.add((row + begin) * s.columns + column),
                        output_stride: s.columns,
                        columns: (s.n.1 - column).min(width),
                        start: s.start,
                    },
                );
                begin += height;
            }
            row += length;
        }
        column += width;
    }
}

/// Rows of the left operand that are packed together: one cache line of each pixel.
pub const SLAB: usize = 16;
/// Columns of the right operand that are packed together.
pub const PACKED_COLUMNS: usize = 64;
/// Columns from which on packing the left operand costs less than it gives.
pub const WORTH_PACKING: usize = 32;

/// Adds one block whose operands are packed first, pixel behind pixel. Where they stand, pixels of
/// 512 channels fall into two sets of the cache, and rows of a few pixels make short spans.
pub unsafe fn add_packed(walk: &Walk, s: &Sums, packed: *mut f32) {
    let slab = packed;
    let panels = packed.add(walk.pixels * SLAB);
    let mut first = s.n.0;
    while first < s.n.1 {
        let end = (first + PACKED_COLUMNS).min(s.n.1);
        let mut column = first;
        while column < end {
            let width = panel_width(end - column);
            let to = panels.add((column - first) * walk.pixels);
            walk.pack(|span| (span.right.add(s.right + column), walk.right_step), width, to);
            column += width;
        }
        let mut row = 0;
        for r in 0..s.run_count {
            let run = *s.runs.add(r);
            let length = run.length as usize;
            let mut begin = 0;
            while begin < length {
                let offset = s.left + run.offset as usize / 4 + begin;
                walk.pack(|span| (span.left.add(offset), walk.left_step), SLAB, slab);
                let rows = (length - begin).min(SLAB);
                add_slab(walk.pixels, s, (first, end), (row + begin, rows), slab, panels);
                begin += rows;
            }
            row += length;
        }
        first = end;
    }
}

/// Adds the products of a packed slab of rows and packed columns.
unsafe fn add_slab(
    pixels: usize,
    s: &Sums,
    (first, end): (usize, usize),
    (row, rows): (usize, usize),
    slab: *const f32,
    panels: *const f32,
) {
    let mut column = first;
    while column < end {
        let width = panel_width(end - column);
        let right = panels.add((column - first) * pixels);
        let span = Span { left: slab, right, count: pixels };
        let mut i = 0;
        while i < rows {
            let height = tile_height(width, rows - i);
            columns_tile(
                width,
                height,
                &Columns {
                    spans: &span,
                    span_count: 1,
                    left_offset: i,
                    right_offset: 0,
                    left_step: SLAB,
                    right_step: width,
                    output: s.out.add((row + i) * s.columns + column),
                    output_stride: s.columns,
                    columns: (end - column).min(width),
                    start: s.start,
                },
            );
            i += height;
        }
        column += width;
    }
}

/// Rows of the next tile where `left` rows are left: no tile of one or two rows behind full ones,
/// if that can be helped.
fn tile_height(width: usize, left: usize) -> usize {
    if left <= most_columns_rows(width) { left } else { slab_rows(width, left) }
}
