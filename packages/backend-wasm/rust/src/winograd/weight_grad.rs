//! Gradient of a convolution by its weight, by the transpose of Winograd's minimal filtering: the
//! transformed tiles of the input by the transformed tiles of the output's gradient, summed over
//! all tiles for each position of the transform (a plane), and transformed back.

use crate::control::memory::{Memory, bytes, scratch, workspace};
use crate::conv::arguments::Arguments;
use crate::movement::fill;
use crate::product::outer_products::*;
use crate::product::tile::*;
use crate::threads::parallel::{parallel, part, product, threads};
use crate::vector::simd::*;
use crate::winograd::forms::{F2, F4, Form};
use crate::winograd::plan::{Plan, Share};
use crate::winograd::problem::Problem;
use crate::winograd::tiles::{InputTile, input_tile};

/// Bytes of transformed tiles of a block.
const BLOCK_BYTES: usize = 6 << 20;
const LEAST_TILES: usize = 64;
const MOST_TILES: usize = 512;
/// Slices of a block.
const MOST_DEPTH: usize = 8;

/// With tiles of the output of this extent, for which `choice::tile` must hold.
pub unsafe fn weight_grad(a: &Arguments, tile: usize) {
    let p = Problem::forward(a, tile);
    match (a.taps[1], tile) {
        (3, 2) => sum::<F2, 4, 2, 4>(&p),
        (3, _) => sum::<F4, 6, 4, 6>(&p),
        (_, 2) => sum::<F2, 4, 2, 1>(&p),
        _ => sum::<F4, 6, 4, 1>(&p),
    }
}

fn plan_of(p: &Problem) -> Plan {
    Plan::new(p, MOST_DEPTH, parts_of)
}

/// In how many parts tiles are cut.
fn parts_of(p: &Problem, planes: usize, tiles: usize) -> usize {
    let fitting = BLOCK_BYTES / (planes * (p.channels + p.columns) * 4);
    tiles.div_ceil(fitting.clamp(LEAST_TILES, MOST_TILES))
}

pub fn memory(a: &Arguments, tile: usize) -> Memory {
    let p = Problem::forward(a, tile);
    let plan = plan_of(&p);
    let patch = plan.planes * p.channels;
    let packed = plan.rows_per_block() * (SLAB + PACKED_COLUMNS);
    let plane = plan.input_plane + plan.output_plane + p.k() * p.columns;
    Memory {
        scratch: bytes([patch.max(packed), 4]) + SLACK_BYTES,
        workspace: bytes([plan.planes, plane, 4]) + SLACK_BYTES,
    }
}

unsafe fn sum<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(p: &Problem) {
    let planes = R * N;
    let plan = plan_of(p);
    let sums_plane = p.k() * p.columns;
    let inputs: *mut f32 = workspace();
    let gradients = inputs.add(planes * plan.input_plane);
    let sums = gradients.add(planes * plan.output_plane);
    // Not every tap along the depth has something to add in the first block.
    let is_deep = p.depth_taps > 1;
    if is_deep {
        fill::zeros(sums, planes * sums_plane);
    }
    for block in 0..plan.blocks() {
        let Some(share) = plan.share(p, block) else { continue };
        transform_tiles::<F, N, M, R>(p, &plan, &share, inputs, gradients);
        let start = if block == 0 && !is_deep { Start::Zero } else { Start::Output };
        let parts = if threads() == 1 { 1 } else { p.columns.div_ceil(PACKED_COLUMNS) };
        let work = product([planes, share.output_rows(), sums_plane]) / 20;
        parallel(planes * parts, work, |chunk, thread| {
            let (plane, n) = (chunk / parts, part(p.columns, 16, parts, chunk % parts));
            if n.0 == n.1 {
                return;
            }
            for tap in 0..p.depth_taps {
                let pairs = Pairs::of(p, &share, tap);
                if pairs.count == 0 {
                    continue;
                }
                let span = Span {
                    left: inputs.add(plane * plan.input_plane + pairs.input * p.channels),
                    right: gradients.add(plane * plan.output_plane + pairs.gradient * p.columns),
                    count: pairs.count,
                };
                let walk = Walk {
                    spans: &span,
                    count: 1,
                    pixels: pairs.count,
                    left_step: p.channels,
                    right_step: p.columns,
                };
                let products = Sums {
                    runs: &Run { offset: 0, length: p.channels as u32 },
                    run_count: 1,
                    left: 0,
                    right: 0,
                    out: sums.add(plane * sums_plane + tap * p.channels * p.columns),
                    columns: p.columns,
                    n,
                    start,
                };
                let add = if p.columns >= WORTH_PACKING { add_packed } else { add_in_place };
                add(&walk, &products, scratch(thread));
            }
        });
    }
    write_weights::<F, N, M, R>(p, sums);
}

/// The tiles of a block that meet at a tap along the depth: the first of the inputs and of the gradients, and how many.
struct Pairs {
    input: usize,
    gradient: usize,
    count: usize,
}

impl Pairs {
    fn of(p: &Problem, share: &Share, tap: usize) -> Pairs {
        let tiles = share.tile_count();
        let shift = tap as isize - p.pad[0];
        let begin = (share.depths.0 as isize).max(-shift);
        let end = (share.depths.1 as isize).min(p.input[0] as isize - shift);
        if begin >= end {
            return Pairs { input: 0, gradient: 0, count: 0 };
        }
        Pairs {
            input: ((begin + shift) as usize - share.inputs.0) * tiles,
            gradient: (begin as usize - share.depths.0) * tiles,
            count: (end - begin) as usize * tiles,
        }
    }
}

