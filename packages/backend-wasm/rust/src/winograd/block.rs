//! The tiles of a block on their way.

use crate::product::panels::*;
use crate::product::tile::*;
use crate::winograd::forms::Form;
use crate::winograd::plan::Plan;
use crate::winograd::problem::Problem;
use crate::winograd::tiles::*;

/// K steps between two visits of the products.
const K_BLOCK: usize = 640;

/// Tiles on their way: transformed inputs and their products with the weights, plane by plane.
pub struct Block {
    first: usize,
    count: usize,
    rows: *mut *const f32,
    outputs: *mut *mut f32,
    inputs: *mut f32,
    products: *mut f32,
}

impl Block {
    /// In `memory` of `Plan::block_bytes`.
    pub unsafe fn new(plan: &Plan, tiles: (usize, usize), memory: *mut u8) -> Block {
        let rows = memory as *mut *const f32;
        let outputs = rows.add(plan.tiles_per_block) as *mut *mut f32;
        let aligned = (outputs.add(plan.tiles_per_block) as usize).next_multiple_of(64);
        let inputs = aligned as *mut f32;
        let products = inputs.add(plan.planes * plan.input_plane);
        Block { first: tiles.0, count: tiles.1 - tiles.0, rows, outputs, inputs, products }
    }

    /// The memory behind it.
    pub unsafe fn behind(&self, plan: &Plan) -> *mut f32 {
        self.products.add(plan.planes * plan.output_plane)
    }

    /// Transforms the inputs of some of the tiles; those at the border go by `patch`.
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
    pub unsafe fn multiply(
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
