//! Depthwise convolution and its input gradient: as many groups as channels, one input and one
//! output channel each.

use crate::control::memory::{Memory, bytes, workspace};
use crate::conv::arguments::Arguments;
use crate::conv::axis::Axis;
use crate::depthwise::rows::{PANEL, Rows};
use crate::movement::fill;
use crate::threads::parallel::{parallel, part, product, threads};
use crate::vector::simd::*;

/// With one channel per group.
pub unsafe fn forward(a: &Arguments) {
    convolve(a, a.forward_axes());
}

pub fn forward_memory(a: &Arguments) -> Memory {
    memory(a, &a.forward_axes())
}

pub unsafe fn input_grad(a: &Arguments) {
    if !a.phases_are_complete() {
        let pixels = a.batch * a.input.iter().product::<usize>();
        fill::zeros(a.out, pixels * a.groups);
    }
    for axes in a.all_phase_axes() {
        convolve(a, axes);
    }
}

pub fn input_grad_memory(a: &Arguments) -> Memory {
    a.all_phase_axes().fold(Memory::NONE, |all, axes| all.or_more(memory(a, &axes)))
}

/// Bytes of a line of zeros. The packed weights lie behind it.
fn zeros_bytes(a: &Arguments) -> usize {
    (a.groups * 4 + SLACK).next_multiple_of(64)
}

/// Bytes of the packed weights.
pub fn packed_bytes(a: &Arguments, axes: &[Axis; 3]) -> u64 {
    let taps: usize = axes.iter().map(|axis| axis.taps).product();
    bytes([a.groups.next_multiple_of(PANEL), taps, 4])
}

fn memory(a: &Arguments, axes: &[Axis; 3]) -> Memory {
    let panels = if a.keeps_weights() { 0 } else { packed_bytes(a, axes) };
    Memory::of_workspace(zeros_bytes(a) as u64 + panels + SLACK_BYTES)
}

/// One convolution in core form.
unsafe fn convolve(a: &Arguments, axes: [Axis; 3]) {
    let channels = a.groups;
    let taps: usize = axes.iter().map(|axis| axis.taps).product();
    let zeros_bytes = zeros_bytes(a);
    let zeros: *mut f32 = workspace();
    clear(zeros, channels.next_multiple_of(PANEL));
    let weights = if a.keeps_weights() { a.packed } else { zeros.byte_add(zeros_bytes) };
    if a.is_packed == 0 {
        pack_weights(a, &axes, weights);
    }
    let clamp = a.epilogue.clamp();
    let (low, high) = clamp.unwrap_or((f32::NEG_INFINITY, f32::INFINITY));
    let rows = Rows {
        axes,
        channels,
        source: a.source,
        out: a.out,
        weights,
        bias: a.bias,
        zeros,
        low,
        high,
    };
    let cut = Cut::new(&axes, a.batch, channels, taps);
    let pixels = a.batch * axes.iter().map(|axis| axis.count).product::<usize>();
    let nanoseconds = product([pixels, taps, channels]) / 16 + pixels * channels / 8;
    parallel(cut.count(), nanoseconds, |chunk, _| {
        let piece = cut.piece(chunk);
        let mut c = piece.channels.0;
        while c < piece.channels.1 {
            let end = (c + cut.channels_at_once).min(piece.channels.1);
            for q in piece.rows.0..piece.rows.1 {
                rows.row(piece.plane, q, (c, end));
            }
            c = end;
        }
        if clamp.is_none() && !a.epilogue.is_nothing() {
            apply_epilogue(a, &axes, &piece);
        }
    });
}

