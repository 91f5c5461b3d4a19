//! How a convolution is cut into blocks of outputs, and how a block finds its inputs.
//!
//! Tensors are channels-last: a pixel is its channels, one behind the other. The taps of one kernel
//! row are then contiguous in the input, so the K loop of a tile runs over whole kernel rows
//! (`Run`), with no copy per tap. Where the kernel reaches over the border, the rows that a block
//! needs are first copied to scratch memory with zeros around them (a slab); that copy is read taps
//! x channels / 8 times.

use crate::control::memory::{bytes, scratch};
use crate::conv::axis::Axis;
use crate::product::tile::Run;
use crate::threads::parallel::{PIECES, part, product, threads};
use crate::vector::simd::{SLACK_BYTES, clear, copy};

/// How large a block is, where the sizes allow a choice.
#[derive(Clone, Copy)]
pub struct BlockSize {
    pub pixels: usize,
    /// Bytes of scratch that the slabs take.
    pub slab_bytes: usize,
}

impl BlockSize {
    /// Enough outputs to use a packed panel often, few enough to stay in cache.
    pub const USUAL: BlockSize = BlockSize { pixels: 192, slab_bytes: 160 * 1024 };
    /// Each block reads all weights: where these are not kept by a cache, there should be few blocks.
    const OF_MANY_WEIGHTS: BlockSize = BlockSize { pixels: 192, slab_bytes: 1 << 20 };
}

/// Weights that are many.
const MANY_WEIGHTS: usize = 1 << 20;

/// K steps between two visits of the output.
const K_BLOCK: usize = 640;

/// One convolution, in core form. A row is a line of outputs along the last axis; a plane is the
/// rows of one sample and one depth.
pub struct Blocks {
    /// Depth, height, width.
    pub axes: [Axis; 3],
    pub batch: usize,
    pub groups: usize,
    /// Channels of one group.
    pub inputs: usize,
    pub outputs: usize,
    /// Whether blocks read the input where it stands.
    pub direct: bool,
    pub planes_per_block: usize,
    pub rows_per_block: usize,
    pub columns_per_block: usize,
    /// Input rows of a slab along the height, and floats of a row, of a slab and of all slabs of a
    /// block.
    slab_rows: usize,
    row_floats: usize,
    slab_floats: usize,
    slabs_floats: usize,
}

/// A block: planes from..to of batch x depth, rows of a plane, columns of a row.
#[derive(Clone, Copy)]
pub struct Block {
    pub planes: (usize, usize),
    pub rows: (usize, usize),
    pub columns: (usize, usize),
}

impl Blocks {
    pub fn new(
        axes: [Axis; 3],
        batch: usize,
        groups: usize,
        inputs: usize,
        outputs: usize,
    ) -> Blocks {
        let taps = axes.iter().map(|a| a.taps).product();
        let is_large = product([taps, inputs, outputs]) > MANY_WEIGHTS;
        let size = if is_large { BlockSize::OF_MANY_WEIGHTS } else { BlockSize::USUAL };
        Blocks::of_size(size, axes, batch, groups, (inputs, outputs))
    }

    pub fn of_size(
        size: BlockSize,
        axes: [Axis; 3],
        batch: usize,
        groups: usize,
        (inputs, outputs): (usize, usize),
    ) -> Blocks {
        let flat = axes.iter().all(Axis::is_identity);
        let (axes, batch) = if flat {
            let pixels = batch * axes.iter().map(|a| a.count).product::<usize>();
            ([Axis::identity(1), Axis::identity(1), Axis::identity(pixels)], 1)
        } else {
            (axes, batch)
        };
        let mut blocks = Blocks {
            axes,
            batch,
            groups,
            inputs,
            outputs,
            direct: axes.iter().all(Axis::is_inside),
            planes_per_block: 1,
            rows_per_block: 1,
            columns_per_block: 1,
            slab_rows: 0,
            row_floats: 0,
            slab_floats: 0,
            slabs_floats: 0,
        };
        blocks.choose_size(size);
        blocks
    }

    fn choose_size(&mut self, size: BlockSize) {
        let [depth, height, width] = self.axes;
        let planes = self.batch * depth.count;
        let all = planes * height.count * width.count;
        // Few pixels are shared by output channels rather than in blocks that each read all weights.
        let divisible = if self.groups > 1 { self.groups } else { self.outputs.div_ceil(32) };
        let share = (all * divisible).div_ceil(threads() * PIECES);
        let mut pixels = if threads() > 1 { size.pixels.min(share.max(24)) } else { size.pixels };
        loop {
            let across = if height.count > 1 { pixels.min(64) } else { pixels };
            self.columns_per_block = width.count.div_ceil(width.count.div_ceil(across));
            let down = (pixels / self.columns_per_block).clamp(1, height.count);
            self.rows_per_block = height.count.div_ceil(height.count.div_ceil(down));
            let plane = self.columns_per_block * self.rows_per_block;
            self.planes_per_block = if plane == height.count * width.count {
                (pixels / plane).clamp(1, planes)
            } else {
                1
            };
            self.measure_slabs();
            let fits = bytes([self.slabs_floats, self.groups, 4]) <= size.slab_bytes as u64;
            if self.direct || fits || pixels <= 6 {
                return;
            }
            pixels = (pixels / 2).max(6);
        }
    }

