//! The windows of pooling over channels-last tensors.

use crate::control::interface::shared;
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

    /// Whether each window ends before the next begins.
    pub unsafe fn is_apart(&self) -> bool {
        (1..self.output).all(|o| self.window(o - 1).1 <= self.window(o).0)
    }

    /// The outputs whose windows may hold position `i`: those before `from` are known to end at it or before.
    pub unsafe fn covering(&self, i: usize, from: usize) -> (usize, usize) {
        let mut first = from;
        while first < self.output && self.window(first).1 <= i {
            first += 1;
        }
        // The first windows may begin up to a step late, inside the padding.
        let mut end = first;
        while end < self.output && self.window(end).0 < i + self.step {
            end += 1;
        }
        (first, end)
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
