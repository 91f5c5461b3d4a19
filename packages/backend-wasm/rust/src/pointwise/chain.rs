//! Several rows of the pointwise table in one pass: each tile of the output goes through all of them while it is in the
//! first-level cache.

use crate::control::call::AXES;
use crate::control::interface::shared;
use crate::control::memory::{Memory, scratch};
use crate::pointwise::float::float_row;
use crate::pointwise::op::Op;
use crate::pointwise::row::Row;
use crate::threads::parallel::{even, parallel, part};
use crate::vector::simd::*;

/// Elements of a tile: what a row works on at a time.
const TILE: usize = 1024;
/// Rows, operands, values between rows, and results of a program at most, as tensor-core makes them.
pub const ROWS: usize = 24;
pub const OPERANDS: usize = 8;
pub const SLOTS: usize = 8;
pub const RESULTS: usize = 4;
/// Places that rows read and write: operands, then values between, then results.
const PLACES: usize = OPERANDS + SLOTS + RESULTS;
/// Floats of the memory that a place has.
const ROOM: usize = TILE + TURN;

shared! {
    "pointwiseChain":
    /// Arguments of `pointwise_chain`. Strides are in elements; the innermost ones are 0 or 1.
    pub struct Arguments {
        scalars: [[f64; 2]; ROWS],
        ops: [Op; ROWS],
        /// Places that each row reads, and the one that it writes.
        from: [[usize; 3]; ROWS],
        to: [usize; ROWS],
        rows: usize,
        inputs: usize,
        operands: [*const u8; OPERANDS],
        /// 4, or 1 for a condition.
        operand_bytes: [usize; OPERANDS],
        strides: [[usize; AXES]; OPERANDS],
        results: [*mut f32; RESULTS],
        axes: usize,
        extents: [usize; AXES],
    }
}

pub fn memory(_: &Arguments) -> Memory {
    Memory { scratch: (OPERANDS + SLOTS) as u64 * ROOM as u64 * 4 + SLACK_BYTES, workspace: 0 }
}

/// How the output is cut: tiles are pieces of the innermost axis, or several of its lines where they are short.
struct Cut {
    /// Elements of the innermost axis and of the one around it.
    inner: usize,
    lines: usize,
    /// Lines and elements of a tile, and how many of these there are.
    tile_lines: usize,
    tile_inner: usize,
    blocks: usize,
    pieces: usize,
    /// Positions of the axes in front.
    front: usize,
}

impl Cut {
    fn new(p: &Arguments) -> Cut {
        let inner = p.extents[p.axes - 1];
        let lines = if p.axes > 1 { p.extents[p.axes - 2] } else { 1 };
        let tile_inner = inner.clamp(1, TILE);
        let tile_lines = (TILE / tile_inner).clamp(1, lines.max(1));
        Cut {
            inner,
            lines,
            tile_lines,
            tile_inner,
            blocks: lines.div_ceil(tile_lines),
            pieces: inner.div_ceil(tile_inner),
            front: p.extents[..p.axes.saturating_sub(2)].iter().product(),
        }
    }

    fn tiles(&self) -> usize {
        self.front * self.blocks * self.pieces
    }
}

pub unsafe fn pointwise_chain(p: &Arguments) {
    let cut = Cut::new(p);
    let count = cut.front * cut.lines * cut.inner;
    if count == 0 {
        return;
    }
    let tiles = cut.tiles();
    let parts = even(count.div_ceil(1 << 14)).min(tiles);
    parallel(parts, count * (p.inputs + p.rows) / 8, |chunk, thread| {
        let (begin, end) = part(tiles, 1, parts, chunk);
        let mut work = Work::new(thread);
        for tile in begin..end {
            work.tile(p, &cut, tile);
        }
    });
}

/// What a thread has at hand.
struct Work {
    places: [*mut f32; PLACES],
    /// Bytes from one vector of a place to the next: 16 or 0, as `Row` has them.
    steps: [usize; PLACES],
    memory: *mut f32,
    splats: [[f32; TURN]; OPERANDS],
    /// Of operands that are the same in every line: the position of the axes in front whose copy is at hand.
    copied: [usize; OPERANDS],
}

