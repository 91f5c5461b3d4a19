//! Matrix products by packed panels of the right operand.

use crate::control::memory::{Memory, bytes, scratch, workspace};
use crate::product::arguments::{Arguments, N_BLOCK, Task};
use crate::product::panels::*;
use crate::product::tile::*;
use crate::threads::parallel::{PIECES, even, parallel, part, product, threads};
use crate::vector::simd::*;

/// K steps between two visits of the output: a panel of them stays in the first-level cache.
const K_BLOCK: usize = 512;
/// Rows of one task at least, where there are as many.
const FEW_LINES: usize = 32;
/// Floats that are packed first at most, and sums that the blocks of K may have apart.
const MOST_PACKED: usize = 1 << 22;
const MOST_SUMS: usize = 1 << 18;
/// Floats of a block of K of the left operand from which on it is read once, by all columns, and not
/// once for each N_BLOCK of them: the second-level cache does not keep it.
const LARGE_LEFT: usize = 1 << 18;
/// Rows of the left operand, K_BLOCK steps each, that meet one panel after the other: as many as the
/// second-level cache keeps, fewer where they are copied.
const ROWS: usize = 120;
const COPIED_ROWS: usize = 60;
/// Rows at least so many floats apart, each in a page of its own, are copied beside each other, where
/// they meet at least so many columns.
const FAR_ROWS: usize = 1024;
const MANY_COLUMNS: usize = 128;

impl Arguments {
    /// The columns of a task for a block of K, packed: now, to `own`, or first.
    unsafe fn panels(
        &self,
        task: &Task,
        (k0, k): (usize, usize),
        is_packed: bool,
        own: *mut f32,
    ) -> *const f32 {
        if is_packed {
            return packed_first(self, task.index, task.n.0, k0, k);
        }
        self.pack_right(task.index, task.n, k0, k, own);
        own
    }

    /// Packs K rows from `k0` on of some columns.
    unsafe fn pack_right(
        &self,
        index: usize,
        (n0, n1): (usize, usize),
        k0: usize,
        k: usize,
        to: *mut f32,
    ) {
        let b = self.right(index);
        if self.transpose_b != 0 {
            pack_columns(b.add(n0 * self.k + k0), self.k, k, n1 - n0, to);
        } else {
            pack_rows(b.add(k0 * self.n + n0), self.n, k, n1 - n0, to);
        }
    }
}

/// How the products are cut into tasks.
struct Cut {
    m_parts: usize,
    n_parts: usize,
    /// Blocks of K that are summed apart, or 1.
    k_parts: usize,
    /// Whether the whole right operand is packed first, because several tasks read the same columns,
    /// or one that should read the left operand once. Else a task packs its own, a block of K at a
    /// time.
    packs_first: bool,
}

impl Cut {
    fn new(g: &Arguments) -> Cut {
        let least_n_parts = g.n.div_ceil(N_BLOCK);
        let fits = product([g.batch, panel_floats(g.n, g.k)]) <= MOST_PACKED;
        if threads() == 1 {
            let packs_first = g.m * g.k.min(K_BLOCK) > LARGE_LEFT && least_n_parts > 1 && fits;
            let n_parts = if packs_first { 1 } else { least_n_parts };
            return Cut { m_parts: 1, n_parts, k_parts: 1, packs_first };
        }
        let wanted = threads() * PIECES;
        let missing = |parts: usize| wanted.div_ceil(g.batch * parts);
        let m_parts = missing(least_n_parts).min(g.m / FEW_LINES).max(1);
        // Of a transposed left operand each part of the columns makes a copy.
        let most_n_parts = if g.transpose_a != 0 { 1 } else { g.n / 16 };
        let n_parts = missing(m_parts).min(most_n_parts).max(least_n_parts);
        let (m_parts, n_parts) =
            if m_parts > 1 { (even(m_parts), n_parts) } else { (1, even(n_parts)) };
        // Long sums of few outputs, such as gradients of weights.
        let k_parts = g.k.div_ceil(K_BLOCK);
        let is_small = product([g.m, g.n, k_parts]) <= MOST_SUMS;
        if k_parts > 1 && g.batch * m_parts * n_parts < wanted && is_small {
            let (m_parts, n_parts) = (1, least_n_parts);
            return Cut { m_parts, n_parts, k_parts, packs_first: false };
        }
        let packs_first = m_parts > 1 && fits;
        Cut { m_parts, n_parts, k_parts: 1, packs_first }
    }

    /// Floats of the workspace: the right operand, packed first, or sums of the blocks of K.
    fn floats(&self, g: &Arguments) -> usize {
        let packed = if self.packs_first { g.batch * panel_floats(g.n, g.k) } else { 0 };
        let sums = if self.k_parts > 1 { g.batch * self.k_parts * g.m * g.n } else { 0 };
        packed + sums
    }

