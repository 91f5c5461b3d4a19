//! What batched matrix products are given, and how they are cut.

use crate::control::interface::shared;
use crate::product::epilogue::Epilogue;
use crate::product::tile::Start;
use crate::threads::parallel::product;

/// Columns that one task packs at a time.
pub const N_BLOCK: usize = 64;

shared! {
    "matmul":
    /// out[b] = a[b] x b[b] + bias, and what follows, matrices stored by rows, `a` [m, k] or transposed [k, m], `b` [k,
    /// n] or transposed [n, k], `out` [m, n].
    pub struct Arguments {
        pub a: *const f32,
        pub b: *const f32,
        pub bias: *const f32,
        pub out: *mut f32,
        pub m: usize,
        pub n: usize,
        pub k: usize,
        pub transpose_a: u32,
        pub transpose_b: u32,
        /// Number of products, and for each the floats to add to `a` and `b`, as pairs.
        pub batch: usize,
        pub offsets: *const usize,
        pub epilogue: Epilogue,
    }
}

impl Arguments {
    /// Whether there is nothing to sum, and so nothing to compute but the bias.
    pub fn has_no_sums(&self) -> bool {
        self.batch == 0 || self.m == 0 || self.n == 0 || self.k == 0
    }

    /// Estimates the work of one thread.
    pub fn nanoseconds(&self) -> usize {
        product([self.batch, self.m, self.n, self.k]) / 24
            + product([self.batch, self.n, self.k]) / 8
    }

    pub unsafe fn left(&self, index: usize) -> *const f32 {
        self.a.add(*self.offsets.add(2 * index))
    }

    pub unsafe fn right(&self, index: usize) -> *const f32 {
        self.b.add(*self.offsets.add(2 * index + 1))
    }

    /// Ends the sums of a task, of its rows from `begin` to `end`, where they have all been added up.
    #[inline(always)]
    pub unsafe fn end_rows(&self, task: &Task, begin: usize, end: usize) {
        if self.epilogue.is_nothing() {
            return;
        }
        for row in begin..end {
            let at = (task.index * self.m + row) * self.n + task.n.0;
            self.epilogue.apply(self.out, at, task.n.1 - task.n.0);
        }
    }

    /// Where the sums of a task start: at the bias or zero, and for its later blocks of K at its
    /// output.
    pub unsafe fn start(&self, task: &Task, k: usize) -> Start {
        if k > task.k.0 {
            Start::Output
        } else if k > 0 || self.bias.is_null() {
            Start::Zero
        } else {
            Start::Bias(self.bias)
        }
    }
}

/// Rows by columns of the output that one task computes.
pub struct Task {
    pub index: usize,
    pub m: (usize, usize),
    pub n: (usize, usize),
    /// The K steps that it sums, whole blocks, and where: the output, or a matrix of its size.
    pub k: (usize, usize),
    pub out: *mut f32,
}
