//! The innermost loops of every product of matrices: a tile of the output stays in registers while
//! K runs.
//!
//! `by_rows` reads the left operand along rows (K contiguous): matrix products and convolutions.
//! `by_columns` reads it along columns (rows of the tile contiguous, K strided): weight gradients
//! and transposed left operands. The right operand is a panel of 4, 8 or 2 x 8 columns, K after K.
//!
//! Each K step ends in a branch. Without it LLVM moves the steps of one sum together, which makes a
//! chain of dependent operations and keeps every load alive: measured 36 GFLOP/s instead of 64 at 6
//! x 8. Each output is one running sum over K in order, so results do not depend on the shape of
//! the tile.

use crate::simd::*;

/// A stretch of the left operand's rows: `length` floats from `offset` bytes behind the row's
/// pointer.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Run {
    pub offset: i32,
    pub length: u32,
}

/// What the sums of a tile are added to.
#[derive(Clone, Copy)]
pub enum Start {
    Zero,
    /// The value of each column.
    Bias(*const f32),
    /// What stands in the output, added at the end: a long sum is a sum of shorter ones, which is
    /// more exact.
    Output,
}

impl Start {
    /// The start of a tile at `column`.
    #[inline(always)]
    pub unsafe fn at_column(self, column: usize) -> Start {
        match self {
            Start::Bias(bias) => Start::Bias(bias.add(column)),
            other => other,
        }
    }
}

/// Arguments of `by_rows`.
pub struct Rows {
    /// One pointer per row of the tile; the runs count from `left_offset` bytes behind it.
    pub rows: *const *const f32,
    pub left_offset: isize,
    pub runs: *const Run,
    pub run_count: usize,
    /// The panel; the second one of a wide tile lies `panel_stride` floats behind.
    pub panel: *const f32,
    pub panel_stride: usize,
    /// One pointer per row of the output.
    pub outputs: *const *mut f32,
    /// Column of the output where the tile begins.
    pub column: usize,
    /// Columns to store, from 1 to the width of the tile.
    pub columns: usize,
    pub start: Start,
}

type Sums<const M: usize, const P: usize, const V: usize> = [[[v128; V]; P]; M];

/// One K step: M values of the left operand times P panels of V vectors.
#[inline(always)]
unsafe fn step<const M: usize, const P: usize, const V: usize>(
    sums: &mut Sums<M, P, V>,
    left: [*const f32; M],
    panels: [*const f32; P],
) {
    let mut right = [[zero(); V]; P];
    for p in 0..P {
        for v in 0..V {
            right[p][v] = load(panels[p].add(v * 4));
        }
    }
    for m in 0..M {
        let a = load_splat(left[m]);
        for p in 0..P {
            for v in 0..V {
                sums[m][p][v] = multiply_add(a, right[p][v], sums[m][p][v]);
            }
        }
    }
}

#[inline(always)]
unsafe fn advance<const N: usize>(pointers: [*const f32; N], floats: usize) -> [*const f32; N] {
    let mut next = pointers;
    for p in next.iter_mut() {
        *p = p.add(floats);
    }
    next
}

#[inline(always)]
unsafe fn start<const M: usize, const P: usize, const V: usize>(
    from: Start,
    column: usize,
) -> Sums<M, P, V> {
    let mut sums = [[[zero(); V]; P]; M];
    if let Start::Bias(bias) = from {
        for p in 0..P {
            for v in 0..V {
                let b = load(bias.add(column + (p * V + v) * 4));
                for row in sums.iter_mut() {
                    row[p][v] = b;
                }
            }
        }
    }
    sums
}

