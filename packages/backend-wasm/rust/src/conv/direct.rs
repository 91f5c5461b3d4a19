//! Convolution forward and its gradient by the input: an indirect product of matrices over
//! channels-last pixels, with the weights packed into panels of output channels.

use crate::control::memory::{Memory, bytes, scratch, workspace};
use crate::conv::arguments::Arguments;
use crate::conv::blocks::{Block, Blocks, LONGEST_RUN, runs_of_block};
use crate::conv::weights::{Weights, pack_weights};
use crate::movement::fill;
use crate::product::panels::*;
use crate::product::tile::*;
use crate::threads::parallel::{parallel, part, parts_of_each};
use crate::vector::simd::*;

fn forward_blocks(a: &Arguments) -> Blocks {
    Blocks::new(a.forward_axes(), a.batch, a.groups, a.inputs, a.outputs)
}

/// Bytes of the packed weights of a forward pass.
pub fn packed_bytes(a: &Arguments) -> u64 {
    packed_bytes_of(&forward_blocks(a))
}

fn packed_bytes_of(blocks: &Blocks) -> u64 {
    bytes([blocks.groups, panel_floats(blocks.outputs, blocks.k()), 4])
}

pub fn forward_memory(a: &Arguments) -> Memory {
    Layout::new(&forward_blocks(a), a).memory
}

pub unsafe fn forward(a: &Arguments) {
    convolve(a, &forward_blocks(a), &Weights { channels_are_columns: false });
}

/// The phases of an input gradient that have something to sum.
fn phase_blocks(a: &Arguments) -> impl Iterator<Item = Blocks> {
    a.all_phase_axes().map(|axes| Blocks::new(axes, a.batch, a.groups, a.outputs, a.inputs))
}

pub fn input_grad_memory(a: &Arguments) -> Memory {
    phase_blocks(a).fold(Memory::NONE, |all, blocks| all.or_more(Layout::new(&blocks, a).memory))
}

pub unsafe fn input_grad(a: &Arguments) {
    if !a.phases_are_complete() {
        let pixels = a.batch * a.input.iter().product::<usize>();
        fill::zeros(a.out, pixels * a.groups * a.inputs);
    }
    for blocks in phase_blocks(a) {
        convolve(a, &blocks, &Weights { channels_are_columns: true });
    }
}

/// Where the pieces of scratch and workspace begin, in bytes.
struct Layout {
    rows: usize,
    row_pointers: usize,
    slots: usize,
    weights: usize,
    memory: Memory,
}

impl Layout {
    fn new(blocks: &Blocks, a: &Arguments) -> Layout {
        let align = |bytes: usize| bytes.next_multiple_of(64);
        let slabs = blocks.slab_bytes();
        let row_pointers = blocks.block_pixels();
        let slots = align(blocks.run_capacity(LONGEST_RUN) * size_of::<Run>());
        let weights = align(slots + a.tap_count() * 4);
        let packed = if a.keeps_weights() { 0 } else { packed_bytes_of(blocks) };
        let memory = Memory {
            scratch: slabs + bytes([2, row_pointers, size_of::<usize>()]) + SLACK_BYTES,
            workspace: weights as u64 + packed + SLACK_BYTES,
        };
        Layout { rows: slabs as usize, row_pointers, slots, weights, memory }
    }
}

