//! Windows of pooling line by line: those of one line of outputs have their rows in common.

use crate::pool::windows::Arguments;

/// Outputs `from` to `to` of one line.
pub struct Strip {
    pub n: usize,
    pub z: usize,
    pub y: usize,
    pub from: usize,
    pub to: usize,
    /// Outputs before the line, of all samples.
    pub before: usize,
}

/// Calls `body` for the lines that outputs `begin` to `end`, counted through all samples, stand in.
#[inline(always)]
pub fn for_each_strip(a: &Arguments, (begin, end): (usize, usize), mut body: impl FnMut(Strip)) {
    let [d, h, w] = &a.axes;
    let mut p = begin;
    while p < end {
        let line = p / w.output;
        let before = line * w.output;
        let to = w.output.min(end - before);
        let (n, y) = (line / (d.output * h.output), line % h.output);
        let z = line / h.output % d.output;
        body(Strip { n, z, y, from: p - before, to, before });
        p = before + to;
    }
}

/// What the windows of one line of outputs share. Distances are in floats.
pub struct Line {
    pub planes: usize,
    pub rows: usize,
    pub plane: usize,
    pub row: usize,
    pub column: usize,
    /// The first pixel of their first rows.
    first: usize,
    /// What means are divided by, but for the last axis.
    divisor: f32,
}

/// One window.
pub struct Window {
    /// Its first pixel.
    pub first: usize,
    pub columns: usize,
    pub divisor: f32,
}

impl Line {
    pub unsafe fn of(a: &Arguments, z: usize, y: usize) -> Line {
        let [d, h, w] = &a.axes;
        let pixels = w.input * a.channels;
        Line {
            planes: d.extent(z),
            rows: h.extent(y),
            plane: d.step * h.input * pixels,
            row: h.step * pixels,
            column: w.step * a.channels,
            first: (d.window(z).0 * h.input + h.window(y).0) * w.input,
            divisor: *d.count.add(z) * *h.count.add(y),
        }
    }

    #[inline(always)]
    pub unsafe fn window(&self, a: &Arguments, o: usize) -> Window {
        let w = &a.axes[2];
        Window {
            first: self.first + w.window(o).0,
            columns: w.extent(o),
            divisor: self.divisor * *w.count.add(o),
        }
    }

    /// Calls `body` with where each row begins, counted from the first.
    #[inline(always)]
    pub fn for_each_row(&self, mut body: impl FnMut(usize)) {
        for plane in 0..self.planes {
            for row in 0..self.rows {
                body(plane * self.plane + row * self.row);
            }
        }
    }
}
