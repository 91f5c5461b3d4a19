//! The right operand of a product, packed: panels of 16 columns where V8 joins vectors, else of 8
//! (what is left in panels of 8 and 4), in each of them K rows one after the other. And the product
//! of rows with such panels.

use crate::control::block::control;
use crate::product::tile::*;
use crate::vector::simd::*;

/// Columns of the panel that begins where `left` columns are left.
#[inline(always)]
pub fn panel_width(left: usize) -> usize {
    if left >= 16 && control().wide_tiles != 0 {
        16
    } else if left > 4 {
        8
    } else {
        4
    }
}

/// Panels of `columns` columns.
pub fn panel_count(columns: usize) -> usize {
    let wide = wide_panels(columns);
    wide + (columns - wide * 16).div_ceil(8)
}

/// First column of the panel numbered `index`.
pub fn panel_start(columns: usize, index: usize) -> usize {
    let wide = wide_panels(columns).min(index);
    wide * 16 + (index - wide) * 8
}

fn wide_panels(columns: usize) -> usize {
    if control().wide_tiles != 0 { columns / 16 } else { 0 }
}

/// Floats of `columns` packed columns of `k` rows.
#[inline(always)]
pub fn panel_floats(columns: usize, k: usize) -> usize {
    k * columns.div_ceil(4) * 4
}

/// Rows of tiles with 8 columns on this engine.
#[inline(always)]
pub fn middle_rows() -> usize {
    (control().tile_rows as usize).clamp(1, most_rows(8))
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
    pub ending: Ending,
}

/// How `rows` rows are cut into tiles of at most `most` rows, as heights and how many tiles have each: all
/// of nearly one height, where that can be, because low tiles are slow ones.
fn heights(rows: usize, most: usize) -> [(usize, usize); 2] {
    let tiles = rows.div_ceil(most);
    let missing = tiles * most - rows;
    if missing <= tiles {
        [(most, tiles - missing), (most - 1, missing)]
    } else {
        [(most, tiles - 1), (most - missing, 1)]
    }
}

/// Multiplies, panel by panel: a panel stays in the first-level cache while all rows go by.
pub unsafe fn multiply(p: &Product) {
    let mut column = 0;
    while column < p.columns {
        let left = p.columns - column;
        let width = panel_width(left);
        let most = if width == 8 { middle_rows() } else { most_rows(width) };
        let mut tiles = Rows {
            rows: p.rows,
            row_count: 0,
            left_offset: p.left_offset,
            runs: p.runs,
            run_count: p.run_count,
            panel: p.panels.add(column * p.panel_rows + p.k_first * width),
            outputs: p.outputs,
            column: p.column + column,
            columns: left.min(width),
            start: p.start,
            ending: p.ending,
        };
        for (height, count) in heights(p.row_count, most) {
            if count > 0 {
                tiles.row_count = height * count;
                rows_tile(width, height, &tiles);
                tiles.rows = tiles.rows.add(tiles.row_count);
                tiles.outputs = tiles.outputs.add(tiles.row_count);
            }
        }
        column += width;
    }
}

/// Packs `columns` columns of a matrix whose rows are contiguous: element (k, n) at k * stride + n.
pub unsafe fn pack_rows(source: *const f32, stride: usize, k: usize, columns: usize, to: *mut f32) {
    let mut column = 0;
    while column < columns {
        let width = panel_width(columns - column);
        let (from, to) = (source.add(column), to.add(column * k));
        match width {
            16 => pack_panel::<4>(from, stride, k, to),
            8 => pack_panel::<2>(from, stride, k, to),
            _ => pack_panel::<1>(from, stride, k, to),
        }
        column += width;
    }
}

/// A panel of V vectors.
unsafe fn pack_panel<const V: usize>(from: *const f32, stride: usize, k: usize, to: *mut f32) {
    for i in 0..k {
        for v in 0..V {
            store(to.add((i * V + v) * 4), load(from.add(i * stride + v * 4)));
        }
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
