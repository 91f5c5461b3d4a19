//! The innermost loops of every product of matrices: a tile of the output stays in registers while
//! K runs.
//!
//! `by_rows` reads the left operand along rows (K contiguous): matrix products and convolutions.
//! `by_columns` reads it along columns (rows of the tile contiguous, K strided): weight gradients
//! and transposed left operands. The right operand is a panel of 4, 8 or 16 columns, K after K.
//!
//! Each K step ends in a branch, in `by_rows` one that only LLVM sees. Without it LLVM moves the steps
//! of one sum together, which makes a chain of dependent operations and keeps every load alive:
//! measured 36 GFLOP/s instead of 64 at 6 x 8. Each output is one running sum over K in order, so
//! results do not depend on the shape of the tile.

use crate::vector::bounds::clamped;
use crate::vector::simd::*;

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

/// What is done to whole sums before they are stored.
#[derive(Clone, Copy)]
pub struct Ending {
    /// Bytes from the output to a tensor of its layout that is added, or 0.
    pub residual: isize,
    /// Bounds of the result.
    pub clamp: Option<(f32, f32)>,
}

impl Ending {
    pub const NOTHING: Ending = Ending { residual: 0, clamp: None };

    /// Ends the sums of M rows, which are to be stored at `outputs`.
    #[inline(always)]
    unsafe fn apply<const M: usize, const V: usize>(
        &self,
        sums: &mut Sums<M, V>,
        outputs: [*mut f32; M],
    ) {
        if self.residual != 0 {
            for (m, row) in sums.iter_mut().enumerate() {
                let residual = outputs[m].byte_offset(self.residual);
                for (v, sum) in row.iter_mut().enumerate() {
                    *sum = f32x4_add(*sum, load(residual.add(v * 4)));
                }
            }
        }
        if let Some((low, high)) = self.clamp {
            let (low, high) = (f32x4_splat(low), f32x4_splat(high));
            for row in sums.iter_mut() {
                for sum in row.iter_mut() {
                    *sum = clamped(*sum, low, high);
                }
            }
        }
    }

    /// Ends V vectors of sums beside each other and stores them.
    #[inline(always)]
    pub unsafe fn store<const V: usize>(&self, sums: [v128; V], output: *mut f32) {
        let mut rows = [sums];
        self.apply(&mut rows, [output]);
        for (v, sum) in rows[0].iter().enumerate() {
            store(output.add(v * 4), *sum);
        }
    }
}

/// Arguments of `by_rows`.
pub struct Rows {
    /// One pointer per row; the runs count from `left_offset` bytes behind it.
    pub rows: *const *const f32,
    /// A multiple of the rows of a tile.
    pub row_count: usize,
    pub left_offset: isize,
    pub runs: *const Run,
    pub run_count: usize,
    pub panel: *const f32,
    /// One pointer per row of the output.
    pub outputs: *const *mut f32,
    /// Column of the output where the tile begins.
    pub column: usize,
    /// Columns to store, from 1 to the width of the tile.
    pub columns: usize,
    pub start: Start,
    pub ending: Ending,
}

type Sums<const M: usize, const V: usize> = [[v128; V]; M];

/// One K step: M values of the left operand times V vectors of the right one.
#[inline(always)]
unsafe fn step<const M: usize, const V: usize>(
    sums: &mut Sums<M, V>,
    left: [*const f32; M],
    panel: *const f32,
) {
    let mut right = [zero(); V];
    for (v, vector) in right.iter_mut().enumerate() {
        *vector = load(panel.add(v * 4));
    }
    for m in 0..M {
        let a = load_splat(left[m]);
        for v in 0..V {
            sums[m][v] = multiply_add(a, right[v], sums[m][v]);
        }
    }
}