/// Stores the first `columns` columns. The pointers come as an array of values: read from memory
/// between the stores, they would keep V8 from pairing the stores of a row.
#[inline(always)]
unsafe fn finish<const M: usize, const P: usize, const V: usize>(
    mut sums: Sums<M, P, V>,
    from: Start,
    columns: usize,
    outputs: [*mut f32; M],
) {
    if let Start::Output = from {
        for (m, row) in sums.iter_mut().enumerate() {
            for p in 0..P {
                for v in 0..V {
                    let before = load(outputs[m].add((p * V + v) * 4));
                    row[p][v] = f32x4_add(before, row[p][v]);
                }
            }
        }
    }
    if columns == P * V * 4 {
        for (m, row) in sums.iter().enumerate() {
            for p in 0..P {
                for v in 0..V {
                    store(outputs[m].add((p * V + v) * 4), row[p][v]);
                }
            }
        }
    } else {
        for m in 0..M {
            store_columns(outputs[m], sums[m].as_ptr().cast(), columns);
        }
    }
}

#[inline(never)]
unsafe fn store_columns(output: *mut f32, sums: *const f32, columns: usize) {
    for column in 0..columns {
        output.add(column).write(*sums.add(column));
    }
}

#[inline(never)]
unsafe fn by_rows<const M: usize, const P: usize, const V: usize>(t: &Rows) {
    let mut outputs = [core::ptr::null_mut(); M];
    for (m, output) in outputs.iter_mut().enumerate() {
        *output = (*t.outputs.add(m)).add(t.column);
    }
    let mut sums: Sums<M, P, V> = start(t.start, t.column);
    let width = V * 4;
    let mut panels = [t.panel; P];
    for (p, panel) in panels.iter_mut().enumerate() {
        *panel = t.panel.add(p * t.panel_stride);
    }
    for r in 0..t.run_count {
        let run = *t.runs.add(r);
        let mut left = [core::ptr::null(); M];
        for (m, pointer) in left.iter_mut().enumerate() {
            *pointer = (*t.rows.add(m)).byte_offset(t.left_offset + run.offset as isize);
        }
        let mut rest = run.length;
        loop {
            step(&mut sums, left, panels);
            if rest == 1 {
                panels = advance(panels, width);
                break;
            }
            step(&mut sums, advance(left, 1), advance(panels, width));
            if rest == 2 {
                panels = advance(panels, 2 * width);
                break;
            }
            step(&mut sums, advance(left, 2), advance(panels, 2 * width));
            if rest == 3 {
                panels = advance(panels, 3 * width);
                break;
            }
            step(&mut sums, advance(left, 3), advance(panels, 3 * width));
            rest -= 4;
            left = advance(left, 4);
            panels = advance(panels, 4 * width);
            if rest == 0 {
                break;
            }
        }
    }
    finish(sums, t.start, t.columns, outputs);
}

/// The greatest number of rows of a tile of 4 columns, of 8, and of 16.
pub const NARROW_ROWS: usize = 8;
pub const MIDDLE_ROWS: usize = 6;
pub const WIDE_ROWS: usize = 4;

/// A tile of `rows` x `width` (16, 8 or 4) with a left operand along rows.
pub unsafe fn rows_tile(width: usize, rows: usize, t: &Rows) {
    match (width, rows) {
        (16, 1) => by_rows::<1, 2, 2>(t),
        (16, 2) => by_rows::<2, 2, 2>(t),
        (16, 3) => by_rows::<3, 2, 2>(t),
        (16, _) => by_rows::<4, 2, 2>(t),
        (8, 1) => by_rows::<1, 1, 2>(t),
        (8, 2) => by_rows::<2, 1, 2>(t),
        (8, 3) => by_rows::<3, 1, 2>(t),
        (8, 4) => by_rows::<4, 1, 2>(t),
        (8, 5) => by_rows::<5, 1, 2>(t),
        (8, _) => by_rows::<6, 1, 2>(t),
        (_, 1) => by_rows::<1, 1, 1>(t),
        (_, 2) => by_rows::<2, 1, 1>(t),
        (_, 3) => by_rows::<3, 1, 1>(t),
        (_, 4) => by_rows::<4, 1, 1>(t),
        (_, 5) => by_rows::<5, 1, 1>(t),
        (_, 6) => by_rows::<6, 1, 1>(t),
        (_, 7) => by_rows::<7, 1, 1>(t),
        _ => by_rows::<8, 1, 1>(t),
    }
}

