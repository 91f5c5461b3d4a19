//! A convolution that is computed by minimal filtering, whichever pass it belongs to.

use crate::conv::arguments::Arguments;

/// What is computed: a convolution with stride 1 of `source` to `out`.
pub struct Problem<'a> {
    pub a: &'a Arguments,
    /// Extent of the tiles of the output, 2 or 4.
    pub tile: usize,
    /// Channels of the source, and of the output.
    pub channels: usize,
    pub columns: usize,
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
    pub fn forward(a: &Arguments, tile: usize) -> Problem<'_> {
        let taps = a.taps[1] * a.taps[2];
        Problem {
            a,
            tile,
            channels: a.inputs,
            columns: a.outputs,
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
        let taps = a.taps[1] * a.taps[2];
        Problem {
            a,
            tile,
            channels: a.outputs,
            columns: a.inputs,
            input: a.output,
            output: a.input,
            pad: core::array::from_fn(|axis| a.taps[axis] as isize - 1 - a.pad[axis]),
            column_step: taps,
            channel_step: a.inputs * taps,
            is_turned: true,
        }
    }
}
