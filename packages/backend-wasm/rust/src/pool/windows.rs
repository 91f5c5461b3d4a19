//! The windows of pooling over channels-last tensors.

use crate::control::interface::shared;
use crate::control::memory::Memory;
use crate::threads::parallel::{parallel, part};

shared! {
    "poolAxis":
    /// Windows along one axis: output o covers start[o], start[o] + step, … below end[o].
    pub struct Axis {
        pub start: *const i32,
        pub end: *const i32,
        pub count: *const f32,
        pub step: usize,
        pub input: usize,
        pub output: usize,
    }
}

impl Axis {
    pub unsafe fn window(&self, o: usize) -> (usize, usize) {
        (*self.start.add(o) as usize, *self.end.add(o) as usize)
    }

    /// Positions of the window of output `o`.
    #[inline(always)]
    pub unsafe fn extent(&self, o: usize) -> usize {
        let (start, end) = self.window(o);
        let reach = end.saturating_sub(start);
        if self.step == 1 { reach } else { reach.div_ceil(self.step) }
    }

    pub unsafe fn longest(&self) -> usize {
        (0..self.output).map(|o| self.extent(o)).max().unwrap_or(0)
    }

    /// Whether each window ends before the next begins.
    pub unsafe fn is_apart(&self) -> bool {
        (1..self.output).all(|o| self.window(o - 1).1 <= self.window(o).0)
    }

    /// Whether windows that are apart leave nothing out.
    pub unsafe fn is_covered(&self) -> bool {
        let mut covered = 0;
        for o in 0..self.output {
            let (start, end) = self.window(o);
            if start != covered {
                return false;
            }
            covered = end;
        }
        self.step == 1 && covered == self.input
    }
}

shared! {
    "pool":
    /// `x` and `y` have the sizes of the forward pass; their gradients replace them in the backward
    /// pass.
    pub struct Arguments {
        pub x: *mut f32,
        pub y: *mut f32,
        pub indices: *mut i32,
        pub batch: usize,
        pub channels: usize,
        pub axes: [Axis; 3],
    }
}

impl Arguments {
    pub fn inputs(&self) -> usize {
        self.axes.iter().map(|a| a.input).product()
    }

    pub fn outputs(&self) -> usize {
        self.axes.iter().map(|a| a.output).product()
    }

    /// Bytes of scratch for the positions of one window.
    pub unsafe fn window_bytes(&self) -> usize {
        let [d, h, w] = &self.axes;
        d.longest() * h.longest() * w.longest() * size_of::<u32>()
    }

    /// Position along each axis of output `o`.
    pub fn position(&self, o: usize) -> [usize; 3] {
        let [_, h, w] = &self.axes;
        [o / (h.output * w.output), o / w.output % h.output, o % w.output]
    }

    pub unsafe fn divisor(&self, o: usize) -> f32 {
        let at = self.position(o);
        let mut product = 1.0;
        for (axis, o) in self.axes.iter().zip(at) {
            product *= *axis.count.add(o);
        }
        product
    }
}

/// The flat positions of one window: the first, and those of all counted from it, in order.
pub struct Window {
    offsets: *mut u32,
    /// Positions along each axis that the offsets are for.
    pub counts: [usize; 3],
    pub count: usize,
    pub first: usize,
}

impl Window {
    pub fn new(offsets: *mut u32) -> Window {
        Window { offsets, counts: [0; 3], count: 0, first: 0 }
    }

    /// Moves to the window of output `o`. Most windows have the same form, so the offsets stay.
    #[inline(always)]
    pub unsafe fn move_to(&mut self, a: &Arguments, o: usize) {
        let at = a.position(o);
        let mut counts = [0; 3];
        let mut first = 0;
        for axis in 0..3 {
            let (start, end) = a.axes[axis].window(at[axis]);
            let step = a.axes[axis].step;
            counts[axis] = if step == 1 { end - start } else { (end - start).div_ceil(step) };
            first = first * a.axes[axis].input + start;
        }
        self.first = first;
        if counts != self.counts {
            self.write_offsets(a, counts);
        }
    }

    #[inline(never)]
    unsafe fn write_offsets(&mut self, a: &Arguments, counts: [usize; 3]) {
        let [d, h, w] = &a.axes;
        let mut i = 0;
        for z in 0..counts[0] {
            for y in 0..counts[1] {
                for x in 0..counts[2] {
                    let line = z * d.step * h.input + y * h.step;
                    self.offsets.add(i).write((line * w.input + x * w.step) as u32);
                    i += 1;
                }
            }
        }
        self.counts = counts;
        self.count = i;
    }

    #[inline(always)]
    pub unsafe fn offset(&self, i: usize) -> usize {
        *self.offsets.add(i) as usize
    }
}

/// What a pass that walks over windows needs.
pub unsafe fn memory(a: &Arguments) -> Memory {
    Memory { scratch: a.window_bytes() as u64, workspace: 0 }
}

/// Vectors of channels that are compared at a time: each is a chain of operations that wait for one
/// another, so several take little longer than one.
pub const ABREAST: usize = 4;

/// Channels that one task of a gradient covers at least.
pub const CHANNELS: usize = 16;

/// Tasks of a gradient that adds up within one sample and share of the channels.
pub fn for_each_share(a: &Arguments, body: impl Fn(usize, (usize, usize), usize)) {
    let shares = a.channels.div_ceil(CHANNELS);
    let work = a.batch * a.channels * (a.inputs() + a.outputs() * 2);
    parallel(a.batch * shares, work, |chunk, thread| {
        let n = chunk / shares;
        body(n, part(a.channels, CHANNELS, shares, chunk % shares), thread);
    });
}
