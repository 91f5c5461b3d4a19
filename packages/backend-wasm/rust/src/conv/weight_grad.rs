//! Gradient of a convolution by its weight: for every tap and input channel, the products of inputs
//! and output gradients summed over all pixels.
//!
//! Inputs of one kernel row and gradients of one pixel are both contiguous, so a tile is a sum of
//! outer products, read along columns, with nothing packed. The sums [K, outputs] of each share of
//! the pixels are kept apart and added in order at the end.

use crate::control::memory::{Memory, bytes, scratch, workspace};
use crate::conv::arguments::Arguments;
use crate::conv::blocks::{Block, BlockSize, Blocks};
use crate::product::outer_products::*;
use crate::product::panels::four_rows;
use crate::product::tile::*;
use crate::threads::parallel::{parallel, part, threads};
use crate::vector::simd::*;

/// How the work is shared: groups or output channels in `parts`, blocks of pixels in `shares`.
struct Split {
    parts: usize,
    shares: usize,
}

impl Split {
    /// Parts of the channels cost a copy of the inputs each, shares of the pixels a copy of the sums:
    /// there are shares only where there are too few channels.
    fn new(blocks: &Blocks) -> Split {
        if threads() == 1 {
            return Split { parts: 1, shares: 1 };
        }
        let wanted = threads() * 2;
        let divisible = if blocks.groups > 1 { blocks.groups } else { blocks.outputs.div_ceil(16) };
        let parts = wanted.min(divisible);
        let sums = blocks.k() * blocks.outputs * blocks.groups;
        let affordable = ((1 << 21) / sums.max(1)).clamp(1, 16);
        let shares = wanted.div_ceil(parts).min(affordable).min(blocks.count());
        Split { parts, shares }
    }
}

fn blocks_of(a: &Arguments) -> Blocks {
    let size = if a.outputs >= WORTH_PACKING { PACKED_SIZE } else { BlockSize::USUAL };
    Blocks::of_size(size, a.forward_axes(), a.batch, a.groups, (a.inputs, a.outputs))
}

/// Bytes of the runs in the workspace, and in scratch memory of the slabs, of the spans behind them, and behind
/// those of the packed columns.
struct Layout {
    runs: usize,
    slabs: u64,
    spans: usize,
    packed: u64,
}

impl Layout {
    fn new(blocks: &Blocks) -> Layout {
        let align = |bytes: usize| bytes.next_multiple_of(64);
        Layout {
            runs: align(blocks.run_capacity(usize::MAX / 2) * size_of::<Run>()),
            slabs: blocks.slab_bytes(),
            spans: align(blocks.block_pixels() * size_of::<Span>()),
            packed: bytes([blocks.block_pixels(), SLAB + PACKED_COLUMNS, 4]),
        }
    }
}

pub fn memory(a: &Arguments) -> Memory {
    let blocks = blocks_of(a);
    let layout = Layout::new(&blocks);
    let sums = bytes([Split::new(&blocks).shares, blocks.groups, blocks.k(), blocks.outputs, 4]);
    Memory {
        scratch: layout.slabs + layout.spans as u64 + layout.packed + SLACK_BYTES,
        workspace: layout.runs as u64 + sums + SLACK_BYTES,
    }
}

/// Arguments: source is x, weight is dy, out is dw [outputs, inputs, taps] of all groups.
pub unsafe fn weight_grad(a: &Arguments) {
    let blocks = blocks_of(a);
    let (k, columns, groups) = (blocks.k(), blocks.outputs, blocks.groups);
    let split = Split::new(&blocks);
    let layout = Layout::new(&blocks);
    let spans_at = layout.slabs as usize;
    let packed_at = spans_at + layout.spans;
    let memory: *mut u8 = workspace();
    let runs = memory as *mut Run;
    let run_count = blocks.write_runs(usize::MAX / 2, runs);
    let sums = memory.add(layout.runs) as *mut f32;

    let count = blocks.count();
    parallel(split.shares * split.parts, blocks.work() / 20, |chunk, thread| {
        let (index, share) = (chunk % split.parts, chunk / split.parts);
        let (g, n) = if groups > 1 {
            (part(groups, 1, split.parts, index), (0, columns))
        } else {
            ((0, 1), part(columns, 16, split.parts, index))
        };
        if g.0 == g.1 || n.0 == n.1 {
            return;
        }
        let (first, end) = part(count, 1, split.shares, share);
        let spans = scratch::<u8>(thread).add(spans_at) as *mut Span;
        let packed = scratch::<u8>(thread).add(packed_at) as *mut f32;
        let add = if n.1 - n.0 >= WORTH_PACKING { add_packed } else { add_in_place };
        for block_index in first..end {
            let block = blocks.block(block_index);
            blocks.load(a.source, &block, g, thread);
            let walk = Walk::new(a, &blocks, &block, thread, spans);
            let start = if block_index == first { Start::Zero } else { Start::Output };
            let first_loaded = if blocks.direct { 0 } else { g.0 };
            for group in g.0..g.1 {
                let sums = Sums {
                    runs,
                    run_count,
                    left: (group - first_loaded) * blocks.group_step(),
                    right: group * columns,
                    out: sums.add((share * groups + group) * k * columns),
                    columns,
                    n,
                    start,
                };
                add(&walk, &sums, packed);
            }
        }
    });
    write_weights(a, &blocks, sums, split.shares);
}

