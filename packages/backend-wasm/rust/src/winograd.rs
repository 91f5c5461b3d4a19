//! Convolution with kernels of 3 and stride 1 by Winograd's minimal filtering. Tiles of the output
//! are computed from transformed tiles of the input: for each of the transform's positions (a
//! plane) a product of matrices, tiles x channels by channels x outputs.

use crate::control::{Memory, bytes, scratch, workspace};
use crate::conv::Arguments;
use crate::panels::*;
use crate::parallel::{parallel, part, parts_of_each, product, threads};
use crate::simd::*;
use crate::tile::*;
use crate::winograd_forms::{F2, F4, Form};
use crate::winograd_tiles::*;
use crate::winograd_weights::pack;

/// Bytes of transformed inputs and products of a block that the second-level cache keeps.
const BLOCK_BYTES: usize = 512 * 1024;
/// Tiles of a block: enough to use the weights of a plane often, and few enough for the cache.
const LEAST_TILES: usize = 32;
const MOST_TILES: usize = 96;
/// K steps between two visits of the products.
const K_BLOCK: usize = 640;

/// Arguments as those of `conv_forward`: one group, stride and dilation 1, kernels of 3 along the
/// width and of 1 or 3 along the height, channels that are multiples of 4. `extent` is that of the
/// output tiles, 2 or 4.
pub unsafe fn winograd_forward(a: &Arguments) {
    run(&Problem::forward(a));
}

pub fn forward_memory(a: &Arguments) -> Memory {
    memory(&Problem::forward(a))
}

/// Arguments as those of `conv_input_grad`, with the same limits.
pub unsafe fn winograd_input_grad(a: &Arguments) {
    run(&Problem::input_gradient(a));
}

pub fn input_grad_memory(a: &Arguments) -> Memory {
    memory(&Problem::input_gradient(a))
}

/// What is computed: a convolution with stride 1 of `source` to `out`.
pub struct Problem<'a> {
    pub a: &'a Arguments,
    /// Channels of the source, and of the output.
    pub channels: usize,
    pub columns: usize,
    /// Depth, height, width of the source, and of the output.
    pub input: [usize; 3],
    pub output: [usize; 3],
    pub pad: [isize; 3],
    /// Floats from the weights of one output channel to those of the next, and of one source channel.
    pub column_step: usize,
    pub channel_step: usize,
    /// Whether the kernel is turned around.
    pub is_turned: bool,
}

impl Problem<'_> {
    pub fn forward(a: &Arguments) -> Problem<'_> {
        let taps = a.taps[1] * a.taps[2];
        Problem {
            a,
            channels: a.inputs,
            columns: a.outputs,
            input: a.input,
            output: a.output,
            pad: a.pad,
            column_step: a.inputs * taps,
            channel_step: taps,
            is_turned: false,
        }
    }

    /// The gradient of the input is the convolution of the output's gradient with the kernel turned
    /// around, and source and output channels exchanged.
    fn input_gradient(a: &Arguments) -> Problem<'_> {
        let taps = a.taps[1] * a.taps[2];
        Problem {
            a,
            channels: a.outputs,
            columns: a.inputs,
            input: a.output,
            output: a.input,
            pad: core::array::from_fn(|axis| a.taps[axis] as isize - 1 - a.pad[axis]),
            column_step: taps,
            channel_step: a.inputs * taps,
            is_turned: true,
        }
    }
}

unsafe fn run(p: &Problem) {
    match (p.a.taps[1], p.a.tile) {
        (3, 2) => convolve::<F2, 4, 2, 4>(p),
        (3, _) => convolve::<F4, 6, 4, 6>(p),
        (_, 2) => convolve::<F2, 4, 2, 1>(p),
        _ => convolve::<F4, 6, 4, 1>(p),
    }
}

fn memory(p: &Problem) -> Memory {
    let plan = Plan::new(p, blocks_of);
    let together = if plan.is_together() { plan.block_bytes() } else { 0 };
    Memory { scratch: plan.scratch_bytes(), workspace: plan.workspace_of_weights(p) + together }
}

/// Tiles of N inputs along the width, and R along the height: N again, or 1.
unsafe fn convolve<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(p: &Problem) {
    let plan = Plan::new(p, blocks_of);
    let packed = if p.a.packed.is_null() { workspace() } else { p.a.packed };
    if p.a.is_packed == 0 {
        pack::<F, N, M, R>(p, packed);
    }
    if plan.is_together() {
        return convolve_together::<F, N, M, R>(p, &plan, packed);
    }
    let per_plane = p.channels * p.columns / 22 + (p.channels + p.columns) / 4;
    let work = product([plan.tiles, R, N, per_plane]);
    parallel(plan.blocks, work, |index, thread| {
        let tiles = part(plan.tiles, 4, plan.blocks, index);
        if tiles.0 == tiles.1 {
            return;
        }
        let block = Block::new(&plan, tiles, scratch(thread));
        let patch = block.behind(&plan);
        block.transform_inputs::<F, N, M, R>(p, &plan, tiles, patch);
        for plane in 0..plan.planes {
            block.multiply(p, &plan, packed, plane, (0, p.columns));
        }
        block.transform_outputs::<F, N, M, R>(p, &plan, tiles);
    });
}

