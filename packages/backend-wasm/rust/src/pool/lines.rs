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

/// Pixels from one plane, row and column of a window to the next.
pub struct Steps {
    pub plane: usize,
    pub row: usize,
    pub column: usize,
}

/// What the windows of one line of outputs share. Distances are in floats, but for `steps`.
pub struct Line {
    pub planes: usize,
    pub rows: usize,
    pub plane: usize,
    pub row: usize,
    pub column: usize,
    pub steps: Steps,
    /// The first pixel of their first rows.
    first: usize,
    /// What means are divided by, but for the last axis.
    divisor: f32,
}

/// Windows of a line one behind the other, all of as many columns.
pub struct Run {
    /// The first pixel of the first.
    pub first: usize,
    pub columns: usize,
    pub count: usize,
    /// Pixels from the beginning of one to that of the next.
    pub step: usize,
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
        let steps =
            Steps { plane: d.step * h.input * w.input, row: h.step * w.input, column: w.step };
        Line {
            planes: d.extent(z),
            rows: h.extent(y),
            plane: steps.plane * a.channels,
            row: steps.row * a.channels,
            column: steps.column * a.channels,
            steps,
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

    /// The longest run of the windows of outputs `from` to `to` that begins with the first of them.
    pub unsafe fn run(&self, a: &Arguments, from: usize, to: usize) -> Run {
        let first = self.window(a, from);
        let mut run = Run { first: first.first, columns: first.columns, count: 1, step: 0 };
        while from + run.count < to {
            let next = self.window(a, from + run.count);
            if run.count == 1 && next.first > run.first {
                run.step = next.first - run.first;
            }
            let follows = next.first == run.first + run.count * run.step;
            if !follows || next.columns != run.columns {
                break;
            }
            run.count += 1;
        }
        run
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

    /// The same in pixels.
    #[inline(always)]
    pub fn for_each_row_of_pixels(&self, mut body: impl FnMut(usize)) {
        for plane in 0..self.planes {
            for row in 0..self.rows {
                body(plane * self.steps.plane + row * self.steps.row);
            }
        }
    }
}