    fn measure_slabs(&mut self) {
        let [depth, height, width] = self.axes;
        if self.direct {
            return;
        }
        self.slab_rows = height.reach(self.rows_per_block);
        self.row_floats = product([width.reach(self.columns_per_block), self.inputs]);
        self.slab_floats = product([depth.taps, self.slab_rows, self.row_floats]);
        self.slabs_floats = product([self.planes_per_block, self.slab_floats]);
    }

    pub fn count(&self) -> usize {
        let [depth, height, width] = self.axes;
        (self.batch * depth.count).div_ceil(self.planes_per_block)
            * height.count.div_ceil(self.rows_per_block)
            * width.count.div_ceil(self.columns_per_block)
    }

    pub fn block(&self, index: usize) -> Block {
        let [depth, height, width] = self.axes;
        let planes = self.batch * depth.count;
        let across = width.count.div_ceil(self.columns_per_block);
        let down = height.count.div_ceil(self.rows_per_block);
        let cut = |i: usize, size: usize, all: usize| (i * size, ((i + 1) * size).min(all));
        Block {
            columns: cut(index % across, self.columns_per_block, width.count),
            rows: cut(index / across % down, self.rows_per_block, height.count),
            planes: cut(index / across / down, self.planes_per_block, planes),
        }
    }

    /// Outputs of the greatest block.
    pub fn block_pixels(&self) -> usize {
        self.planes_per_block * self.rows_per_block * self.columns_per_block
    }

    /// Bytes of scratch for slabs, in whole cache lines.
    pub fn slab_bytes(&self) -> u64 {
        (bytes([self.slabs_floats, self.groups, 4]) + SLACK_BYTES).next_multiple_of(64)
    }

    /// Floats from the inputs of one group to those of the next, as a block reads them.
    pub fn group_step(&self) -> usize {
        if self.direct { self.inputs } else { self.slabs_floats }
    }

    pub fn taps(&self) -> usize {
        self.axes.iter().map(|a| a.taps).product()
    }

    /// K rows of the product: taps x channels of a group.
    pub fn k(&self) -> usize {
        self.taps() * self.inputs
    }

    /// Floats from one input pixel to the next along the width, as a block reads them.
    fn pixel_floats(&self) -> usize {
        if self.direct { self.inputs * self.groups } else { self.inputs }
    }

    /// Floats from one input row, and from one input plane, to the next, as a block reads them.
    fn row_and_plane_floats(&self) -> (usize, usize) {
        if self.direct {
            let row = self.axes[2].input * self.pixel_floats();
            (row, row * self.axes[1].input)
        } else {
            (self.row_floats, self.row_floats * self.slab_rows)
        }
    }

    /// Floats from the input of one output to that of the next along the width.
    pub fn column_step(&self) -> usize {
        self.axes[2].stride * self.pixel_floats()
    }

    /// Runs at most, if none is longer than `longest`.
    pub fn run_capacity(&self, longest: usize) -> usize {
        self.taps() * self.inputs.div_ceil(longest).max(1) + self.k() / longest
    }

    /// Writes the runs of one output, in the order of K; returns their number.
    pub unsafe fn write_runs(&self, longest: usize, runs: *mut Run) -> usize {
        let [depth, height, width] = self.axes;
        let (row, plane) = self.row_and_plane_floats();
        let contiguous = width.tap_step == 1 && self.pixel_floats() == self.inputs;
        let (pieces, length) =
            if contiguous { (1, width.taps * self.inputs) } else { (width.taps, self.inputs) };
        let mut count = 0;
        for d in 0..depth.taps {
            for h in 0..height.taps {
                for w in 0..pieces {
                    let offset = d * self.plane_tap_step() * plane
                        + h * height.tap_step * row
                        + w * width.tap_step * self.pixel_floats();
                    let parts = length.div_ceil(longest);
                    for i in 0..parts {
                        let (begin, end) = part(length, 4, parts, i);
                        runs.add(count).write(Run {
                            offset: ((offset + begin) * 4) as i32,
                            length: (end - begin) as u32,
                        });
                        count += 1;
                    }
                }
            }
        }
        count
    }

    /// Slabs hold only the planes that taps read.
    fn plane_tap_step(&self) -> usize {
        if self.direct { self.axes[0].tap_step } else { 1 }
    }

