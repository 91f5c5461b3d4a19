//! Convolution forward and its gradient by the input: an indirect product of matrices over
//! channels-last pixels, with the weights packed into panels of output channels.

use crate::control::{Memory, bytes, scratch, workspace};
use crate::conv_axis::{Axis, Geometry};
use crate::conv_blocks::{Block, Blocks, LONGEST_RUN, runs_of_block};
use crate::conv_product;
use crate::conv_scatter;
use crate::epilogue::Epilogue;
use crate::gemm;
use crate::panels::*;
use crate::parallel::{parallel, part, parts_of_each};
use crate::simd::*;
use crate::tile::*;

/// Arguments of the convolution kernels: depth, height, width; unused axes in front have extent 1.
#[repr(C)]
pub struct Arguments {
    /// The forward pass reads x and writes y; the input gradient reads dy and writes dx.
    pub source: *const f32,
    pub weight: *const f32,
    pub bias: *const f32,
    pub out: *mut f32,
    pub batch: usize,
    pub groups: usize,
    /// Channels of one group.
    pub inputs: usize,
    pub outputs: usize,
    pub input: [usize; 3],
    pub output: [usize; 3],
    pub taps: [usize; 3],
    pub stride: [usize; 3],
    pub dilation: [usize; 3],
    pub pad: [isize; 3],
    /// Memory that the packed weights are kept in from call to call, or null; and whether they are
    /// there.
    pub packed: *mut f32,
    pub is_packed: u32,
    pub epilogue: Epilogue,
    /// Extent of the output tiles, where kernels of 3 go by Winograd's minimal filtering.
    pub tile: usize,
}

impl Arguments {
    pub fn geometry(&self, axis: usize) -> Geometry {
        Geometry {
            input: self.input[axis],
            output: self.output[axis],
            taps: self.taps[axis],
            stride: self.stride[axis],
            dilation: self.dilation[axis],
            pad: self.pad[axis],
        }
    }

    pub fn forward_axes(&self) -> [Axis; 3] {
        [0, 1, 2].map(|axis| Axis::forward(self.geometry(axis)))
    }

    fn tap_count(&self) -> usize {
        self.taps.iter().product()
    }
}

impl Arguments {
    /// The phases of an input gradient along an axis, the outputs whose positions leave the same rest modulo the
    /// stride, that have outputs: a stride may be longer than the axis.
    fn phases(&self, axis: usize) -> impl Iterator<Item = Axis> {
        let g = self.geometry(axis);
        (0..g.stride.min(g.input)).map(move |first| {
            let phase = (first as isize + g.pad).rem_euclid(g.stride as isize) as usize;
            Axis::input_gradient(g, phase)
        })
    }

    /// Whether each phase has taps. Outputs of the others are zero.
    pub fn phases_are_complete(&self) -> bool {
        (0..3).all(|axis| self.phases(axis).all(|phase| phase.taps > 0))
    }

    /// The core forms of the phases that have taps.
    pub fn all_phase_axes(&self) -> impl Iterator<Item = [Axis; 3]> {
        let with_taps = |axis: usize| self.phases(axis).filter(|phase| phase.taps > 0);
        with_taps(0).flat_map(move |depth| {
            with_taps(1).flat_map(move |height| with_taps(2).map(move |w| [depth, height, w]))
        })
    }
}

/// Whether the forward convolution is one product. Weights that are kept, and what follows in the same pass, need
/// the convolution's own way.
fn is_forward_product(a: &Arguments) -> bool {
    a.packed.is_null() && a.epilogue.is_nothing() && conv_product::is_product(a)
}

fn forward_blocks(a: &Arguments) -> Blocks {
    Blocks::new(a.forward_axes(), a.batch, a.groups, a.inputs, a.outputs)
}

pub fn forward_memory(a: &Arguments) -> Memory {
    if is_forward_product(a) {
        return gemm::memory(&conv_product::forward(a));
    }
    Layout::new(&forward_blocks(a), a).memory
}

pub unsafe fn conv_forward(a: &Arguments) {
    if is_forward_product(a) {
        return gemm::matmul(&conv_product::forward(a));
    }
    convolve(a, &forward_blocks(a), &Weights { channels_are_columns: false });
}

/// The phases of an input gradient that have something to sum.
fn phase_blocks(a: &Arguments) -> impl Iterator<Item = Blocks> {
    a.all_phase_axes().map(|axes| Blocks::new(axes, a.batch, a.groups, a.outputs, a.inputs))
}

pub fn input_grad_memory(a: &Arguments) -> Memory {
    if conv_product::is_product(a) {
        return gemm::memory(&conv_product::input_gradient(a));
    }
    if conv_scatter::pays(a) {
        return conv_scatter::memory(a);
    }
    phase_blocks(a).fold(Memory::NONE, |all, blocks| all.or_more(Layout::new(&blocks, a).memory))
}