/// Runs one convolution in core form.
unsafe fn convolve(a: &Arguments, blocks: &Blocks, weights: &Weights) {
    let layout = Layout::new(blocks, a);
    let memory: *mut u8 = workspace();
    let runs = memory as *mut Run;
    let packed = if a.keeps_weights() { a.packed } else { memory.add(layout.weights) as *mut f32 };
    let run_count = blocks.write_runs(LONGEST_RUN, runs);
    if a.is_packed == 0 {
        pack_weights(a, blocks, weights, memory.add(layout.slots).cast(), packed);
    }

    let count = blocks.count();
    let divisible = if blocks.groups > 1 { blocks.groups } else { blocks.outputs.div_ceil(16) };
    let parts = parts_of_each(count, divisible);
    parallel(count * parts, blocks.work() / 22, |chunk, thread| {
        let index = chunk % parts;
        let task = Task {
            block: blocks.block(chunk / parts),
            groups: if blocks.groups > 1 { part(blocks.groups, 1, parts, index) } else { (0, 1) },
            columns: if blocks.groups > 1 {
                (0, blocks.outputs)
            } else {
                part(blocks.outputs, 16, parts, index)
            },
        };
        if task.groups.0 < task.groups.1 && task.columns.0 < task.columns.1 {
            convolve_block(a, blocks, &layout, &task, (runs, run_count), packed, thread);
        }
    });
}

/// A block of pixels, and which groups and columns of each of them.
struct Task {
    block: Block,
    groups: (usize, usize),
    columns: (usize, usize),
}

unsafe fn convolve_block(
    a: &Arguments,
    blocks: &Blocks,
    layout: &Layout,
    task: &Task,
    (runs, run_count): (*const Run, usize),
    packed: *const f32,
    thread: usize,
) {
    let block = &task.block;
    blocks.load(a.source, block, task.groups, thread);
    let rows = scratch::<u8>(thread).add(layout.rows) as *mut *const f32;
    let outputs = rows.add(layout.row_pointers) as *mut *mut f32;
    let columns = block.columns.1 - block.columns.0;
    let step = blocks.column_step();
    let pixel = blocks.outputs * blocks.groups;
    let out_step = blocks.axes[2].out_step * pixel;
    let mut row_count = 0;
    blocks.for_each_row(a.source, block, thread, |input, position| {
        let row = a.out.add(position * pixel);
        for w in 0..columns {
            rows.add(row_count).write(input.add(w * step));
            outputs.add(row_count).write(row.add(w * out_step));
            row_count += 1;
        }
    });
    let first_loaded = if blocks.direct { 0 } else { task.groups.0 };
    let ending = a.epilogue.ending(a.out);
    for group in task.groups.0..task.groups.1 {
        let group_floats = panel_floats(blocks.outputs, blocks.k());
        let mut product = Product {
            rows,
            left_offset: ((group - first_loaded) * blocks.group_step() * 4) as isize,
            outputs,
            row_count,
            runs,
            run_count: 0,
            k_first: 0,
            k: 0,
            panels: packed.add(group * group_floats + task.columns.0 * blocks.k()),
            panel_rows: blocks.k(),
            column: group * blocks.outputs + task.columns.0,
            columns: task.columns.1 - task.columns.0,
            start: if a.bias.is_null() { Start::Zero } else { Start::Bias(a.bias) },
            ending: Ending::NOTHING,
        };
        let mut first = 0;
        while first < run_count {
            let (taken, k) = runs_of_block(runs, first, run_count);
            product.runs = runs.add(first);
            product.run_count = taken;
            product.k = k;
            if first + taken == run_count {
                product.ending = ending.unwrap_or(Ending::NOTHING);
            }
            multiply(&product);
            product.start = Start::Output;
            product.k_first += k;
            first += taken;
        }
    }
    if ending.is_none() {
        finish_block(a, blocks, task, thread);
    }
}

/// The epilogue over the outputs of a task. Only a forward pass has one, so outputs are neighbours.
unsafe fn finish_block(a: &Arguments, blocks: &Blocks, task: &Task, thread: usize) {
    let pixel = blocks.outputs * blocks.groups;
    let pixels = task.block.columns.1 - task.block.columns.0;
    let first = task.groups.0 * blocks.outputs + task.columns.0;
    let end = (task.groups.1 - 1) * blocks.outputs + task.columns.1;
    blocks.for_each_row(a.source, &task.block, thread, |_, position| {
        if end - first == pixel {
            a.epilogue.apply(a.out, position * pixel, pixels * pixel);
            return;
        }
        for w in 0..pixels {
            a.epilogue.apply(a.out, (position + w) * pixel + first, end - first);
        }
    });
}
