//! How the [rows, channels] of a batch normalisation are cut.

use crate::control::{bytes, workspace};
use crate::parallel::{even, part};
use crate::simd::SLACK_BYTES;

/// Columns whose sums are in registers together.
pub const GROUP: usize = 32;
/// Elements that are summed before the next columns are, about, and lines of them at least. Many long
/// lines are many streams of memory: 8 lines are 1.2 times as fast as 32 at 1024 columns.
const BLOCK: usize = 1 << 12;
const BLOCK_LINES: usize = 8;
/// Elements of a chunk, about, and lines of it: they stay in the second-level cache.
const CHUNK: usize = 1 << 15;
const CHUNK_LINES: (usize, usize) = (32, 256);
/// Chunks of a call, at most about so many.
const CHUNKS: usize = 512;
/// Columns of a chunk that one thread takes, at most about so many.
const CHUNK_COLUMNS: usize = 1024;
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
        let chunk = chunk.max(lines.div_ceil(CHUNKS));
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

    /// Where the two lines of sums of a chunk lie in the workspace.
    pub fn sums(&self, chunk: usize) -> [*mut f32; 2] {
        let first = workspace::<f32>().wrapping_add(chunk * 2 * self.width);
        [first, first.wrapping_add(self.width)]
    }

    /// Lines of numbers for each column, behind the sums of `chunks` chunks.
    pub fn coefficients<const N: usize>(&self, chunks: usize) -> [*mut f32; N] {
        let first = workspace::<f32>().wrapping_add(chunks * 2 * self.width);
        core::array::from_fn(|i| first.wrapping_add(i * self.width))
    }

    /// Bytes of the sums of `chunks` chunks and of five lines of coefficients.
    pub fn bytes_of(&self, chunks: usize) -> u64 {
        bytes([chunks * 2 + 5, self.width, 4]) + SLACK_BYTES
    }
}

/// Calls `body(column, first line, lines)` for every group of columns and every block of lines, in
/// order. The last group overlaps the one before it where the columns are no multiple of a group, and
/// has one block of all lines: nothing is added twice to what stands in memory.
#[inline(always)]
pub fn for_each_piece(
    plan: &Plan,
    lines: usize,
    columns: (usize, usize),
    mut body: impl FnMut(usize, usize, usize),
) {
    let block = (BLOCK / plan.width).max(BLOCK_LINES);
    let rest = (columns.1 - columns.0) % GROUP;
    for line in (0..lines).step_by(block) {
        for column in (columns.0..columns.1 - rest).step_by(GROUP) {
            body(column, line, block.min(lines - line));
        }
    }
    if rest > 0 {
        body(columns.1 - GROUP, 0, lines);
    }
}
