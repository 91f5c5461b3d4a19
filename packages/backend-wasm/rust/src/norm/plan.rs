//! How the [rows, channels] of a batch normalisation are cut.

use crate::control::memory::{bytes, workspace};
use crate::threads::parallel::{even, part};
use crate::vector::simd::SLACK_BYTES;

/// Columns whose sums are in registers together.
pub const GROUP: usize = 32;
/// Elements whose gradients are summed before the next columns are, about, and lines of them at least and
/// at most. Many long lines are many streams of memory: 8 lines are 1.2 times as fast as 32 at 1024
/// columns. Sums of many lines are not exact.
const BLOCK: usize = 1 << 12;
const BLOCK_LINES: (usize, usize) = (8, 64);
/// Elements of a chunk, about, and lines of it: they stay in the second-level cache.
const CHUNK: usize = 1 << 15;
const CHUNK_LINES: (usize, usize) = (128, 256);
/// Floats of a line of sums of all chunks, at most about so many.
const SUMS: usize = 1 << 18;
/// Columns of a chunk that one thread takes, at most about so many.
const CHUNK_COLUMNS: usize = 256;
/// Up to so many lines, what one thread does to its columns stays in the second-level cache.
const LINES_IN_CACHE: usize = 1024;
/// Lines a power of two apart share few places in a cache. Columns of so many lines, times that
/// power, find room.
const LINES_TIMES_POWER: usize = 1 << 16;
/// Elements that are worth a chunk of work of their own, at least.
const SHARE: usize = 1 << 13;

pub struct Plan {
    pub rows: usize,
    pub channels: usize,
    /// Rows side by side in one line, where a row has fewer columns than a group.
    pub together: usize,
    /// Floats of a line. Where several rows are together it is a multiple of a group.
    pub width: usize,
    pub lines: usize,
    /// Lines of a chunk; the last one may have fewer.
    pub chunk: usize,
    pub chunks: usize,
}

impl Plan {
    pub fn new(rows: usize, channels: usize) -> Plan {
        let common = 1 << channels.trailing_zeros().min(GROUP.trailing_zeros());
        let together = if channels < GROUP { GROUP / common } else { 1 };
        let lines = rows / together;
        let width = together * channels;
        let chunk = (CHUNK / width.max(1)).clamp(CHUNK_LINES.0, CHUNK_LINES.1);
        let chunk = chunk.max((lines * width).div_ceil(SUMS));
        // As long as each other, for threads and for four rows at once.
        let chunk = lines.div_ceil(lines.div_ceil(chunk).max(1)).next_multiple_of(4).max(1);
        Plan { rows, channels, together, width, lines, chunk, chunks: lines.div_ceil(chunk) }
    }

    /// Elements in whole lines; those of rows left over lie behind them.
    pub fn in_lines(&self) -> usize {
        self.lines * self.width
    }

    /// Whether a thread sums and normalises its columns in one go.
    pub fn by_columns(&self) -> bool {
        let power = 1 << self.width.trailing_zeros();
        self.together == 1
            && self.lines <= LINES_IN_CACHE
            && self.lines * power <= LINES_TIMES_POWER
    }

    /// Parts of the columns that are worth sharing, where each has `lines` lines.
    pub fn column_parts(&self, lines: usize) -> usize {
        let groups = SHARE.div_ceil(lines.max(1) * GROUP).max(2);
        even((self.width / GROUP).div_ceil(groups))
    }

    /// Parts that the columns of a chunk are cut into.
    pub fn chunk_parts(&self) -> usize {
        self.width.div_ceil(CHUNK_COLUMNS)
    }

    /// Columns of a part: whole groups, but for the last.
    pub fn columns(&self, parts: usize, index: usize) -> (usize, usize) {
        let (begin, end) = part(self.width / GROUP, 1, parts, index);
        (begin * GROUP, if index + 1 == parts { self.width } else { end * GROUP })
    }

    /// Parts of the lines that are worth sharing.
    pub fn line_parts(&self) -> usize {
        even(self.in_lines().div_ceil(2 * SHARE))
    }

    /// First line of a chunk, and how many there are.
    pub fn lines_of(&self, chunk: usize) -> (usize, usize) {
        let first = chunk * self.chunk;
        (first, self.chunk.min(self.lines - first))
    }

    /// Lines whose gradients are summed before the next columns are.
    pub fn block(&self) -> usize {
        (BLOCK / self.width).clamp(BLOCK_LINES.0, BLOCK_LINES.1)
    }

    /// Where the three lines of sums of a chunk lie in the workspace.
    pub fn sums(&self, chunk: usize) -> [*mut f32; 3] {
        let first = workspace::<f32>().wrapping_add(chunk * 3 * self.width);
        core::array::from_fn(|i| first.wrapping_add(i * self.width))
    }

    /// Lines of numbers for each column, behind the sums of `chunks` chunks.
    pub fn coefficients<const N: usize>(&self, chunks: usize) -> [*mut f32; N] {
        let first = workspace::<f32>().wrapping_add(chunks * 3 * self.width);
        core::array::from_fn(|i| first.wrapping_add(i * self.width))
    }

    /// Bytes of the sums of `chunks` chunks and of five lines of coefficients.
    pub fn bytes_of(&self, chunks: usize) -> u64 {
        bytes([chunks * 3 + 5, self.width, 4]) + SLACK_BYTES
    }
}

/// Calls `body(first line, lines)` for every block of lines: at most `most`, and as long as each other.
#[inline(always)]
pub fn for_each_block(lines: usize, most: usize, mut body: impl FnMut(usize, usize)) {
    let block = lines.div_ceil(lines.div_ceil(most)).next_multiple_of(4);
    for line in (0..lines).step_by(block) {
        body(line, block.min(lines - line));
    }
}

/// Calls `body(column)` for every group of columns. The last group overlaps the one before it where the
/// columns are no multiple of a group.
#[inline(always)]
pub fn for_each_group(columns: (usize, usize), mut body: impl FnMut(usize)) {
    for column in (columns.0..columns.1).step_by(GROUP) {
        body(column.min(columns.1 - GROUP));
    }
}

/// Calls `body(column, first line, lines)` for every group of columns and every block of lines, `most`
/// at a time, in order. A last group that overlaps the one before it comes when that is done: what stands in memory is
/// written anew by its first block.
#[inline(always)]
pub fn for_each_piece(
    lines: usize,
    most: usize,
    columns: (usize, usize),
    mut body: impl FnMut(usize, usize, usize),
) {
    let whole = columns.1 - (columns.1 - columns.0) % GROUP;
    for_each_block(lines, most, |line, count| {
        for_each_group((columns.0, whole), |column| body(column, line, count));
    });
    if whole < columns.1 {
        for_each_block(lines, most, |line, count| body(columns.1 - GROUP, line, count));
    }
}
