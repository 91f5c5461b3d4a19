//! How an output is cut into tiles and blocks of tiles.

use crate::control::memory::bytes;
use crate::product::panels::panel_floats;
use crate::threads::parallel::{part, threads};
use crate::vector::simd::SLACK_BYTES;
use crate::winograd::problem::Problem;

/// How the output is cut into tiles and blocks of tiles. Tiles lie in slices, one for each depth of each sample. With
/// several taps along the depth a block has the same tiles of some neighbouring slices, whose transformed inputs are then
/// shared by the taps. With one tap all slices of all samples count as one.
pub struct Plan {
    down: usize,
    across: usize,
    /// Tiles of a slice.
    pub tiles: usize,
    samples: usize,
    /// Slices of a sample of the output.
    depth: usize,
    /// In how many parts the tiles of a slice, and the slices of a sample, are cut.
    tile_parts: usize,
    depth_parts: usize,
    pub tiles_per_block: usize,
    pub depth_per_block: usize,
    /// Extents of an output tile.
    pub height: usize,
    width: usize,
    /// Floats from one plane of the transformed inputs, and of the products, to the next.
    pub input_plane: usize,
    pub output_plane: usize,
    /// Positions of the transform.
    pub planes: usize,
}

/// What one block has: tiles of slices of a sample, and the slices of the input that their taps reach.
pub struct Share {
    pub sample: usize,
    pub tiles: (usize, usize),
    pub depths: (usize, usize),
    pub inputs: (usize, usize),
}

impl Share {
    pub fn tile_count(&self) -> usize {
        self.tiles.1 - self.tiles.0
    }

    /// Tiles of the output, and of the input.
    pub fn output_rows(&self) -> usize {
        self.tile_count() * (self.depths.1 - self.depths.0)
    }

    pub fn input_rows(&self) -> usize {
        self.tile_count() * (self.inputs.1 - self.inputs.0)
    }
}

impl Plan {
    /// Blocks of at most `most_depth` slices. `parts_of` says into how many parts so many tiles of so many planes are cut.
    pub fn new(
        p: &Problem,
        most_depth: usize,
        parts_of: fn(&Problem, usize, usize) -> usize,
    ) -> Plan {
        let width = p.tile;
        let (height, planes) =
            if p.a.taps[1] == 3 { (width, (width + 2) * (width + 2)) } else { (1, width + 2) };
        let down = p.output[1].div_ceil(height);
        let across = p.output[2].div_ceil(width);
        let (samples, depth, slices) = if p.depth_taps == 1 {
            (1, 1, p.a.batch * p.output[0])
        } else {
            (p.a.batch, p.output[0], 1)
        };
        let tiles = slices * down * across;
        let depth_parts = depth.div_ceil(most_depth);
        let depth_per_block = depth.div_ceil(depth_parts);
        let tile_parts = parts_of(p, planes, tiles * depth_per_block);
        let tiles_per_block = tiles.div_ceil(4).div_ceil(tile_parts) * 4;
        // A line more than a multiple of the page: planes fall into different sets of the cache.
        let plane = |tiles: usize, channels: usize| (tiles * channels).next_multiple_of(16) + 16;
        let input_tiles = tiles_per_block * (depth_per_block + p.depth_taps - 1);
        Plan {
            down,
            across,
            tiles,
            samples,
            depth,
            tile_parts,
            depth_parts,
            tiles_per_block,
            depth_per_block,
            height,
            width,
            input_plane: plane(input_tiles, p.channels),
            output_plane: plane(tiles_per_block * depth_per_block, p.columns),
            planes,
        }
    }

    pub fn blocks(&self) -> usize {
        self.samples * self.depth_parts * self.tile_parts
    }

    /// Tiles of the whole output.
    pub fn all_tiles(&self) -> usize {
        self.samples * self.depth * self.tiles
    }

    /// Tiles of the output that a block has at most.
    pub fn rows_per_block(&self) -> usize {
        self.tiles_per_block * self.depth_per_block
    }

    /// What a block has, if anything.
    pub fn share(&self, p: &Problem, block: usize) -> Option<Share> {
        let tiles = part(self.tiles, 4, self.tile_parts, block % self.tile_parts);
        let block = block / self.tile_parts;
        let depths = part(self.depth, 1, self.depth_parts, block % self.depth_parts);
        if tiles.0 == tiles.1 || depths.0 == depths.1 {
            return None;
        }
        let reach = |z: usize| {
            let (first, end) = p.depth_taps_inside(z);
            let place = |tap: usize| (z + tap).wrapping_add_signed(-p.pad[0]);
            (first < end).then(|| (place(first), place(end)))
        };
        let inside = || (depths.0..depths.1).filter_map(reach);
        let first = inside().map(|slices| slices.0).min().unwrap_or(0);
        let end = inside().map(|slices| slices.1).max().unwrap_or(first);
        let sample = block / self.depth_parts;
        Some(Share { sample, tiles, depths, inputs: (first, end) })
    }

    /// Whether all threads share the one block that there is.
    pub fn is_together(&self) -> bool {
        self.blocks() == 1 && threads() > 1
    }

    /// Bytes of a block: pointers to its rows, transformed inputs and products.
    pub fn block_bytes(&self) -> u64 {
        let pointers = bytes([2, self.rows_per_block(), size_of::<usize>()]);
        pointers + bytes([self.planes, self.input_plane + self.output_plane, 4]) + 128
    }

    /// Bytes of a block and of a patch of the input.
    pub fn scratch_bytes(&self, p: &Problem) -> u64 {
        self.block_bytes() + bytes([self.planes, p.channels, 4]) + SLACK_BYTES
    }

    /// Bytes of the packed weights.
    pub fn packed_bytes(&self, p: &Problem) -> u64 {
        bytes([self.planes, panel_floats(p.columns, p.k()), 4])
    }

    /// Bytes of the workspace that they take, where they are not kept.
    pub fn workspace_of_weights(&self, p: &Problem) -> u64 {
        if p.a.keeps_weights() { 0 } else { self.packed_bytes(p) + SLACK_BYTES }
    }

    /// Slice, first row and first column of a tile, where its slices are counted from `slice` on.
    pub fn place(&self, slice: usize, tile: usize) -> (usize, usize, usize) {
        let (row, column) = (tile / self.across, tile % self.across);
        (slice + row / self.down, row % self.down * self.height, column * self.width)
    }
}