/// Without a clamp that the sums went through: what follows, while the outputs are in cache. Only a
/// forward pass has an epilogue, so the rows of a piece lie one behind the other.
unsafe fn apply_epilogue(a: &Arguments, axes: &[Axis; 3], piece: &Piece) {
    let width = axes[2].count;
    let first = (piece.plane * axes[1].count + piece.rows.0) * width;
    let pixels = (piece.rows.1 - piece.rows.0) * width;
    let (from, to) = piece.channels;
    if to - from == a.groups {
        a.epilogue.apply(a.out, first * a.groups, pixels * a.groups);
        return;
    }
    for pixel in first..first + pixels {
        a.epilogue.apply(a.out, pixel * a.groups + from, to - from);
    }
}

/// [channels / 8, taps of the core form, 8] from [channels, taps].
unsafe fn pack_weights(a: &Arguments, axes: &[Axis; 3], to: *mut f32) {
    let all: usize = a.taps.iter().product();
    let taps: usize = axes.iter().map(|axis| axis.taps).product();
    let mut tap = 0;
    for d in 0..axes[0].taps {
        for h in 0..axes[1].taps {
            for w in 0..axes[2].taps {
                let plane = axes[0].tap_of_weight(d) * a.taps[1] + axes[1].tap_of_weight(h);
                let mut from = a.weight.add(plane * a.taps[2] + axes[2].tap_of_weight(w));
                let mut line = to.add(tap * PANEL);
                for channel in 0..a.groups {
                    line.add(channel % PANEL).write(*from);
                    from = from.wrapping_add(all);
                    if channel % PANEL == PANEL - 1 {
                        line = line.wrapping_add(taps * PANEL);
                    }
                }
                tap += 1;
            }
        }
    }
}

/// How the outputs are cut into pieces of work: planes of batch x depth, rows, channels.
struct Cut {
    planes: usize,
    rows: usize,
    channels: usize,
    row_parts: usize,
    channel_parts: usize,
    /// Channels of a piece that go over all its rows before the next ones.
    channels_at_once: usize,
}

struct Piece {
    plane: usize,
    rows: (usize, usize),
    channels: (usize, usize),
}

/// Outputs of a piece at most, in bytes: they are still in the second-level cache when what follows
/// the convolution reads them.
const PIECE_BYTES: usize = 192 << 10;
/// Weights of the channels that go over the rows together: half of the first-level cache.
const NEAR_BYTES: usize = 16 << 10;
/// Channels are cut in units of a cache line.
const LINE: usize = 16;
/// Products that are worth a piece of their own.
const PIECE_PRODUCTS: usize = 100_000;

impl Cut {
    fn new(axes: &[Axis; 3], batch: usize, channels: usize, taps: usize) -> Cut {
        let [depth, height, width] = axes;
        let planes = batch * depth.count;
        let products = product([planes, height.count, width.count, channels, taps]);
        let wanted = if threads() == 1 {
            1
        } else {
            (products / PIECE_PRODUCTS).clamp(threads(), threads() * 4).next_multiple_of(threads())
        };
        let each = wanted.div_ceil(planes);
        let plane_bytes = height.count * width.count * channels * 4;
        // Few rows would read their neighbours' inputs again.
        let row_parts = each.min(height.count.div_ceil(7)).max(plane_bytes.div_ceil(PIECE_BYTES));
        let row_parts = row_parts.min(height.count);
        let channel_parts = each.div_ceil(row_parts).min(channels.div_ceil(4 * LINE));
        let at_once = NEAR_BYTES / 4 / taps / LINE * LINE;
        Cut {
            planes,
            rows: height.count,
            channels,
            row_parts,
            channel_parts,
            channels_at_once: at_once.max(4 * LINE),
        }
    }

    fn count(&self) -> usize {
        self.planes * self.row_parts * self.channel_parts
    }

    fn piece(&self, index: usize) -> Piece {
        let rest = index / self.channel_parts;
        Piece {
            plane: rest / self.row_parts,
            rows: part(self.rows, 1, self.row_parts, rest % self.row_parts),
            channels: part(self.channels, LINE, self.channel_parts, index % self.channel_parts),
        }
    }
}
