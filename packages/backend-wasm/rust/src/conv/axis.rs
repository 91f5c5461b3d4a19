//! A convolution along one axis, in the one form that the forward pass and every phase of the input
//! gradient share.

/// Output position q, tap t reads the input at `start + q * stride + t * tap_step`; positions
/// outside 0..input are zeros. Position q stands at `out_first + q * out_step` of the output's
/// axis, and tap t is tap `tap_first + t * tap_stride` of the weight.
#[derive(Clone, Copy)]
pub struct Axis {
    pub input: usize,
    pub count: usize,
    pub stride: usize,
    pub taps: usize,
    pub tap_step: usize,
    pub start: isize,
    pub out_first: usize,
    pub out_step: usize,
    pub out_extent: usize,
    pub tap_first: isize,
    pub tap_stride: isize,
}

/// One axis of a convolution as the caller gives it: `input` and `output` of the forward pass.
#[derive(Clone, Copy)]
pub struct Geometry {
    pub input: usize,
    pub output: usize,
    pub taps: usize,
    pub stride: usize,
    pub dilation: usize,
    pub pad: isize,
}

impl Axis {
    pub fn forward(g: Geometry) -> Axis {
        Axis {
            input: g.input,
            count: g.output,
            stride: g.stride,
            taps: g.taps,
            tap_step: g.dilation,
            start: -g.pad,
            out_first: 0,
            out_step: 1,
            out_extent: g.output,
            tap_first: 0,
            tap_stride: 1,
        }
    }

    /// The input gradient at the positions i with (i + pad) mod stride = `phase`: a convolution of
    /// the output's gradient with stride 1 over the taps k with k * dilation mod stride = `phase`,
    /// last tap first. `taps` is 0 where none belongs to the phase: the gradient is zero there.
    pub fn input_gradient(g: Geometry, phase: usize) -> Axis {
        let stride = g.stride as isize;
        let first = (phase as isize - g.pad).rem_euclid(stride) as usize;
        let count = g.input.saturating_sub(first).div_ceil(g.stride);
        let tap_stride = g.stride / greatest_common_divisor(g.stride, g.dilation);
        let first_tap = (0..tap_stride.min(g.taps)).find(|k| k * g.dilation % g.stride == phase);
        let taps = first_tap.map_or(0, |k| g.taps.saturating_sub(k).div_ceil(tap_stride));
        let last_tap = first_tap.unwrap_or(0) + taps.max(1) * tap_stride - tap_stride;
        let last_reach = (last_tap * g.dilation) as isize;
        Axis {
            input: g.output,
            count,
            stride: 1,
            taps,
            tap_step: tap_stride * g.dilation / g.stride,
            start: (first as isize + g.pad - last_reach).div_euclid(stride),
            out_first: first,
            out_step: g.stride,
            out_extent: g.input,
            tap_first: last_tap as isize,
            tap_stride: -(tap_stride as isize),
        }
    }

    /// Whether every tap of every output falls inside the input.
    pub fn is_inside(&self) -> bool {
        self.start >= 0 && self.start as usize + self.reach(self.count) <= self.input
    }

    /// First and end of the taps of output q that fall inside the input.
    pub fn taps_inside(&self, q: usize) -> (usize, usize) {
        let position = self.start + (q * self.stride) as isize;
        let before = position.min(0).unsigned_abs();
        let left = (self.input as isize - position).max(0) as usize;
        let end = left.div_ceil(self.tap_step.max(1)).min(self.taps);
        (before.div_ceil(self.tap_step.max(1)).min(end), end)
    }

    /// First and end of the outputs for which tap t falls inside the input.
    pub fn outputs_inside(&self, t: usize) -> (usize, usize) {
        let position = self.start + (t * self.tap_step) as isize;
        let before = position.min(0).unsigned_abs();
        let left = (self.input as isize - position).max(0) as usize;
        let end = left.div_ceil(self.stride).min(self.count);
        (before.div_ceil(self.stride).min(end), end)
    }

    /// Input positions from the first tap of the first to the last tap of the last of `count`
    /// outputs.
    pub fn reach(&self, count: usize) -> usize {
        (count - 1) * self.stride + (self.taps - 1) * self.tap_step + 1
    }

    /// Whether output q is input q and nothing else.
    pub fn is_identity(&self) -> bool {
        self.taps == 1
            && self.stride == 1
            && self.start == 0
            && self.input == self.count
            && self.out_step == 1
            && self.out_extent == self.count
    }

    /// The axis of `count` such positions in a row.
    pub fn identity(count: usize) -> Axis {
        Axis::forward(Geometry {
            input: count,
            output: count,
            taps: 1,
            stride: 1,
            dilation: 1,
            pad: 0,
        })
    }

    pub fn tap_of_weight(&self, t: usize) -> usize {
        (self.tap_first + t as isize * self.tap_stride) as usize
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
