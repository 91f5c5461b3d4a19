//! Convolution with kernels of 3 and stride 1 by Winograd's minimal filtering. Tiles of the output
//! are computed from transformed tiles of the input: for each of the transform's positions (a
//! plane) a product of matrices, tiles x channels by channels x outputs.

use crate::control::memory::{Memory, scratch, workspace};
use crate::conv::arguments::Arguments;
use crate::threads::parallel::{parallel, part, parts_of_each, product, threads};
use crate::winograd::block::Block;
use crate::winograd::forms::{F2, F4, Form};
use crate::winograd::plan::Plan;
use crate::winograd::problem::Problem;
use crate::winograd::weights::pack;

/// Bytes of transformed inputs and products of a block that the second-level cache keeps.
const BLOCK_BYTES: usize = 512 * 1024;
/// Tiles of a block: enough to use the weights of a plane often, and few enough for the cache.
const LEAST_TILES: usize = 32;
const MOST_TILES: usize = 96;
/// Slices of a block: the inputs of two more are transformed for three taps along the depth.
const MOST_DEPTH: usize = 4;

/// With tiles of the output of this extent, for which `choice::tile` must hold.
pub unsafe fn forward(a: &Arguments, tile: usize) {
    run(&Problem::forward(a, tile));
}

pub fn forward_memory(a: &Arguments, tile: usize) -> Memory {
    memory(&Problem::forward(a, tile))
}

pub fn packed_bytes(a: &Arguments, tile: usize) -> u64 {
    let p = Problem::forward(a, tile);
    plan_of(&p).packed_bytes(&p)
}

pub unsafe fn input_grad(a: &Arguments, tile: usize) {
    run(&Problem::input_gradient(a, tile));
}

pub fn input_grad_memory(a: &Arguments, tile: usize) -> Memory {
    memory(&Problem::input_gradient(a, tile))
}

unsafe fn run(p: &Problem) {
    match (p.a.taps[1], p.tile) {
        (3, 2) => convolve::<F2, 4, 2, 4>(p),
        (3, _) => convolve::<F4, 6, 4, 6>(p),
        (_, 2) => convolve::<F2, 4, 2, 1>(p),
        _ => convolve::<F4, 6, 4, 1>(p),
    }
}

fn memory(p: &Problem) -> Memory {
    let plan = plan_of(p);
    let together = if plan.is_together() { plan.block_bytes() } else { 0 };
    Memory { scratch: plan.scratch_bytes(p), workspace: plan.workspace_of_weights(p) + together }
}

/// Tiles of N inputs along the width, and R along the height: N again, or 1.
unsafe fn convolve<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(p: &Problem) {
    let plan = plan_of(p);
    let packed = if p.a.keeps_weights() { p.a.packed } else { workspace() };
    if p.a.is_packed == 0 {
        pack::<F, N, M, R>(p, packed);
    }
    if plan.is_together() {
        return convolve_together::<F, N, M, R>(p, &plan, packed);
    }
    let per_plane = p.k() * p.columns / 22 + (p.channels + p.columns) / 4;
    let work = product([plan.all_tiles(), R, N, per_plane]);
    parallel(plan.blocks(), work, |index, thread| {
        let Some(share) = plan.share(p, index) else { return };
        let block = Block::new(p, &plan, share, scratch(thread));
        let patch = block.behind(&plan);
        block.transform_inputs::<F, N, M, R>(p, &plan, (0, block.input_rows()), patch);
        for plane in 0..plan.planes {
            block.multiply(p, &plan, packed, plane, (0, p.columns));
        }
        block.transform_outputs::<F, N, M, R>(p, &plan, (0, block.output_rows()));
    });
}

/// The tiles of one block by all threads together: few tiles have many weights, which should be read once.
unsafe fn convolve_together<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    p: &Problem,
    plan: &Plan,
    packed: *const f32,
) {
    let memory = workspace::<u8>().add(plan.workspace_of_weights(p) as usize);
    let Some(share) = plan.share(p, 0) else { return };
    let block = Block::new(p, plan, share, memory);
    let (inputs, outputs) = (block.input_rows(), block.output_rows());
    let four = |index: usize, rows: usize| (index * 4, (index * 4 + 4).min(rows));
    parallel(inputs.div_ceil(4), inputs * plan.planes / 4 * p.channels, |index, thread| {
        block.transform_inputs::<F, N, M, R>(p, plan, four(index, inputs), scratch(thread));
    });
    let parts = parts_of_each(plan.planes, p.columns.div_ceil(16));
    let products = product([outputs, plan.planes, p.k(), p.columns]);
    parallel(plan.planes * parts, products / 22, |index, _| {
        let columns = part(p.columns, 16, parts, index % parts);
        if columns.0 < columns.1 {
            block.multiply(p, plan, packed, index / parts, columns);
        }
    });
    parallel(outputs.div_ceil(4), outputs * plan.planes / 4 * p.columns, |index, _| {
        block.transform_outputs::<F, N, M, R>(p, plan, four(index, outputs));
    });
}

fn plan_of(p: &Problem) -> Plan {
    Plan::new(p, MOST_DEPTH, parts_of)
}

/// In how many parts tiles are cut.
fn parts_of(p: &Problem, planes: usize, tiles: usize) -> usize {
    let fitting = BLOCK_BYTES / (planes * (p.channels + p.columns) * 4);
    let parts = tiles.div_ceil(fitting.clamp(LEAST_TILES, MOST_TILES));
    if parts > 1 { parts.next_multiple_of(threads()) } else { 1 }
}
