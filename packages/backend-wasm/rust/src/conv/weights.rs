//! The weights of a convolution, packed into panels of output channels.

use crate::conv::arguments::Arguments;
use crate::conv::blocks::Blocks;
use crate::product::panels::*;
use crate::threads::parallel::parallel;
use crate::vector::simd::*;

/// Which way the weight [outputs, inputs, taps] of a group is read.
pub struct Weights {
    /// The input gradient multiplies output channels (K) by input channels (columns).
    pub channels_are_columns: bool,
}

/// Packs the weights of all groups: K row (tap t of the core form, channel), columns in panels.
pub unsafe fn pack_weights(
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
