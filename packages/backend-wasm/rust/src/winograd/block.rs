//! The tiles of a block on their way.

use crate::product::panels::*;
use crate::product::tile::*;
use crate::winograd::forms::Form;
use crate::winograd::plan::{Plan, Share};
use crate::winograd::problem::{MOST_DEPTH_TAPS, Problem};
use crate::winograd::tiles::*;

/// K steps between two visits of the products.
const K_BLOCK: usize = 640;

/// Tiles on their way, slice by slice: transformed inputs and their products with the weights, plane by plane.
pub struct Block {
    share: Share,
    rows: *mut *const f32,
    outputs: *mut *mut f32,
    inputs: *mut f32,
    products: *mut f32,
}

impl Block {
    /// In `memory` of `Plan::block_bytes`.
    pub unsafe fn new(p: &Problem, plan: &Plan, share: Share, memory: *mut u8) -> Block {
        let rows = memory as *mut *const f32;
        let outputs = rows.add(plan.rows_per_block()) as *mut *mut f32;
        let aligned = (outputs.add(plan.rows_per_block()) as usize).next_multiple_of(64);
        let inputs = aligned as *mut f32;
        let products = inputs.add(plan.planes * plan.input_plane);
        for i in 0..share.output_rows() {
            rows.add(i).write(inputs.wrapping_add(i * p.channels));
            outputs.add(i).write(products.add(i * p.columns));
        }
        Block { share, rows, outputs, inputs, products }
    }

    /// The memory behind it.
    pub unsafe fn behind(&self, plan: &Plan) -> *mut f32 {
        self.products.add(plan.planes * plan.output_plane)
    }

    pub fn input_rows(&self) -> usize {
        self.share.input_rows()
    }

    pub fn output_rows(&self) -> usize {
        self.share.output_rows()
    }

    /// Transforms some of the tiles of the input; those at the border go by `patch`.
    pub unsafe fn transform_inputs<
        F: Form<N, M>,
        const N: usize,
        const M: usize,
        const R: usize,
    >(
        &self,
        p: &Problem,
        plan: &Plan,
        (begin, end): (usize, usize),
        patch: *mut f32,
    ) {
        let channels = p.channels;
        let count = self.share.tile_count();
        let first = self.share.sample * p.input[0] + self.share.inputs.0;
        for i in begin..end {
            let to = self.inputs.add(i * channels);
            let place = plan.place(first + i / count, self.share.tiles.0 + i % count);
            let (from, row) = input_tile::<N, R>(p, place, patch);
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
    pub unsafe fn multiply(
        &self,
        p: &Problem,
        plan: &Plan,
        packed: *const f32,
        plane: usize,
        columns: (usize, usize),
    ) {
        let (channels, k) = (p.channels, p.k());
        let (count, depths) = (self.share.tile_count(), self.share.depths);
        // From the transformed inputs of a slice to those of the next, and from a row to what its first tap reads.
        let slice = (count * channels * 4) as isize;
        let before = depths.0 as isize - p.pad[0] - self.share.inputs.0 as isize;
        let mut z = depths.0;
        while z < depths.1 {
            let taps = p.depth_taps_inside(z);
            let mut end = z + 1;
            while end < depths.1 && p.depth_taps_inside(end) == taps {
                end += 1;
            }
            let first = (z - depths.0) * count;
            let mut product = Product {
                rows: self.rows.add(first),
                left_offset: (plane * plan.input_plane * 4) as isize,
                outputs: self.outputs.add(first),
                row_count: (end - z) * count,
                runs: core::ptr::null(),
                run_count: 0,
                k_first: taps.0 * channels,
                k: 0,
                panels: packed.add(plane * panel_floats(p.columns, k) + columns.0 * k),
                panel_rows: k,
                // Counted from the outputs of the first plane.
                column: plane * plan.output_plane + columns.0,
                columns: columns.1 - columns.0,
                start: Start::Zero,
                ending: Ending::NOTHING,
            };
            z = end;
            let run = |tap: usize, k0: usize, length: usize| Run {
                offset: ((before + tap as isize) * slice) as i32 + (k0 * 4) as i32,
                length: length as u32,
            };
            let count = taps.1 - taps.0;
            if count * channels <= K_BLOCK {
                let runs: [Run; MOST_DEPTH_TAPS] =
                    core::array::from_fn(|i| run(taps.0 + i, 0, channels));
                product.runs = runs.as_ptr();
                product.run_count = count;
                product.k = count * channels;
                multiply(&product);
                continue;
            }
            for tap in taps.0..taps.1 {
                let mut k0 = 0;
                while k0 < channels {
                    let length = (channels - k0).min(K_BLOCK);
                    let run = run(tap, k0, length);
                    product.runs = &run;
                    product.run_count = 1;
                    product.k_first = tap * channels + k0;
                    product.k = length;
                    multiply(&product);
                    product.start = Start::Output;
                    k0 += length;
                }
            }
        }
    }

    /// Transforms some rows of the products into outputs.
    pub unsafe fn transform_outputs<
        F: Form<N, M>,
        const N: usize,
        const M: usize,
        const R: usize,
    >(
        &self,
        p: &Problem,
        plan: &Plan,
        (begin, end): (usize, usize),
    ) {
        let columns = p.columns;
        let ending = p.a.epilogue.ending(p.a.out);
        let count = self.share.tile_count();
        let first = self.share.sample * p.output[0] + self.share.depths.0;
        for i in begin..end {
            let (slice, h, w) = plan.place(first + i / count, self.share.tiles.0 + i % count);
            let position = (slice * p.output[1] + h) * p.output[2] + w;
            let tile = OutputTile {
                from: self.products.add(i * columns),
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
