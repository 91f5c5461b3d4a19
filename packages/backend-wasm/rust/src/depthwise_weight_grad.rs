//! The gradient of a depthwise convolution by its weights.

use crate::control::{DONE, MORE_MEMORY, arguments, has_memory, workspace};
use crate::conv::Arguments;
use crate::conv_blocks::{Block, Blocks};
use crate::parallel::{parallel, part, threads};
use crate::simd::*;

/// `source` is x, `weight` is dy, `out` is dw [channels, taps].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn depthwise_weight_grad() -> i32 {
    let a: &Arguments = arguments();
    let channels = a.groups;
    let blocks = Blocks::new(a.forward_axes(), a.batch, 1, channels, channels);
    let taps = blocks.taps();
    let count = blocks.count();
    // Shares of the blocks have sums of their own, added in order at the end.
    let shares = count.min(if threads() == 1 { 4 } else { threads() * 4 });
    let sums_floats = taps * channels;
    let offsets_at = blocks.slab_bytes().next_multiple_of(64);
    if !has_memory(offsets_at + taps * 4, shares * sums_floats * 4 + SLACK) {
        return MORE_MEMORY;
    }
    let sums: *mut f32 = workspace();
    let pixels = a.batch * a.output.iter().product::<usize>();
    parallel(shares, pixels * taps * channels / 8, |share, thread| {
        let total = sums.add(share * sums_floats);
        total.write_bytes(0, sums_floats);
        let offsets = crate::control::scratch::<u8>(thread).add(offsets_at) as *mut usize;
        write_tap_offsets(&blocks, channels, offsets);
        let (begin, end) = part(count, 1, shares, share);
        for index in begin..end {
            let block = blocks.block(index);
            blocks.load(a.source, &block, (0, 1), thread);
            add_block(a, &blocks, &block, thread, offsets, total);
        }
    });
    for channel in 0..channels {
        for tap in 0..taps {
            let mut total = 0.0f64;
            for share in 0..shares {
                total += *sums.add(share * sums_floats + tap * channels + channel) as f64;
            }
            a.out.add(channel * taps + tap).write(total as f32);
        }
    }
    DONE
}

/// Floats from the first tap's input to that of each tap.
unsafe fn write_tap_offsets(blocks: &Blocks, channels: usize, to: *mut usize) {
    let [depth, height, width] = blocks.axes;
    let (plane_step, row_step) = blocks.tap_steps();
    let mut i = 0;
    for d in 0..depth.taps {
        for h in 0..height.taps {
            for w in 0..width.taps {
                let offset = d * plane_step + h * row_step + w * width.tap_step * channels;
                to.add(i).write(offset);
                i += 1;
            }
        }
    }
}

/// Adds the products of a block to `total` [taps, channels], row by row.
unsafe fn add_block(
    a: &Arguments,
    blocks: &Blocks,
    block: &Block,
    thread: usize,
    offsets: *const usize,
    total: *mut f32,
) {
    let channels = a.groups;
    let columns = block.columns.1 - block.columns.0;
    let step = blocks.column_step();
    let taps = blocks.taps();
    blocks.for_each_row(a.source, block, thread, |input, position| {
        let dy = a.weight.add(position * channels);
        let mut tap = 0;
        while tap < taps {
            let row = Products {
                x: input,
                offsets: offsets.add(tap),
                dy,
                step,
                columns,
                channels,
                total: total.add(tap * channels),
            };
            tap += match taps - tap {
                9.. => row.add::<9>(),
                5..9 => row.add::<5>(),
                3..5 => row.add::<3>(),
                _ => row.add::<1>(),
            };
        }
    });
}

/// A row of outputs, for a few taps.
struct Products {
    x: *const f32,
    offsets: *const usize,
    dy: *const f32,
    step: usize,
    columns: usize,
    channels: usize,
    total: *mut f32,
}

impl Products {
    /// Adds the products of T taps; returns T.
    unsafe fn add<const T: usize>(&self) -> usize {
        let mut c = 0;
        while c < self.channels {
            let mut from = [self.x; T];
            for (t, pointer) in from.iter_mut().enumerate() {
                *pointer = self.x.add(*self.offsets.add(t) + c);
            }
            let mut sums = [zero(); T];
            let mut dy = self.dy.add(c);
            for column in 0..self.columns {
                let g = load(dy);
                for (t, sum) in sums.iter_mut().enumerate() {
                    *sum = multiply_add(load(from[t].add(column * self.step)), g, *sum);
                }
                dy = dy.add(self.channels);
            }
            let lanes = (self.channels - c).min(4);
            for (t, sum) in sums.iter().enumerate() {
                let to = self.total.add(t * self.channels + c);
                store_lanes(to, f32x4_add(load(to), *sum), lanes);
            }
            c += 4;
        }
        T
    }
}