/// False: engines see that, and drop the branch that follows, but LLVM does not. The branch must not
/// return, or LLVM computes nothing before all the branches.
#[inline(always)]
unsafe fn never() -> bool {
    let zero: u32;
    core::arch::asm!("i32.const 0", "local.set {0}", out(local) zero, options(nomem, nostack));
    zero != 0
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
unsafe fn start<const M: usize, const V: usize>(from: Start, column: usize) -> Sums<M, V> {
    let mut sums = [[zero(); V]; M];
    if let Start::Bias(bias) = from {
        for v in 0..V {
            let b = load(bias.add(column + v * 4));
            for row in sums.iter_mut() {
                row[v] = b;
            }
        }
    }
    sums
}

/// Stores the first `columns` columns. The pointers come as an array of values: read from memory
/// between the stores, they would keep V8 from pairing the stores of a row.
#[inline(always)]
unsafe fn finish<const M: usize, const V: usize>(
    mut sums: Sums<M, V>,
    from: Start,
    ending: &Ending,
    columns: usize,
    outputs: [*mut f32; M],
) {
    if let Start::Output = from {
        for (m, row) in sums.iter_mut().enumerate() {
            for (v, sum) in row.iter_mut().enumerate() {
                *sum = f32x4_add(load(outputs[m].add(v * 4)), *sum);
            }
        }
    }
    ending.apply(&mut sums, outputs);
    if columns == V * 4 {
        for (m, row) in sums.iter().enumerate() {
            for (v, sum) in row.iter().enumerate() {
                store(outputs[m].add(v * 4), *sum);
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
unsafe fn by_rows<const M: usize, const V: usize>(t: &Rows) {
    let mut row = 0;
    while row < t.row_count {
        tile_of_rows::<M, V>(t, row);
        row += M;
    }
}

/// The tile that begins at `row`.
#[inline(always)]
unsafe fn tile_of_rows<const M: usize, const V: usize>(t: &Rows, row: usize) {
    let mut outputs = [core::ptr::null_mut(); M];
    for (m, output) in outputs.iter_mut().enumerate() {
        *output = (*t.outputs.add(row + m)).add(t.column);
    }
    let mut sums: Sums<M, V> = start(t.start, t.column);
    let width = V * 4;
    let mut panel = t.panel;
    'runs: for r in 0..t.run_count {
        let run = *t.runs.add(r);
        let mut left = [core::ptr::null(); M];
        for (m, pointer) in left.iter_mut().enumerate() {
            *pointer = (*t.rows.add(row + m)).byte_offset(t.left_offset + run.offset as isize);
        }
        let mut rest = run.length;
        macro_rules! steps {
            ($count:literal: $($i:literal)*) => {
                $(
                    step(&mut sums, advance(left, $i), panel.add($i * width));
                    if never() {
                        break 'runs;
                    }
                )*
                rest -= $count;
                left = advance(left, $count);
                panel = panel.add($count * width);
            };
        }
        while rest >= 8 {
            steps!(8: 0 1 2 3 4 5 6 7);
        }
        if rest >= 4 {
            steps!(4: 0 1 2 3);
        }
        while rest > 0 {
            steps!(1: 0);
        }
    }
    finish(sums, t.start, &t.ending, t.columns, outputs);
}

/// The tiles of one form, for each width from one row on without a gap: `$tile(width, rows, …)` runs one, and
/// `$most(width)` is the number of rows that it has at most. Both come from one list, and a tile that is not in
/// it traps, so that no row of an output is left to a tile that there is not.
macro_rules! tiles {
    (
        $(#[$tile_doc:meta])* $tile:ident;
        $(#[$most_doc:meta])* $most:ident;
        $form:ident($arguments:ty) $($width:pat, $vectors:literal: $($rows:literal)*;)*
    ) => {
        $(#[$tile_doc])*
        pub unsafe fn $tile(width: usize, rows: usize, t: &$arguments) {
            match width {
                $($width => match rows {
                    $($rows => $form::<$rows, $vectors>(t),)*
                    _ => unreachable(),
                },)*
            }
        }

        $(#[$most_doc])*
        pub const fn $most(width: usize) -> usize {
            match width {
                $($width => const { greatest_of(&[$($rows),*]) },)*
            }
        }
    };
}

/// The last of the numbers from 1 on.
const fn greatest_of(rows: &[usize]) -> usize {
    let mut i = 0;
    while i < rows.len() {
        assert!(rows[i] == i + 1);
        i += 1;
    }
    i
}

tiles! {
    /// Tiles of `rows` x `width` (16, 8 or 4) with a left operand along rows.
    rows_tile;
    /// Rows of such a tile at most.
    most_rows;
    by_rows(Rows)
    16, 4: 1 2 3 4 5;
    8, 2: 1 2 3 4 5 6;
    _, 1: 1 2 3 4 5 6 7 8;
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
    pub output: *mut f32,
    /// Floats from one row of the output to the next.
    pub output_stride: usize,
    pub columns: usize,
    /// A bias counts from the first column of the tile.
    pub start: Start,
}

#[inline(never)]
unsafe fn by_columns<const M: usize, const V: usize>(t: &Columns) {
    let mut outputs = [core::ptr::null_mut(); M];
    for (m, output) in outputs.iter_mut().enumerate() {
        *output = t.output.add(m * t.output_stride);
    }
    let mut sums: Sums<M, V> = start(t.start, 0);
    let (left_step, right_step) = (t.left_step, t.right_step);
    for s in 0..t.span_count {
        let span = *t.spans.add(s);
        let mut left = span.left.add(t.left_offset);
        let mut right = span.right.add(t.right_offset);
        let mut rest = span.count;
        loop {
            step(&mut sums, rows_of(left), right);
            left = left.add(left_step);
            right = right.add(right_step);
            if rest == 1 {
                break;
            }
            step(&mut sums, rows_of(left), right);
            left = left.add(left_step);
            right = right.add(right_step);
            rest -= 2;
            if rest == 0 {
                break;
            }
        }
    }
    finish(sums, t.start, &Ending::NOTHING, t.columns, outputs);
}

#[inline(always)]
unsafe fn rows_of<const M: usize>(left: *const f32) -> [*const f32; M] {
    let mut rows = [left; M];
    for (m, row) in rows.iter_mut().enumerate() {
        *row = left.add(m);
    }
    rows
}

tiles! {
    /// A tile of `rows` x `width` (16, 8 or 4) with a left operand along columns.
    columns_tile;
    /// Rows of such a tile at most.
    most_columns_rows;
    by_columns(Columns)
    16, 4: 1 2 3 4 5 6;
    8, 2: 1 2 3 4 5 6;
    _, 1: 1 2 3 4 5 6 7 8;
}

/// Rows of a wide tile with a left operand along columns that run best where there are more: a slab of 16 in whole
/// tiles, and with six rows of width 8, V8 has too few registers here.
const COLUMN_ROWS: usize = 4;

/// Rows of the next of the tiles that a slab is cut into, where `left` rows are left.
pub fn slab_rows(width: usize, left: usize) -> usize {
    let most = most_columns_rows(width);
    left.min(if width == 4 { most } else { most.min(COLUMN_ROWS) })
}
