//! How an output is cut into tiles and blocks of tiles.

use crate::control::memory::bytes;
use crate::product::panels::panel_floats;
use crate::threads::parallel::threads;
use crate::vector::simd::SLACK_BYTES;
use crate::winograd::problem::Problem;

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
        let width = p.tile;
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
    pub fn is_together(&self) -> bool {
        self.blocks == 1 && threads() > 1
    }

    /// Bytes of a block: pointers to its rows, transformed inputs and products.
    pub fn block_bytes(&self) -> u64 {
        let pointers = bytes([2, self.tiles_per_block, size_of::<usize>()]);
        pointers + bytes([self.planes, self.input_plane + self.output_plane, 4]) + 128
    }

    /// Bytes of a block and of a patch of the input.
    pub fn scratch_bytes(&self) -> u64 {
        let patch = bytes([self.planes, self.input_plane.div_ceil(self.tiles_per_block), 4]);
        self.block_bytes() + patch + SLACK_BYTES
    }

    /// Bytes of the packed weights.
    pub fn packed_bytes(&self, p: &Problem) -> u64 {
        bytes([self.planes, panel_floats(p.columns, p.channels), 4])
    }

    /// Bytes of the workspace that they take, where they are not kept.
    pub fn workspace_of_weights(&self, p: &Problem) -> u64 {
        if p.a.keeps_weights() { 0 } else { self.packed_bytes(p) + SLACK_BYTES }
    }

    /// Sample, first row and first column of the output of a tile.
    pub fn place(&self, tile: usize) -> (usize, usize, usize) {
        let (row, column) = (tile / self.across, tile % self.across);
        (row / self.down, row % self.down * self.height, column * self.width)
    }
}