/// Transforms the tiles of a block, of the input and of the output's gradient.
unsafe fn transform_tiles<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    p: &Problem,
    plan: &Plan,
    share: &Share,
    inputs: *mut f32,
    gradients: *mut f32,
) {
    let (channels, columns) = (p.channels, p.columns);
    let (input_rows, output_rows) = (share.input_rows(), share.output_rows());
    let tiles = share.tile_count();
    let place = |first: usize, i: usize| plan.place(first + i / tiles, share.tiles.0 + i % tiles);
    let fours = |rows: usize| rows.div_ceil(4);
    let four = |index: usize, rows: usize| index * 4..(index * 4 + 4).min(rows);
    let work = (input_rows * channels + output_rows * columns) * R * N / 4;
    let chunks = fours(input_rows) + fours(output_rows);
    parallel(chunks, work, |chunk, thread| {
        if chunk < fours(input_rows) {
            let first = share.sample * p.input[0] + share.inputs.0;
            for i in four(chunk, input_rows) {
                let (from, row) = input_tile::<N, R>(p, place(first, i), scratch(thread));
                let to = inputs.add(i * channels);
                let tile = InputTile { from, row, pixel: channels, to, plane: plan.input_plane };
                let mut c = 0;
                while c < channels {
                    tile.transform::<F, N, M, R, 1>(c);
                    c += 4;
                }
            }
            return;
        }
        let first = share.sample * p.output[0] + share.depths.0;
        for i in four(chunk - fours(input_rows), output_rows) {
            let (slice, h, w) = place(first, i);
            let position = (slice * p.output[1] + h) * p.output[2] + w;
            let gradient = GradientTile {
                // The weight of the arguments is the gradient of the output.
                from: p.a.weight.add(position * columns),
                row: p.output[2] * columns,
                pixel: columns,
                height: (p.output[1] - h).min(plan.height),
                width: (p.output[2] - w).min(M),
                to: gradients.add(i * columns),
                plane: plan.output_plane,
            };
            let mut c = 0;
            while c < columns {
                gradient.transform::<F, N, M, R>(c);
                c += 4;
            }
        }
    });
}

/// A tile of the output's gradient on its way to the planes.
struct GradientTile {
    from: *const f32,
    row: usize,
    pixel: usize,
    /// Rows and columns that lie within the output; the others are zeros.
    height: usize,
    width: usize,
    to: *mut f32,
    plane: usize,
}

impl GradientTile {
    /// Four channels from `channel` on.
    #[inline(never)]
    unsafe fn transform<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
        &self,
        channel: usize,
    ) {
        let to = self.to.add(channel);
        let mut rows = [[zero(); N]; M];
        for (h, row) in rows.iter_mut().enumerate().take(self.height) {
            let from = self.from.add(h * self.row + channel);
            *row = F::output_gradient(core::array::from_fn(|w| {
                if w < self.width { load(from.add(w * self.pixel)) } else { zero() }
            }));
        }
        for w in 0..N {
            if R == 1 {
                store(to.add(w * self.plane), rows[0][w]);
                continue;
            }
            let line = F::output_gradient(core::array::from_fn(|h| rows[h][w]));
            for (h, value) in line.into_iter().enumerate() {
                store(to.add((h * N + w) * self.plane), value);
            }
        }
    }
}

/// Turns the sums [plane, taps along the depth, inputs, outputs] into the gradient [outputs, inputs, taps].
unsafe fn write_weights<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    p: &Problem,
    sums: *const f32,
) {
    let plane = p.k() * p.columns;
    let taps = p.a.taps[1] * p.a.taps[2];
    parallel(p.columns / 4, plane * R * N / 4, |four, _| {
        for row in 0..p.k() {
            let (depth, channel) = (row / p.channels, row % p.channels);
            let from = sums.add(row * p.columns + four * 4);
            let to =
                p.a.out.add(four * 4 * p.column_step + channel * p.channel_step + depth * taps);
            write_kernels::<F, N, M, R>(from, plane, to, p.column_step);
        }
    });
}

/// The kernels of four output channels, `step` floats apart, for one input channel.
#[inline(never)]
unsafe fn write_kernels<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    from: *const f32,
    plane: usize,
    to: *mut f32,
    step: usize,
) {
    let rows: [[v128; 3]; R] = core::array::from_fn(|h| {
        F::weight_gradient(core::array::from_fn(|w| load(from.add((h * N + w) * plane))))
    });
    for w in 0..3 {
        if R == 1 {
            store_apart(to.add(w), rows[0][w], step);
            continue;
        }
        let line = F::weight_gradient(core::array::from_fn(|h| rows[h.min(R - 1)][w]));
        for (h, value) in line.into_iter().enumerate() {
            store_apart(to.add(h * 3 + w), value, step);
        }
    }
}

/// Stores the four lanes `step` floats apart.
#[inline(always)]
unsafe fn store_apart(to: *mut f32, v: v128, step: usize) {
    to.write(f32x4_extract_lane::<0>(v));
    to.add(step).write(f32x4_extract_lane::<1>(v));
    to.add(2 * step).write(f32x4_extract_lane::<2>(v));
    to.add(3 * step).write(f32x4_extract_lane::<3>(v));
}