impl Work {
    unsafe fn new(thread: usize) -> Work {
        let memory: *mut f32 = scratch(thread);
        let mut places = [core::ptr::null_mut(); PLACES];
        for slot in 0..SLOTS {
            places[OPERANDS + slot] = memory.add((OPERANDS + slot) * ROOM);
        }
        Work {
            places,
            steps: [4; PLACES],
            memory,
            splats: [[0.0; TURN]; OPERANDS],
            copied: [usize::MAX; OPERANDS],
        }
    }

    unsafe fn tile(&mut self, p: &Arguments, cut: &Cut, tile: usize) {
        let piece = tile % cut.pieces;
        let block = tile / cut.pieces % cut.blocks;
        let front = tile / cut.pieces / cut.blocks;
        let first = block * cut.tile_lines;
        let lines = (cut.lines - first).min(cut.tile_lines);
        let skipped = piece * cut.tile_inner;
        let inner = (cut.inner - skipped).min(cut.tile_inner);
        for i in 0..p.inputs {
            self.operand(p, cut, i, front, (first, lines), (skipped, inner));
        }
        let at = (front * cut.lines + first) * cut.inner + skipped;
        for k in 0..RESULTS {
            self.places[OPERANDS + SLOTS + k] = p.results[k].wrapping_add(at);
        }
        for r in 0..p.rows {
            let from = p.from[r];
            float_row(
                p.ops[r],
                &Row {
                    out: self.places[p.to[r]],
                    operands: from.map(|place| self.places[place].cast_const()),
                    steps: from.map(|place| self.steps[place]),
                    count: lines * inner,
                    scalars: p.scalars[r],
                    condition_shift: 0,
                },
            );
        }
    }

    /// Brings a tile of an operand into a row: where it stands if it is one there, else as a copy.
    unsafe fn operand(
        &mut self,
        p: &Arguments,
        cut: &Cut,
        i: usize,
        front: usize,
        (first, lines): (usize, usize),
        (skipped, inner): (usize, usize),
    ) {
        let strides = &p.strides[i];
        let along = strides[p.axes - 1];
        let across = if p.axes > 1 { strides[p.axes - 2] } else { 0 };
        let mut base = first * across + skipped * along;
        let mut rest = front;
        for axis in (0..p.axes.saturating_sub(2)).rev() {
            base += rest % p.extents[axis] * strides[axis];
            rest /= p.extents[axis];
        }
        let bytes = p.operand_bytes[i];
        let from = p.operands[i].add(base * bytes);
        let copy_at = self.memory.add(i * ROOM);
        self.steps[i] = 4;
        if along == 0 && (lines == 1 || across == 0) {
            self.splats[i] = [element(from, bytes); TURN];
            self.places[i] = self.splats[i].as_mut_ptr();
            self.steps[i] = 0;
        } else if bytes == 4 && along == 1 && (lines == 1 || across == inner) {
            self.places[i] = from.cast_mut().cast();
        } else {
            self.places[i] = copy_at;
            let repeats = across == 0 && skipped == 0 && lines > 1;
            if repeats && self.copied[i] == front {
                return;
            }
            for line in 0..lines {
                let to = copy_at.add(line * inner);
                let from = from.add(line * across * bytes);
                if along == 0 {
                    fill(to, element(from, bytes), inner);
                } else if bytes == 4 {
                    copy(from.cast(), to, inner);
                } else {
                    widen(from, to, inner);
                }
            }
            // The last block may have fewer lines.
            if repeats && lines == cut.tile_lines {
                self.copied[i] = front;
            }
        }
    }
}

/// An element as the bits of a 32-bit lane.
unsafe fn element(from: *const u8, bytes: usize) -> f32 {
    if bytes == 1 { f32::from_bits(*from as u32) } else { *(from as *const f32) }
}

unsafe fn fill(to: *mut f32, value: f32, count: usize) {
    for i in 0..count {
        to.add(i).write(value);
    }
}

/// Bytes as lanes of 32 bits.
unsafe fn widen(from: *const u8, to: *mut f32, count: usize) {
    for i in 0..count {
        to.add(i).write(element(from.add(i), 1));
    }
}