/// The tiles of one block by all threads together: few tiles have many weights, which should be read once.
unsafe fn convolve_together<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    p: &Problem,
    plan: &Plan,
    packed: *const f32,
) {
    let memory = workspace::<u8>().add(plan.workspace_of_weights(p) as usize);
    let block = Block::new(plan, (0, plan.tiles), memory);
    let fours = plan.tiles.div_ceil(4);
    let four = |index: usize| (index * 4, (index * 4 + 4).min(plan.tiles));
    let transformed = plan.tiles * plan.planes / 4;
    parallel(fours, transformed * p.channels, |index, thread| {
        block.transform_inputs::<F, N, M, R>(p, plan, four(index), scratch(thread));
    });
    let parts = parts_of_each(plan.planes, p.columns.div_ceil(16));
    let products = product([plan.tiles, plan.planes, p.channels, p.columns]);
    parallel(plan.planes * parts, products / 22, |index, _| {
        let columns = part(p.columns, 16, parts, index % parts);
        if columns.0 < columns.1 {
            block.multiply(p, plan, packed, index / parts, columns);
        }
    });
    parallel(fours, transformed * p.columns, |index, _| {
        block.transform_outputs::<F, N, M, R>(p, plan, four(index));
    });
}

/// How many blocks, of how many tiles.
fn blocks_of(p: &Problem, planes: usize, tiles: usize) -> usize {
    let fitting = BLOCK_BYTES / (planes * (p.channels + p.columns) * 4);
    let blocks = tiles.div_ceil(fitting.clamp(LEAST_TILES, MOST_TILES));
    if blocks > 1 { blocks.next_multiple_of(threads()) } else { 1 }
}

/// How the output is cut into tiles and blocks of tiles.
pub struct Plan {
    down: usize,
    across: usize,
    pub tiles: usize,
    pub blocks: usize,
    pub tiles_per_block: usize,
    /// Extents of an output tile.
    pub height: usize,
    width: usize,
    /// Floats from one plane of the transformed inputs, and of the products, to the next.
    pub input_plane: usize,
    pub output_plane: usize,
    /// Positions of the transform.
    pub planes: usize,
}

impl Plan {
    /// `blocks_of` says how many blocks there are of so many planes and tiles.
    pub fn new(p: &Problem, blocks_of: fn(&Problem, usize, usize) -> usize) -> Plan {
        let width = p.a.tile;
        let (height, planes) =
            if p.a.taps[1] == 3 { (width, (width + 2) * (width + 2)) } else { (1, width + 2) };
        let down = p.output[1].div_ceil(height);
        let across = p.output[2].div_ceil(width);
        let tiles = p.a.batch * down * across;
        let blocks = blocks_of(p, planes, tiles);
        let tiles_per_block = tiles.div_ceil(4).div_ceil(blocks) * 4;
        // A line more than a multiple of the page: planes fall into different sets of the cache.
        let plane = |channels: usize| (tiles_per_block * channels).next_multiple_of(16) + 16;
        Plan {
            down,
            across,
            tiles,
            blocks,
            tiles_per_block,
            height,
            width,
            input_plane: plane(p.channels),
            output_plane: plane(p.columns),
            planes,
        }
    }

    /// Whether all threads share the one block that there is.
    fn is_together(&self) -> bool {
        self.blocks == 1 && threads() > 1
    }

    /// Bytes of a block: pointers to its rows, transformed inputs and products.
    fn block_bytes(&self) -> u64 {
        let pointers = bytes([2, self.tiles_per_block, size_of::<usize>()]);
        pointers + bytes([self.planes, self.input_plane + self.output_plane, 4]) + 128
    }

    /// Bytes of a block and of a patch of the input.
    fn scratch_bytes(&self) -> u64 {
        let patch = bytes([self.planes, self.input_plane.div_ceil(self.tiles_per_block), 4]);
        self.block_bytes() + patch + SLACK_BYTES
    }

    /// Bytes of the workspace that the weights take, where they are not kept.
    fn workspace_of_weights(&self, p: &Problem) -> u64 {
        if p.a.packed.is_null() {
            bytes([self.planes, panel_floats(p.columns, p.channels), 4]) + SLACK_BYTES
        } else {
            0
        }
    }

