//! What the convolution kernels are given.

use crate::control::interface::shared;
use crate::conv::axis::{Axis, Geometry};
use crate::product::epilogue::Epilogue;

shared! {
    "conv":
    /// Arguments of the convolution kernels: depth, height, width; unused axes in front have extent 1.
    pub struct Arguments {
        /// The forward pass reads x and writes y; the input gradient reads dy and writes dx.
        pub source: *const f32,
        pub weight: *const f32,
        pub bias: *const f32,
        pub out: *mut f32,
        pub batch: usize,
        pub groups: usize,
        /// Channels of one group.
        pub inputs: usize,
        pub outputs: usize,
        pub input: [usize; 3],
        pub output: [usize; 3],
        pub taps: [usize; 3],
        pub stride: [usize; 3],
        pub dilation: [usize; 3],
        pub pad: [isize; 3],
        /// Whether the packed weights are kept from call to call; in which memory, else null; and whether they are
        /// there.
        pub keeps: u32,
        pub packed: *mut f32,
        pub is_packed: u32,
        pub epilogue: Epilogue,
    }
}

impl Arguments {
    pub fn keeps_weights(&self) -> bool {
        self.keeps != 0
    }

    pub fn geometry(&self, axis: usize) -> Geometry {
        Geometry {
            input: self.input[axis],
            output: self.output[axis],
            taps: self.taps[axis],
            stride: self.stride[axis],
            dilation: self.dilation[axis],
            pad: self.pad[axis],
        }
    }

    pub fn forward_axes(&self) -> [Axis; 3] {
        [0, 1, 2].map(|axis| Axis::forward(self.geometry(axis)))
    }

    pub fn tap_count(&self) -> usize {
        self.taps.iter().product()
    }
}

impl Arguments {
    /// The phases of an input gradient along an axis, the outputs whose positions leave the same rest modulo the
    /// stride, that have outputs: a stride may be longer than the axis.
    fn phases(&self, axis: usize) -> impl Iterator<Item = Axis> {
        let g = self.geometry(axis);
        (0..g.stride.min(g.input)).map(move |first| {
            let phase = (first as isize + g.pad).rem_euclid(g.stride as isize) as usize;
            Axis::input_gradient(g, phase)
        })
    }

    /// Whether each phase has taps. Outputs of the others are zero.
    pub fn phases_are_complete(&self) -> bool {
        (0..3).all(|axis| self.phases(axis).all(|phase| phase.taps > 0))
    }

    /// The core forms of the phases that have taps.
    pub fn all_phase_axes(&self) -> impl Iterator<Item = [Axis; 3]> {
        let with_taps = |axis: usize| self.phases(axis).filter(|phase| phase.taps > 0);
        with_taps(0).flat_map(move |depth| {
            with_taps(1).flat_map(move |height| with_taps(2).map(move |w| [depth, height, w]))
        })
    }
}