    fn tasks(&self, g: &Arguments) -> usize {
        g.batch * self.k_parts * self.m_parts * self.n_parts
    }

    fn task(&self, g: &Arguments, chunk: usize) -> Task {
        let unit = if g.transpose_a != 0 { SLAB } else { 1 };
        let matrix = chunk / self.n_parts / self.m_parts;
        let (index, k_part) = (matrix / self.k_parts, matrix % self.k_parts);
        let (out, k) = if self.k_parts > 1 {
            let k0 = k_part * K_BLOCK;
            (workspace(), (k0, g.k.min(k0 + K_BLOCK)))
        } else {
            (g.out, (0, g.k))
        };
        Task {
            index,
            m: part(g.m, unit, self.m_parts, chunk / self.n_parts % self.m_parts),
            n: part(g.n, 16, self.n_parts, chunk % self.n_parts),
            k,
            out: out.wrapping_add(matrix * g.m * g.n),
        }
    }
}

pub fn memory(g: &Arguments) -> Memory {
    let cut = Cut::new(g);
    let own = if cut.packs_first { 0 } else { panel_floats(N_BLOCK + 16, g.k.min(K_BLOCK)) * 4 };
    let copies = if copies_rows(g, g.n) { COPIED_ROWS * K_BLOCK * 4 } else { 0 };
    let beside = (ROWS * 2 * size_of::<usize>() + copies).max(SLAB * K_BLOCK * 4);
    Memory {
        scratch: (beside + own + SLACK) as u64,
        workspace: bytes([cut.floats(g), 4]) + SLACK_BYTES,
    }
}

/// All products. There is something to sum.
pub unsafe fn multiply_all(g: &Arguments) {
    let cut = Cut::new(g);
    if cut.packs_first {
        pack_all(g);
    }
    parallel(cut.tasks(g), g.nanoseconds(), |chunk, thread| {
        let task = cut.task(g, chunk);
        if task.m.0 == task.m.1 || task.n.0 == task.n.1 {
            return;
        }
        if g.transpose_a != 0 {
            task_by_slabs(g, &task, cut.packs_first, thread);
        } else {
            task_by_panels(g, &task, cut.packs_first, thread);
        }
    });
    if cut.k_parts > 1 {
        add_blocks(g, cut.k_parts);
    }
}

/// Adds the sums of the blocks of K, in order, as one task would have.
unsafe fn add_blocks(g: &Arguments, k_parts: usize) {
    let floats = g.m * g.n;
    let parts = even(floats.div_ceil(1 << 12));
    parallel(g.batch * parts, product([g.batch, floats, k_parts]) / 6, |chunk, _| {
        let index = chunk / parts;
        let sums = workspace::<f32>().add(index * k_parts * floats);
        let (begin, end) = part(floats, 16, parts, chunk % parts);
        let mut i = begin;
        while i < end {
            let mut total = load_turn(sums.add(i));
            for block in 1..k_parts {
                let more = load_turn(sums.add(block * floats + i));
                total = core::array::from_fn(|v| f32x4_add(total[v], more[v]));
            }
            store_turn(g.out.add(index * floats + i), total, end - i);
            i += TURN;
        }
        g.epilogue.apply(g.out, index * floats + begin, end - begin);
    });
}

/// Packs the right operands of all products into the workspace: blocks of K, in each of them all panels.
unsafe fn pack_all(g: &Arguments) {
    let (n_parts, k_parts) = (g.n.div_ceil(N_BLOCK), g.k.div_ceil(K_BLOCK));
    parallel(g.batch * n_parts * k_parts, g.batch * g.n * g.k / 4, |chunk, _| {
        let k0 = chunk / n_parts % k_parts * K_BLOCK;
        let (n0, n1) = part(g.n, 16, n_parts, chunk % n_parts);
        let index = chunk / n_parts / k_parts;
        if n0 < n1 {
            let k = (g.k - k0).min(K_BLOCK);
            g.pack_right(index, (n0, n1), k0, k, packed_first(g, index, n0, k0, k));
        }
    });
}

/// Where the columns from `n0` on stand in the workspace, for a block of K.
fn packed_first(g: &Arguments, index: usize, n0: usize, k0: usize, k: usize) -> *mut f32 {
    workspace::<f32>().wrapping_add(index * panel_floats(g.n, g.k) + panel_floats(g.n, k0) + n0 * k)
}