    /// Sample, first row and first column of the output of a tile.
    pub fn place(&self, tile: usize) -> (usize, usize, usize) {
        let (row, column) = (tile / self.across, tile % self.across);
        (row / self.down, row % self.down * self.height, column * self.width)
    }
}

/// Tiles on their way: transformed inputs and their products with the weights, plane by plane.
struct Block {
    first: usize,
    count: usize,
    rows: *mut *const f32,
    outputs: *mut *mut f32,
    inputs: *mut f32,
    products: *mut f32,
}

impl Block {
    /// In `memory` of `Plan::block_bytes`.
    unsafe fn new(plan: &Plan, tiles: (usize, usize), memory: *mut u8) -> Block {
        let rows = memory as *mut *const f32;
        let outputs = rows.add(plan.tiles_per_block) as *mut *mut f32;
        let aligned = (outputs.add(plan.tiles_per_block) as usize).next_multiple_of(64);
        let inputs = aligned as *mut f32;
        let products = inputs.add(plan.planes * plan.input_plane);
        Block { first: tiles.0, count: tiles.1 - tiles.0, rows, outputs, inputs, products }
    }

    /// The memory behind it.
    unsafe fn behind(&self, plan: &Plan) -> *mut f32 {
        self.products.add(plan.planes * plan.output_plane)
    }

    /// Transforms the inputs of some of the tiles; those at the border go by `patch`.
    unsafe fn transform_inputs<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
        &self,
        p: &Problem,
        plan: &Plan,
        (begin, end): (usize, usize),
        patch: *mut f32,
    ) {
        let (channels, columns) = (p.channels, p.columns);
        for tile in begin..end {
            let i = tile - self.first;
            let to = self.inputs.add(i * channels);
            self.rows.add(i).write(to);
            self.outputs.add(i).write(self.products.add(i * columns));
            let (from, row) = input_tile::<N, R>(p, plan.place(tile), patch);
            let tile = InputTile { from, row, pixel: channels, to, plane: plan.input_plane };
            let mut c = 0;
            while c + 8 <= channels {
                tile.transform::<F, N, M, R, 2>(c);
                c += 8;
            }
            if c < channels {
                tile.transform::<F, N, M, R, 1>(c);
            }
        }
    }

    /// The products of one plane with the weights of some output channels.
    unsafe fn multiply(
        &self,
        p: &Problem,
        plan: &Plan,
        packed: *const f32,
        plane: usize,
        columns: (usize, usize),
    ) {
        let channels = p.channels;
        let panels = packed.add(plane * panel_floats(p.columns, channels) + columns.0 * channels);
        let mut k0 = 0;
        while k0 < channels {
            let k = (channels - k0).min(K_BLOCK);
            multiply(&Product {
                rows: self.rows,
                left_offset: (plane * plan.input_plane * 4) as isize,
                outputs: self.outputs,
                row_count: self.count,
                runs: &Run { offset: (k0 * 4) as i32, length: k as u32 },
                run_count: 1,
                k_first: k0,
                k,
                panels,
                panel_rows: channels,
                // Counted from the outputs of the first plane.
                column: plane * plan.output_plane + columns.0,
                columns: columns.1 - columns.0,
                start: if k0 == 0 { Start::Zero } else { Start::Output },
                ending: Ending::NOTHING,
            });
            k0 += k;
        }
    }

    /// Transforms the products of some of the tiles into outputs.
    unsafe fn transform_outputs<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
        &self,
        p: &Problem,
        plan: &Plan,
        (begin, end): (usize, usize),
    ) {
        let columns = p.columns;
        let ending = p.a.epilogue.ending(p.a.out);
        for tile in begin..end {
            let (sample, h, w) = plan.place(tile);
            let position = (sample * p.output[1] + h) * p.output[2] + w;
            let tile = OutputTile {
                from: self.products.add((tile - self.first) * columns),
                plane: plan.output_plane,
                bias: p.a.bias,
                ending: ending.unwrap_or(Ending::NOTHING),
                to: p.a.out.add(position * columns),
                row: p.output[2] * columns,
                pixel: columns,
                height: (p.output[1] - h).min(plan.height),
                width: (p.output[2] - w).min(M),
            };
            let mut c = 0;
            while c + 8 <= columns {
                tile.transform::<F, N, M, R, 2>(c);
                c += 8;
            }
            if c < columns {
                tile.transform::<F, N, M, R, 1>(c);
            }
            if ending.is_none() {
                for y in 0..tile.height {
                    let at = (position + y * p.output[2]) * columns;
                    p.a.epilogue.apply(p.a.out, at, tile.width * columns);
                }
            }
        }
    }
}