/// `count` K steps of `by_columns`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Span {
    pub left: *const f32,
    pub right: *const f32,
    pub count: usize,
}

/// Arguments of `by_columns`.
pub struct Columns {
    pub spans: *const Span,
    pub span_count: usize,
    /// Floats behind the spans' left and right pointers where the tile begins.
    pub left_offset: usize,
    pub right_offset: usize,
    /// Floats from one K step to the next.
    pub left_step: usize,
    pub right_step: usize,
    /// Floats from the first panel of a wide tile to the second.
    pub panel_stride: usize,
    pub output: *mut f32,
    /// Floats from one row of the output to the next.
    pub output_stride: usize,
    pub columns: usize,
    /// A bias counts from the first column of the tile.
    pub start: Start,
}

#[inline(never)]
unsafe fn by_columns<const M: usize, const P: usize, const V: usize>(t: &Columns) {
    let mut outputs = [core::ptr::null_mut(); M];
    for (m, output) in outputs.iter_mut().enumerate() {
        *output = t.output.add(m * t.output_stride);
    }
    let mut sums: Sums<M, P, V> = start(t.start, 0);
    let (left_step, right_step) = (t.left_step, t.right_step);
    for s in 0..t.span_count {
        let span = *t.spans.add(s);
        let mut left = span.left.add(t.left_offset);
        let mut right = span.right.add(t.right_offset);
        let mut rest = span.count;
        loop {
            step(&mut sums, rows_of(left), panels_of(right, t.panel_stride));
            left = left.add(left_step);
            right = right.add(right_step);
            if rest == 1 {
                break;
            }
            step(&mut sums, rows_of(left), panels_of(right, t.panel_stride));
            left = left.add(left_step);
            right = right.add(right_step);
            rest -= 2;
            if rest == 0 {
                break;
            }
        }
    }
    finish(sums, t.start, t.columns, outputs);
}

#[inline(always)]
unsafe fn rows_of<const M: usize>(left: *const f32) -> [*const f32; M] {
    let mut rows = [left; M];
    for (m, row) in rows.iter_mut().enumerate() {
        *row = left.add(m);
    }
    rows
}

#[inline(always)]
unsafe fn panels_of<const P: usize>(right: *const f32, stride: usize) -> [*const f32; P] {
    let mut panels = [right; P];
    for (p, panel) in panels.iter_mut().enumerate() {
        *panel = right.add(p * stride);
    }
    panels
}

/// A tile of `rows` x `width` (16, 8 or 4) with a left operand along columns. Up to `WIDE_ROWS`
/// rows, or `NARROW_ROWS` of width 4: with six rows of width 8, V8 has too few registers here.
pub unsafe fn columns_tile(width: usize, rows: usize, t: &Columns) {
    match (width, rows) {
        (16, 1) => by_columns::<1, 2, 2>(t),
        (16, 2) => by_columns::<2, 2, 2>(t),
        (16, 3) => by_columns::<3, 2, 2>(t),
        (16, _) => by_columns::<4, 2, 2>(t),
        (8, 1) => by_columns::<1, 1, 2>(t),
        (8, 2) => by_columns::<2, 1, 2>(t),
        (8, 3) => by_columns::<3, 1, 2>(t),
        (8, 4) => by_columns::<4, 1, 2>(t),
        (8, 5) => by_columns::<5, 1, 2>(t),
        (8, _) => by_columns::<6, 1, 2>(t),
        (_, 1) => by_columns::<1, 1, 1>(t),
        (_, 2) => by_columns::<2, 1, 1>(t),
        (_, 3) => by_columns::<3, 1, 1>(t),
        (_, 4) => by_columns::<4, 1, 1>(t),
        (_, 5) => by_columns::<5, 1, 1>(t),
        (_, 6) => by_columns::<6, 1, 1>(t),
        (_, 7) => by_columns::<7, 1, 1>(t),
        _ => by_columns::<8, 1, 1>(t),
    }
}