    /// Copies what a block reads of the groups from..to to the thread's slabs, unless it reads the
    /// input where it stands.
    pub unsafe fn load(
        &self,
        input: *const f32,
        block: &Block,
        groups: (usize, usize),
        thread: usize,
    ) {
        if self.direct {
            return;
        }
        let [depth, height, width] = self.axes;
        let slabs: *mut f32 = scratch(thread);
        let first_row = height.start + (block.rows.0 * height.stride) as isize;
        let first_column = width.start + (block.columns.0 * width.stride) as isize;
        let columns = width.reach(block.columns.1 - block.columns.0);
        let rows = height.reach(block.rows.1 - block.rows.0);
        for p in block.planes.0..block.planes.1 {
            let slab = slabs.add((p - block.planes.0) * self.slab_floats);
            let (sample, q) = (p / depth.count, p % depth.count);
            for t in 0..depth.taps {
                let d = depth.start + (q * depth.stride + t * depth.tap_step) as isize;
                for r in 0..rows {
                    let h = first_row + r as isize;
                    let to = slab.add((t * self.slab_rows + r) * self.row_floats);
                    if within(d, depth.input) && within(h, height.input) {
                        let line = (sample * depth.input + d as usize) * height.input + h as usize;
                        let from = input.add(line * width.input * self.inputs * self.groups);
                        self.load_row(from, groups, first_column, columns, to);
                    } else {
                        for group in 0..groups.1 - groups.0 {
                            clear(to.add(group * self.slabs_floats), columns * self.inputs);
                        }
                    }
                }
            }
        }
    }

    /// Copies `columns` pixels of the groups from `first` on, zeros where there are none.
    unsafe fn load_row(
        &self,
        row: *const f32,
        groups: (usize, usize),
        first: isize,
        columns: usize,
        to: *mut f32,
    ) {
        let channels = self.inputs;
        let extent = self.axes[2].input as isize;
        let begin = first.clamp(0, extent);
        let stop = (first + columns as isize).clamp(0, extent);
        let before = (-first).clamp(0, columns as isize) as usize;
        let inside = (stop - begin) as usize;
        let behind = columns - before - inside;
        let count = groups.1 - groups.0;
        for group in 0..count {
            let line = to.add(group * self.slabs_floats);
            clear(line, before * channels);
            clear(line.add((before + inside) * channels), behind * channels);
        }
        let all = channels * self.groups;
        let from = row.add(begin as usize * all + groups.0 * channels);
        let body = to.add(before * channels);
        if self.groups == 1 {
            copy(from, body, inside * channels);
            return;
        }
        for i in 0..inside {
            for group in 0..count {
                let pixel = body.add(group * self.slabs_floats + i * channels);
                copy(from.add(i * all + group * channels), pixel, channels);
            }
        }
    }

    /// Calls `visit` for every row of outputs of a block, in order, with the pointer that the runs
    /// of its first output count from, and the flat position of that output in the output tensor.
    pub unsafe fn for_each_row(
        &self,
        input: *const f32,
        block: &Block,
        thread: usize,
        mut visit: impl FnMut(*const f32, usize),
    ) {
        let [depth, height, width] = self.axes;
        let (row_floats, plane_floats) = self.row_and_plane_floats();
        for p in block.planes.0..block.planes.1 {
            let (sample, q) = (p / depth.count, p % depth.count);
            let base = if self.direct {
                let d = depth.start as usize + q * depth.stride;
                let h = height.start as usize + block.rows.0 * height.stride;
                let w = width.start as usize + block.columns.0 * width.stride;
                let line = (sample * depth.input + d) * plane_floats + h * row_floats;
                input.add(line + w * self.pixel_floats())
            } else {
                scratch::<f32>(thread).add((p - block.planes.0) * self.slab_floats)
            };
            let d = depth.out_first + q * depth.out_step;
            for r in block.rows.0..block.rows.1 {
                let h = height.out_first + r * height.out_step;
                let w = width.out_first + block.columns.0 * width.out_step;
                let line = (sample * depth.out_extent + d) * height.out_extent + h;
                let rows_down = (r - block.rows.0) * height.stride;
                visit(base.add(rows_down * row_floats), line * width.out_extent + w);
            }
        }
    }

    /// Multiply-adds of the whole convolution.
    pub fn work(&self) -> usize {
        let pixels = self.batch * self.axes.iter().map(|a| a.count).product::<usize>();
        product([pixels, self.k(), self.groups, self.outputs])
    }
}

#[inline(always)]
fn within(position: isize, extent: usize) -> bool {
    position >= 0 && (position as usize) < extent
}

/// How many of the runs from `first` on make one block of K, and the K rows they cover.
pub unsafe fn runs_of_block(runs: *const Run, first: usize, count: usize) -> (usize, usize) {
    let mut k = 0;
    let mut taken = 0;
    while first + taken < count {
        let length = (*runs.add(first + taken)).length as usize;
        if taken > 0 && k + length > K_BLOCK {
            break;
        }
        k += length;
        taken += 1;
    }
    (taken, k)
}

/// The longest run that `runs_of_block` keeps within a block of K.
pub const LONGEST_RUN: usize = K_BLOCK;