pub unsafe fn conv_input_grad(a: &Arguments) {
    if conv_product::is_product(a) {
        return gemm::matmul(&conv_product::input_gradient(a));
    }
    if conv_scatter::pays(a) {
        return conv_scatter::run(a);
    }
    if !a.phases_are_complete() {
        let pixels = a.batch * a.input.iter().product::<usize>();
        crate::fill::zeros(a.out, pixels * a.groups * a.inputs);
    }
    for blocks in phase_blocks(a) {
        convolve(a, &blocks, &Weights { channels_are_columns: true });
    }
}

/// Which way the weight [outputs, inputs, taps] of a group is read.
struct Weights {
    /// The input gradient multiplies output channels (K) by input channels (columns).
    channels_are_columns: bool,
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
        let packed = if a.packed.is_null() {
            bytes([blocks.groups, panel_floats(blocks.outputs, blocks.k()), 4])
        } else {
            0
        };
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
    let packed = if a.packed.is_null() { memory.add(layout.weights) as *mut f32 } else { a.packed };
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

/// Packs the weights of all groups: K row (tap t of the core form, channel), columns in panels.
unsafe fn pack_weights(
    a: &Arguments,
    blocks: &Blocks,
    weights: &Weights,
    slots: *mut i32,
    packed: *mut f32,
) {
    let taps = a.tap_count();
    write_slots(a, blocks, slots, taps);
    let (channels, columns, k) = (blocks.inputs, blocks.outputs, blocks.k());
    let group_weights = a.outputs * a.inputs * taps;
    let panels = panel_count(columns);
    let nanoseconds = blocks.groups * group_weights / 2;
    parallel(blocks.groups * panels, nanoseconds, |chunk, _| {
        let (group, first) = (chunk / panels, panel_start(columns, chunk % panels));
        let source = a.weight.add(group * group_weights);
        let to = packed.add(group * panel_floats(columns, k) + first * k);
        let valid = (columns - first).min(panel_width(columns - first));
        if !weights.channels_are_columns {
            let stride = channels * taps;
            let piece = Piece { taps, slots, channels, first_channel: 0, length: stride };
            pack_piece(source.add(first * stride), stride, valid, &piece, to);
        } else if taps == 1 {
            pack_rows(source.add(first), columns, channels, valid, to);
        } else {
            for channel in 0..channels {
                let from = source.add((channel * columns + first) * taps);
                let piece = Piece { taps, slots, channels, first_channel: channel, length: taps };
                pack_piece(from, taps, valid, &piece, to);
            }
        }
    });
}

/// For each tap of the weight, its place in the core form, or -1.
unsafe fn write_slots(a: &Arguments, blocks: &Blocks, slots: *mut i32, taps: usize) {
    for tap in 0..taps {
        slots.add(tap).write(-1);
    }
    let [depth, height, width] = blocks.axes;
    let mut place = 0;
    for d in 0..depth.taps {
        for h in 0..height.taps {
            for w in 0..width.taps {
                let plane = depth.tap_of_weight(d) * a.taps[1] + height.tap_of_weight(h);
                let tap = plane * a.taps[2] + width.tap_of_weight(w);
                slots.add(tap).write(place);
                place += 1;
            }
        }
    }
}

/// `length` contiguous weights of one column: channels from `first_channel` on, each with all its
/// taps.
struct Piece {
    taps: usize,
    slots: *const i32,
    channels: usize,
    first_channel: usize,
    length: usize,
}

/// Packs the same piece of the columns of a panel, which lie `stride` apart.
unsafe fn pack_piece(source: *const f32, stride: usize, valid: usize, piece: &Piece, to: *mut f32) {
    let width = panel_width(valid);
    for quarter in 0..width / 4 {
        let from = source.add(quarter * 4 * stride);
        let valid = valid.saturating_sub(quarter * 4).min(4);
        pack_four(from, stride, valid, piece, to.add(quarter * 4), width);
    }
}

/// Packs up to 4 columns, zeros for the rest.
unsafe fn pack_four(
    source: *const f32,
    stride: usize,
    valid: usize,
    piece: &Piece,
    to: *mut f32,
    width: usize,
) {
    let mut tap = 0;
    let mut channel = piece.first_channel;
    let mut i = 0;
    while i < piece.length {
        let rows = transpose4(four_rows(source.add(i), stride, valid));
        for row in rows.iter().take(piece.length - i) {
            let slot = *piece.slots.add(tap);
            if slot >= 0 {
                store(to.add((slot as usize * piece.channels + channel) * width), *row);
            }
            tap += 1;
            if tap == piece.taps {
                tap = 0;
                channel += 1;
            }
        }
        i += 4;
    }
}