/// Packed blocks read their slabs once, and the fewer there are, the fewer times are the sums read.
const PACKED_SIZE: BlockSize = BlockSize { pixels: 512, slab_bytes: 1 << 20 };

impl Walk {
    unsafe fn new(
        a: &Arguments,
        blocks: &Blocks,
        block: &Block,
        thread: usize,
        spans: *mut Span,
    ) -> Walk {
        let pixel = blocks.outputs * blocks.groups;
        let columns = block.columns.1 - block.columns.0;
        let mut walk =
            Walk { spans, count: 0, pixels: 0, left_step: blocks.column_step(), right_step: pixel };
        let mut count = 0;
        blocks.for_each_row(a.source, block, thread, |input, position| {
            spans.add(count).write(Span {
                left: input,
                right: a.weight.add(position * pixel),
                count: columns,
            });
            count += 1;
        });
        walk.count = count;
        walk.pixels = count * columns;
        if columns == 1 && count > 1 {
            walk.join(spans);
        }
        walk
    }

    /// Rows of one pixel each, evenly spaced, are one span.
    unsafe fn join(&mut self, spans: *mut Span) {
        let first = *spans;
        let left_step = (*spans.add(1)).left.offset_from(first.left);
        let right_step = (*spans.add(1)).right.offset_from(first.right);
        for i in 1..self.count {
            let (before, after) = (*spans.add(i - 1), *spans.add(i));
            if after.left.offset_from(before.left) != left_step
                || after.right.offset_from(before.right) != right_step
            {
                return;
            }
        }
        (*spans).count = self.count;
        self.count = 1;
        self.left_step = left_step as usize;
        self.right_step = right_step as usize;
    }
}

/// Adds the shares and turns [K = (tap, channel), outputs] into [outputs, channel, tap].
unsafe fn write_weights(a: &Arguments, blocks: &Blocks, sums: *const f32, shares: usize) {
    let (taps, channels, columns) = (blocks.taps(), blocks.inputs, blocks.outputs);
    let k = blocks.k();
    let sums_floats = blocks.groups * k * columns;
    // A unit of work: four output channels of one group.
    let fours = columns.div_ceil(4);
    parallel(blocks.groups * fours, sums_floats * shares / 2, |chunk, _| {
        let (group, first) = (chunk / fours, chunk % fours * 4);
        let from = sums.add(group * k * columns + first);
        let valid = (columns - first).min(4);
        let out = a.out.add((group * columns + first) * k);
        // Rows that are neighbours in the weight: taps of a channel, or channels where there is one
        // tap.
        let (outer, inner) = if taps == 1 { (1, channels) } else { (channels, taps) };
        let (outer_step, inner_step) =
            if taps == 1 { (0, columns) } else { (columns, channels * columns) };
        for o in 0..outer {
            let mut i = 0;
            while i < inner {
                let rows = (inner - i).min(4);
                let at = from.add(o * outer_step + i * inner_step);
                let mut total = four_rows(at, inner_step, rows);
                for share in 1..shares {
                    let more = four_rows(at.add(share * sums_floats), inner_step, rows);
                    for (t, m) in total.iter_mut().zip(more) {
                        *t = f32x4_add(*t, m);
                    }
                }
                let to = out.add(o * inner + i);
                for (c, line) in transpose4(total).into_iter().enumerate().take(valid) {
                    store_lanes(to.add(c * k), line, rows);
                }
                i += rows;
            }
        }
    });
}
