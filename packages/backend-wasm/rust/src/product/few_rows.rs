//! Matrix products of few rows, which pack nothing: packing the right operand would cost more than it gives.

use crate::control::memory::{Memory, scratch};
use crate::product::arguments::{Arguments, N_BLOCK, Task};
use crate::product::panels::panel_width;
use crate::product::tile::*;
use crate::threads::parallel::{parallel, part, product};
use crate::vector::simd::*;

/// Rows at most.
const FEW_ROWS: usize = 6;
/// Floats of a plain right operand from which on it comes from memory, and is read in the order in which it lies there:
/// measured at 4096 rows of 4096 columns 8.2 ms in place of 13.2.
const LARGE_RIGHT: usize = 1 << 18;

fn is_large(g: &Arguments) -> bool {
    product([g.n, g.k]) > LARGE_RIGHT
}

pub fn pays(g: &Arguments) -> bool {
    g.transpose_a == 0 && g.m <= FEW_ROWS
}

pub fn memory(g: &Arguments) -> Memory {
    Memory { scratch: (g.k.min(FEW_K) * FEW_ROWS * 4 + SLACK) as u64, workspace: 0 }
}

pub unsafe fn multiply_all(g: &Arguments) {
    let columns = if g.transpose_b == 0 && is_large(g) { WIDE_BLOCK } else { N_BLOCK };
    let n_parts = g.n.div_ceil(columns);
    parallel(g.batch * n_parts, g.nanoseconds(), |chunk, thread| {
        let (index, n_part) = (chunk / n_parts, chunk % n_parts);
        let out = g.out.add(index * g.m * g.n);
        let task = Task { index, m: (0, g.m), n: part(g.n, 16, n_parts, n_part), k: (0, g.k), out };
        if task.n.0 == task.n.1 {
            return;
        }
        if g.transpose_b != 0 {
            task_of_dots(g, &task);
        } else {
            task_of_few_rows(g, &task, thread);
        }
        g.end_rows(&task, 0, g.m);
    });
}

/// K steps of a few rows that are transposed at a time.
const FEW_K: usize = 2048;
/// Columns of a task where the right operand is large: half a page of each of its rows, whose sums the first-level cache
/// keeps.
const WIDE_BLOCK: usize = 512;
/// Rows of a large right operand that are read side by side.
const STRIP: usize = 16;

/// Few rows by a plain `b`, which is read once, where it stands: all its rows by some columns, or where it is large all
/// columns of some rows.
unsafe fn task_of_few_rows(g: &Arguments, task: &Task, thread: usize) {
    let (a, b) = (g.left(task.index), g.right(task.index));
    let transposed: *mut f32 = scratch(thread);
    let (m0, m1) = task.m;
    let m = m1 - m0;
    let mut k0 = 0;
    while k0 < g.k {
        let k = (g.k - k0).min(FEW_K);
        for i in 0..k {
            for row in 0..m {
                transposed.add(i * m + row).write(*a.add((m0 + row) * g.k + k0 + i));
            }
        }
        let strip = if is_large(g) { STRIP } else { k };
        let mut i = 0;
        while i < k {
            let left = transposed.add(i * m);
            let span = Span { left, right: b.add((k0 + i) * g.n), count: strip.min(k - i) };
            tiles_of_few_rows(g, task, &span, k0 + i);
            i += strip;
        }
        k0 += k;
    }
}

/// The K steps of a span from `k0` on, for all columns of a task.
unsafe fn tiles_of_few_rows(g: &Arguments, task: &Task, span: &Span, k0: usize) {
    let (m0, m1) = task.m;
    let m = m1 - m0;
    let out = task.out;
    let mut n = task.n.0;
    while n < task.n.1 {
        let left = task.n.1 - n;
        let width = panel_width(left);
        let mut row = 0;
        while row < m {
            let height = (m - row).min(most_columns_rows(width));
            columns_tile(
                width,
                height,
                &Columns {
                    spans: span,
                    span_count: 1,
                    left_offset: row,
                    right_offset: n,
                    left_step: m,
                    right_step: g.n,
                    output: out.add((m0 + row) * g.n + n),
                    output_stride: g.n,
                    columns: left.min(width),
                    start: g.start(task, k0).at_column(n),
                },
            );
            row += height;
        }
        n += width;
    }
}

/// Columns that are read side by side for one row: one stream alone does not fill the way to
/// memory. Measured at 4096 columns of 9216: 58 against 47 GB/s.
const STREAMS: usize = 4;

/// Few rows by a transposed `b`: products along K, summed in four lanes of a few vectors.
unsafe fn task_of_dots(g: &Arguments, task: &Task) {
    let (a, b) = (g.left(task.index), g.right(task.index));
    let out = task.out;
    let bias = |n: usize| if g.bias.is_null() { 0.0 } else { *g.bias.add(n) };
    let mut n = task.n.0;
    if task.m.1 - task.m.0 == 1 {
        while n + STREAMS <= task.n.1 {
            let sums = streams(a.add(task.m.0 * g.k), b.add(n * g.k), g.k);
            for (i, sum) in sums.iter().enumerate() {
                out.add(task.m.0 * g.n + n + i).write(sum + bias(n + i));
            }
            n += STREAMS;
        }
    }
    for n in n..task.n.1 {
        let column = b.add(n * g.k);
        let mut m = task.m.0;
        while m < task.m.1 {
            let rows = (task.m.1 - m).min(3);
            let left = a.add(m * g.k);
            let sums = match rows {
                1 => dots::<1>(left, column, g.k),
                2 => dots::<2>(left, column, g.k),
                _ => dots::<3>(left, column, g.k),
            };
            for (r, sum) in sums.iter().enumerate().take(rows) {
                out.add((m + r) * g.n + n).write(sum + bias(n));
            }
            m += rows;
        }
    }
}

/// Products of one row with columns that lie k floats apart.
unsafe fn streams(row: *const f32, columns: *const f32, k: usize) -> [f32; STREAMS] {
    let mut sums = [[zero(); 2]; STREAMS];
    let mut i = 0;
    while i + 8 <= k {
        let x = [load(row.add(i)), load(row.add(i + 4))];
        for (c, sum) in sums.iter_mut().enumerate() {
            let column = columns.add(c * k + i);
            sum[0] = multiply_add(load(column), x[0], sum[0]);
            sum[1] = multiply_add(load(column.add(4)), x[1], sum[1]);
        }
        i += 8;
    }
    core::array::from_fn(|c| {
        let mut total = sum_lanes(f32x4_add(sums[c][0], sums[c][1]));
        for j in i..k {
            total += *row.add(j) * *columns.add(c * k + j);
        }
        total
    })
}

/// Products of R rows with one column.
unsafe fn dots<const R: usize>(rows: *const f32, column: *const f32, k: usize) -> [f32; 3] {
    let mut sums = [[zero(); 4]; R];
    let mut i = 0;
    while i + 16 <= k {
        for v in 0..4 {
            let c = load(column.add(i + v * 4));
            for (r, sum) in sums.iter_mut().enumerate() {
                sum[v] = multiply_add(load(rows.add(r * k + i + v * 4)), c, sum[v]);
            }
        }
        i += 16;
    }
    let mut result = [0.0; 3];
    for (r, sum) in sums.iter().enumerate() {
        let even = f32x4_add(sum[0], sum[2]);
        let odd = f32x4_add(sum[1], sum[3]);
        let mut total = sum_lanes(f32x4_add(even, odd));
        for j in i..k {
            total += *rows.add(r * k + j) * *column.add(j);
        }
        result[r] = total;
    }
    result
}