/// Whether rows of `a` are copied beside each other before they meet so many columns.
fn copies_rows(g: &Arguments, columns: usize) -> bool {
    g.k >= FAR_ROWS && columns >= MANY_COLUMNS
}

/// Whether a task writes whole sums, and has added the last of their terms.
fn ends_here(g: &Arguments, task: &Task, k: usize) -> bool {
    task.k.0 == 0 && k == g.k
}

/// Rows of `a` by packed panels of `b`.
unsafe fn task_by_panels(g: &Arguments, task: &Task, is_packed: bool, thread: usize) {
    let copies = copies_rows(g, task.n.1 - task.n.0);
    let tables: *mut usize = scratch(thread);
    let rows = tables as *mut *const f32;
    let outputs = tables.add(ROWS) as *mut *mut f32;
    let copied: *mut f32 = tables.add(2 * ROWS).cast();
    let own = if copies { copied.add(COPIED_ROWS * K_BLOCK) } else { copied };
    let (m0, m1) = task.m;
    let a = g.left(task.index);
    let out = task.out;
    let blocks = (m1 - m0).div_ceil(if copies { COPIED_ROWS } else { ROWS });
    let mut k0 = task.k.0;
    while k0 < task.k.1 {
        let k = (task.k.1 - k0).min(K_BLOCK);
        let panels = g.panels(task, (k0, k), is_packed, own);
        let run = Run { offset: 0, length: k as u32 };
        for block in 0..blocks {
            let (begin, end) = part(m1 - m0, 1, blocks, block);
            for i in begin..end {
                let mut row = a.add((m0 + i) * g.k + k0);
                if copies {
                    let to = copied.add((i - begin) * K_BLOCK);
                    copy(row, to, k);
                    row = to;
                }
                rows.add(i - begin).write(row);
                outputs.add(i - begin).write(out.add((m0 + i) * g.n));
            }
            multiply(&Product {
                rows,
                left_offset: 0,
                outputs,
                row_count: end - begin,
                runs: &run,
                run_count: 1,
                k_first: 0,
                k,
                panels,
                panel_rows: k,
                column: task.n.0,
                columns: task.n.1 - task.n.0,
                start: g.start(task, k0),
                ending: Ending::NOTHING,
            });
            if ends_here(g, task, k0 + k) {
                g.end_rows(task, m0 + begin, m0 + end);
            }
        }
        k0 += k;
    }
}

/// Rows of a transposed `a` that are copied together: one cache line of each of its rows.
const SLAB: usize = 16;

/// A transposed `a`, copied in slabs, by packed panels of `b`. Read where it stands, with a power
/// of two from one K step to the next, it would fall into few sets of the cache: measured 24
/// against 50 GFLOP/s.
unsafe fn task_by_slabs(g: &Arguments, task: &Task, is_packed: bool, thread: usize) {
    let slab: *mut f32 = scratch(thread);
    let own = slab.add(SLAB * K_BLOCK);
    let (m0, m1) = task.m;
    let a = g.left(task.index);
    let out = task.out;
    let mut k0 = task.k.0;
    while k0 < task.k.1 {
        let k = (task.k.1 - k0).min(K_BLOCK);
        let panels = g.panels(task, (k0, k), is_packed, own);
        let mut m = m0;
        while m < m1 {
            let rows = (m1 - m).min(SLAB);
            for i in 0..k {
                let from = a.add((k0 + i) * g.m + m);
                for v in 0..SLAB / 4 {
                    store(slab.add(i * SLAB + v * 4), load(from.add(v * 4)));
                }
            }
            let span = Span { left: slab, right: panels, count: k };
            slab_by_panels(g, task, &span, rows, g.start(task, k0), out.add(m * g.n));
            if ends_here(g, task, k0 + k) {
                g.end_rows(task, m, m + rows);
            }
            m += rows;
        }
        k0 += k;
    }
}

/// All tiles of one slab.
unsafe fn slab_by_panels(
    g: &Arguments,
    task: &Task,
    span: &Span,
    rows: usize,
    start: Start,
    out: *mut f32,
) {
    let mut n = task.n.0;
    while n < task.n.1 {
        let left = task.n.1 - n;
        let width = panel_width(left);
        let mut m = 0;
        while m < rows {
            let tile_rows = slab_rows(width, rows - m);
            columns_tile(
                width,
                tile_rows,
                &Columns {
                    spans: span,
                    span_count: 1,
                    left_offset: m,
                    right_offset: (n - task.n.0) * span.count,
                    left_step: SLAB,
                    right_step: width,
                    output: out.add(m * g.n + n),
                    output_stride: g.n,
                    columns: left.min(width),
                    start: start.at_column(n),
                },
            );
            m += tile_rows;
        }
        n += width;
    }
}
