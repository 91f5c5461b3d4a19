//! A convolution that is computed by minimal filtering, whichever pass it belongs to.

use crate::conv::arguments::Arguments;

/// Taps along the depth at most.
pub const MOST_DEPTH_TAPS: usize = 3;

/// What is computed: a convolution with stride 1 of `source` to `out`.
pub struct Problem<'a> {
    pub a: &'a Arguments,
    /// Extent of the tiles of the output, 2 or 4.
    pub tile: usize,
    /// Channels of the source, and of the output.
    pub channels: usize,
    pub columns: usize,
    pub depth_taps: usize,
    /// Depth, height, width of the source, and of the output.
    pub input: [usize; 3],
    pub output: [usize; 3],
    pub pad: [isize; 3],
    /// Floats from the weights of one output channel to those of the next, and of one source channel.
    pub column_step: usize,
    pub channel_step: usize,
    /// Whether the kernel is turned around.
    pub is_turned: bool,
}

impl Problem<'_> {
    /// K rows of the products of a plane: taps along the depth x source channels.
    pub fn k(&self) -> usize {
        self.depth_taps * self.channels
    }

    /// First and end of the taps along the depth that fall inside the source for slice z of the output.
    pub fn depth_taps_inside(&self, z: usize) -> (usize, usize) {
        let position = z as isize - self.pad[0];
        let end = (self.input[0] as isize - position).clamp(0, self.depth_taps as isize);
        ((-position).clamp(0, end) as usize, end as usize)
    }

    pub fn forward(a: &Arguments, tile: usize) -> Problem<'_> {
        let taps = a.tap_count();
        Problem {
            a,
            tile,
            channels: a.inputs,
            columns: a.outputs,
            depth_taps: a.taps[0],
            input: a.input,
            output: a.output,
            pad: a.pad,
            column_step: a.inputs * taps,
            channel_step: taps,
            is_turned: false,
        }
    }

    /// The gradient of the input is the convolution of the output's gradient with the kernel turned
    /// around, and source and output channels exchanged.
    pub fn input_gradient(a: &Arguments, tile: usize) -> Problem<'_> {
        let taps = a.tap_count();
        Problem {
            a,
            tile,
            channels: a.outputs,
            columns: a.inputs,
            depth_taps: a.taps[0],
            input: a.output,
            output: a.input,
            pad: core::array::from_fn(|axis| a.taps[axis] as isize - 1 - a.pad[axis]),
            column_step: taps,
            channel_step: a.inputs * taps,
            is_turned: true,
        }
    }
}
