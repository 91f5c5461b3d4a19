//! Gradient of a convolution by its weight, by the transpose of Winograd's minimal filtering: the
//! transformed tiles of the input by the transformed tiles of the output's gradient, summed over
//! all tiles for each position of the transform (a plane), and transformed back.

use crate::control::memory::{Memory, bytes, scratch, workspace};
use crate::conv::arguments::Arguments;
use crate::product::outer_products::*;
use crate::product::tile::*;
use crate::threads::parallel::{parallel, part, product, threads};
use crate::vector::simd::*;
use crate::winograd::forms::{F2, F4, Form};
use crate::winograd::plan::Plan;
use crate::winograd::problem::Problem;
use crate::winograd::tiles::{InputTile, input_tile};

/// Bytes of transformed tiles of a block.
const BLOCK_BYTES: usize = 6 << 20;
const LEAST_TILES: usize = 64;
const MOST_TILES: usize = 512;

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

fn blocks_of(p: &Problem, planes: usize, tiles: usize) -> usize {
    let fitting = BLOCK_BYTES / (planes * (p.channels + p.columns) * 4);
    tiles.div_ceil(fitting.clamp(LEAST_TILES, MOST_TILES))
}

pub fn memory(a: &Arguments, tile: usize) -> Memory {
    let p = Problem::forward(a, tile);
    let plan = Plan::new(&p, blocks_of);
    let patch = plan.planes * p.channels;
    let packed = plan.tiles_per_block * (SLAB + PACKED_COLUMNS);
    let plane = plan.input_plane + plan.output_plane + p.channels * p.columns;
    Memory {
        scratch: bytes([patch.max(packed), 4]) + SLACK_BYTES,
        workspace: bytes([plan.planes, plane, 4]) + SLACK_BYTES,
    }
}

unsafe fn sum<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(p: &Problem) {
    let planes = R * N;
    let plan = Plan::new(p, blocks_of);
    let sums_plane = p.channels * p.columns;
    let inputs: *mut f32 = workspace();
    let gradients = inputs.add(planes * plan.input_plane);
    let sums = gradients.add(planes * plan.output_plane);
    let mut begin = 0;
    while begin < plan.tiles {
        let end = (begin + plan.tiles_per_block).min(plan.tiles);
        transform_tiles::<F, N, M, R>(p, &plan, (begin, end), inputs, gradients);
        let start = if begin == 0 { Start::Zero } else { Start::Output };
        let parts = if threads() == 1 { 1 } else { p.columns.div_ceil(PACKED_COLUMNS) };
        let work = product([planes, end - begin, sums_plane]) / 20;
        parallel(planes * parts, work, |chunk, thread| {
            let (plane, n) = (chunk / parts, part(p.columns, 16, parts, chunk % parts));
            if n.0 == n.1 {
                return;
            }
            let span = Span {
                left: inputs.add(plane * plan.input_plane),
                right: gradients.add(plane * plan.output_plane),
                count: end - begin,
            };
            let walk = Walk {
                spans: &span,
                count: 1,
                pixels: end - begin,
                left_step: p.channels,
                right_step: p.columns,
            };
            let products = Sums {
                runs: &Run { offset: 0, length: p.channels as u32 },
                run_count: 1,
                left: 0,
                right: 0,
                out: sums.add(plane * sums_plane),
                columns: p.columns,
                n,
                start,
            };
            let add = if p.columns >= WORTH_PACKING { add_packed } else { add_in_place };
            add(&walk, &products, scratch(thread));
        });
        begin = end;
    }
    write_weights::<F, N, M, R>(p, sums);
}

/// Transforms the tiles of a block.
unsafe fn transform_tiles<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    p: &Problem,
    plan: &Plan,
    (begin, end): (usize, usize),
    inputs: *mut f32,
    gradients: *mut f32,
) {
    let (channels, columns) = (p.channels, p.columns);
    let work = (end - begin) * R * N * (channels + columns) / 4;
    parallel((end - begin).div_ceil(4), work, |chunk, thread| {
        for tile in (begin + chunk * 4)..(begin + chunk * 4 + 4).min(end) {
            let (sample, h, w) = plan.place(tile);
            let (from, row) = input_tile::<N, R>(p, (sample, h, w), scratch(thread));
            let to = inputs.add((tile - begin) * channels);
            let input = InputTile { from, row, pixel: channels, to, plane: plan.input_plane };
            let mut c = 0;
            while c < channels {
                input.transform::<F, N, M, R, 1>(c);
                c += 4;
            }
            let position = (sample * p.output[1] + h) * p.output[2] + w;
            let gradient = GradientTile {
                // The weight of the arguments is the gradient of the output.
                from: p.a.weight.add(position * columns),
                row: p.output[2] * columns,
                pixel: columns,
                height: (p.output[1] - h).min(plan.height),
                width: (p.output[2] - w).min(M),
                to: gradients.add((tile - begin) * columns),
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

/// Turns the sums [plane, inputs, outputs] into the gradient [outputs, inputs, taps].
unsafe fn write_weights<F: Form<N, M>, const N: usize, const M: usize, const R: usize>(
    p: &Problem,
    sums: *const f32,
) {
    let plane = p.channels * p.columns;
    parallel(p.columns / 4, plane * R * N / 4, |four, _| {
        for channel in 0..p.channels {
            let from = sums.add(channel * p.columns + four * 4);
            let to = p.a.out.add(four * 4 * p.column_step + channel * p.channel_step);
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
