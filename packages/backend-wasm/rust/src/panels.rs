//! The right operand of a product, packed: panels of 8 columns (the last of 4 where no more are
//! left), in each of them K rows one after the other. And the product of rows with such panels.

use crate::control::control;
use crate::simd::*;
use crate::tile::*;

/// Columns of the panel that begins where `left` columns are left.
#[inline(always)]
pub fn panel_width(left: usize) -> usize {
    if left > 4 { 8 } else { 4 }
}

/// Floats of `columns` packed columns of `k` rows.
#[inline(always)]
pub fn panel_floats(columns: usize, k: usize) -> usize {
    k * columns.div_ceil(4) * 4
}

/// Bytes of packed columns that one pass over the rows reads: they stay in the second-level cache.
const PASS_BYTES: usize = 160 * 1024;

/// Rows of tiles with 8 columns on this engine.
#[inline(always)]
pub fn middle_rows() -> usize {
    (control().tile_rows as usize).clamp(1, MIDDLE_ROWS)
}

/// A product of rows, given by pointers, with packed columns.
pub struct Product {
    pub rows: *const *const f32,
    /// Bytes behind the pointers that the runs count from.
    pub left_offset: isize,
    pub outputs: *const *mut f32,
    pub row_count: usize,
    pub runs: *const Run,
    pub run_count: usize,
    /// K row of the panels that the first run meets, and the sum of the lengths of the runs.
    pub k_first: usize,
    pub k: usize,
    pub panels: *const f32,
    /// K rows that a panel holds.
    pub panel_rows: usize,
    /// First column in the output, and how many.
    pub column: usize,
    pub columns: usize,
    pub start: Start,
}

/// Multiplies, tile by tile.
pub unsafe fn multiply(p: &Product) {
    let per_pass = (PASS_BYTES / (p.k * 32).max(1)).max(1) * 8;
    let wide = control().wide_tiles != 0;
    let mut first = 0;
    while first < p.columns {
        let end = (first + per_pass).min(p.columns);
        let mut row = 0;
        while row < p.row_count {
            row += rows_of_tiles(p, row, first, end, wide);
        }
        first = end;
    }
}

/// Tiles of the columns from `first` to `end` for a few rows from `row` on; returns how many rows.
unsafe fn rows_of_tiles(p: &Product, row: usize, first: usize, end: usize, wide: bool) -> usize {
    let left = p.row_count - row;
    let columns = end - first;
    let height = if columns <= 4 {
        NARROW_ROWS
    } else if wide && columns >= 16 {
        WIDE_ROWS
    } else {
        middle_rows()
    }
    .min(left);
    let mut tile = Rows {
        rows: p.rows.add(row),
        left_offset: p.left_offset,
        runs: p.runs,
        run_count: p.run_count,
        panel: core::ptr::null(),
        panel_stride: 8 * p.panel_rows,
        outputs: p.outputs.add(row),
        column: p.column + first,
        columns: 0,
        start: p.start,
    };
    let mut column = first;
    while column < end {
        let left = end - column;
        let width = if wide && left >= 16 { 16 } else { panel_width(left) };
        tile.columns = left.min(width);
        tile.panel = p.panels.add(column * p.panel_rows + p.k_first * width.min(8));
        rows_tile(width, height, &tile);
        column += width;
        tile.column += width;
    }
    height
}

/// Packs `columns` columns of a matrix whose rows are contiguous: element (k, n) at k * stride + n.
pub unsafe fn pack_rows(source: *const f32, stride: usize, k: usize, columns: usize, to: *mut f32) {
    let mut to = to;
    let mut column = 0;
    while column < columns {
        let width = panel_width(columns - column);
        let mut from = source.add(column);
        for _ in 0..k {
            store(to, load(from));
            if width == 8 {
                store(to.add(4), load(from.add(4)));
            }
            to = to.add(width);
            from = from.add(stride);
        }
        column += width;
    }
}

/// Packs `columns` columns of a matrix whose columns are contiguous: element (k, n) at n * stride +
/// k.
pub unsafe fn pack_columns(
    source: *const f32,
    stride: usize,
    k: usize,
    columns: usize,
    to: *mut f32,
) {
    let mut to = to;
    let mut column = 0;
    while column < columns {
        let width = panel_width(columns - column);
        let mut half = 0;
        while half < width {
            let valid = (columns - column).saturating_sub(half).min(4);
            let from = source.add((column + half) * stride);
            transpose_to(from, stride, k, valid, to.add(half), width);
            half += 4;
        }
        to = to.add(k * width);
        column += width;
    }
}

/// Writes element (k, n) of up to four contiguous columns to `to + k * width + n`, zeros for n >=
/// `valid`.
unsafe fn transpose_to(
    from: *const f32,
    stride: usize,
    k: usize,
    valid: usize,
    to: *mut f32,
    width: usize,
) {
    let mut i = 0;
    while i < k {
        let rows = four_rows(from.add(i), stride, valid);
        let columns = transpose4(rows);
        for (j, column) in columns.iter().enumerate().take(k - i) {
            store(to.add((i + j) * width), *column);
        }
        i += 4;
    }
}

/// Four floats of each of up to four rows, zeros for the rest.
#[inline(always)]
pub unsafe fn four_rows(from: *const f32, stride: usize, valid: usize) -> [v128; 4] {
    let mut rows = [zero(); 4];
    if valid == 4 {
        for (n, row) in rows.iter_mut().enumerate() {
            *row = load(from.add(n * stride));
        }
    } else {
        for (n, row) in rows.iter_mut().enumerate() {
            if n < valid {
                *row = load(from.add(n * stride));
            }
        }
    }
    rows
}
