//! How pointwise operations walk over memory: rows of broadcast operands, widened bytes, shares of
//! threads.

use crate::control::call::AXES;
use crate::control::interface::shared;
use crate::pointwise::float::float_row;
use crate::pointwise::integer::integer_row;
use crate::pointwise::op::Op;
use crate::pointwise::row::Row;
use crate::threads::parallel::{even, parallel, part};
use crate::vector::simd::*;

/// Elements that are widened, or repeated, at a time.
const PIECE: usize = 256;
/// Inner rows shorter than this are joined with their neighbours, where the operands allow it.
const SHORT: usize = 64;

/// Element types, as the host numbers them.
const FLOAT: u32 = 0;

shared! {
    "pointwise":
    /// Arguments of `pointwise`. Strides are in elements; the innermost ones are 0 or 1.
    pub struct Arguments {
        scalars: [f64; 2],
        op: Op,
        /// Type that the operation computes in: 0 float32, else 32-bit integers.
        kind: u32,
        out: *mut u8,
        /// Bytes of an element of the output and of each operand: 4 or 1.
        out_bytes: usize,
        operands: [*const u8; 3],
        operand_bytes: [usize; 3],
        /// Whether the first operand, a condition, holds floats.
        float_condition: u32,
        inputs: usize,
        axes: usize,
        extents: [usize; AXES],
        strides: [[usize; AXES]; 3],
    }
}

/// Returns 0, or 2 where integers have no such operation.
pub unsafe fn pointwise(p: &Arguments) -> usize {
    let inner = p.extents[p.axes - 1];
    let rows: usize = p.extents[..p.axes - 1].iter().product();
    if rows * inner == 0 {
        return 0;
    }
    if p.kind != FLOAT && !integer_row(p.op, &empty_row(p)) {
        return 2;
    }
    let nanoseconds = rows * inner * p.inputs / 4 + rows * 4;
    if rows == 1 {
        let parts = even(inner.div_ceil(1 << 14));
        parallel(parts, nanoseconds, |chunk, _| {
            let (begin, end) = part(inner, 16, parts, chunk);
            if begin < end {
                row(p, &[0; 3], begin, begin, end - begin);
            }
        });
        return 0;
    }
    let joined = if inner < SHORT && p.extents[p.axes - 2] > 1 { Joined::new(p) } else { None };
    let parts = even((rows * inner).div_ceil(1 << 14)).min(rows);
    match joined {
        Some(joined) => {
            let inner_rows = p.extents[p.axes - 2];
            let outer = rows / inner_rows;
            let parts_each = parts.div_ceil(outer);
            parallel(outer * parts_each, nanoseconds, |chunk, _| {
                let (begin, end) = part(inner_rows, 1, parts_each, chunk % parts_each);
                joined.rows(p, chunk / parts_each, begin, end);
            });
        }
        None => parallel(parts, nanoseconds, |chunk, _| {
            let (begin, end) = part(rows, 1, parts, chunk);
            let mut walk = Walk::new(p, p.axes - 1, begin);
            for r in begin..end {
                row(p, &walk.offsets, r * inner, 0, inner);
                walk.next(p);
            }
        }),
    }
    0
}

unsafe fn empty_row(p: &Arguments) -> Row {
    Row {
        out: p.out.cast(),
        operands: p.operands.map(|x| x.cast()),
        steps: [0; 3],
        count: 0,
        scalars: p.scalars,
        condition_shift: p.float_condition,
    }
}

unsafe fn run(p: &Arguments, r: &Row) {
    if p.kind == FLOAT {
        float_row(p.op, r);
    } else {
        integer_row(p.op, r);
    }
}

/// Positions of the operands while the outer `axes` axes are walked in order.
struct Walk {
    axes: usize,
    position: [usize; AXES],
    offsets: [usize; 3],
}

impl Walk {
    fn new(p: &Arguments, axes: usize, start: usize) -> Walk {
        let mut walk = Walk { axes, position: [0; AXES], offsets: [0; 3] };
        let mut rest = start;
        for axis in (0..axes).rev() {
            walk.position[axis] = rest % p.extents[axis];
            rest /= p.extents[axis];
            for i in 0..3 {
                walk.offsets[i] += walk.position[axis] * p.strides[i][axis];
            }
        }
        walk
    }

    fn next(&mut self, p: &Arguments) {
        for axis in (0..self.axes).rev() {
            self.position[axis] += 1;
            for i in 0..3 {
                self.offsets[i] += p.strides[i][axis];
            }
            if self.position[axis] < p.extents[axis] {
                return;
            }
            self.position[axis] = 0;
            for i in 0..3 {
                self.offsets[i] -= p.strides[i][axis] * p.extents[axis];
            }
        }
    }
}

/// One row of `count` elements: of the output from element `at` on, of each operand from its offset
/// plus `skip` steps on.
unsafe fn row(p: &Arguments, offsets: &[usize; 3], at: usize, skip: usize, count: usize) {
    let last = p.axes - 1;
    let mut splats = [[0.0f32; TURN]; 3];
    let mut r = empty_row(p);
    let mut bytes = p.out_bytes == 1;
    for i in 0..p.inputs {
        let step = p.strides[i][last];
        let offset = offsets[i] + skip * step;
        let from = p.operands[i].add(offset * p.operand_bytes[i]);
        if step == 0 {
            splats[i] = [one_element(from, p.operand_bytes[i]); TURN];
            r.operands[i] = splats[i].as_ptr();
        } else {
            r.operands[i] = from.cast();
            r.steps[i] = 4;
            bytes |= p.operand_bytes[i] == 1;
        }
    }
    if bytes {
        in_pieces(p, &mut r, at, count);
    } else {
        r.out = (p.out as *mut f32).add(at);
        r.count = count;
        run(p, &r);
    }
}

/// An element as the bits of a 32-bit lane.
unsafe fn one_element(from: *const u8, bytes: usize) -> f32 {
    if bytes == 1 { f32::from_bits(*from as u32) } else { *(from as *const f32) }
}

/// A row with operands or an output of bytes: widened and narrowed piece by piece.
unsafe fn in_pieces(p: &Arguments, r: &mut Row, at: usize, count: usize) {
    let mut wide = [[0.0f32; PIECE]; 3];
    let mut narrow = [0.0f32; PIECE];
    let from = r.operands;
    let mut done = 0;
    while done < count {
        let n = (count - done).min(PIECE);
        for i in 0..p.inputs {
            if r.steps[i] == 0 {
                continue;
            }
            if p.operand_bytes[i] == 1 {
                widen((from[i] as *const u8).add(done), wide[i].as_mut_ptr(), n);
                r.operands[i] = wide[i].as_ptr();
            } else {
                r.operands[i] = from[i].add(done);
            }
        }
        r.count = n;
        if p.out_bytes == 1 {
            r.out = narrow.as_mut_ptr();
            run(p, r);
            let to = p.out.add(at + done);
            for (i, value) in narrow.iter().enumerate().take(n) {
                to.add(i).write(value.to_bits() as u8);
            }
        } else {
            r.out = (p.out as *mut f32).add(at + done);
            run(p, r);
        }
        done += n;
    }
}

unsafe fn widen(from: *const u8, to: *mut f32, count: usize) {
    let mut i = 0;
    while i + 4 <= count {
        let four = v128_load32_zero(from.add(i) as *const u32);
        let wide = u32x4_extend_low_u16x8(u16x8_extend_low_u8x16(four));
        v128_store(to.add(i) as *mut v128, wide);
        i += 4;
    }
    while i < count {
        to.add(i).write(f32::from_bits(*from.add(i) as u32));
        i += 1;
    }
}

/// Short inner rows joined into long ones: every operand is contiguous over the last two axes, or
/// the same in every row, or the same within a row.
struct Joined {
    /// Rows joined at a time.
    group: usize,
}

impl Joined {
    fn new(p: &Arguments) -> Option<Joined> {
        let (outer, last) = (p.axes - 2, p.axes - 1);
        let inner = p.extents[last];
        if p.out_bytes == 1 {
            return None;
        }
        for i in 0..p.inputs {
            let (across, along) = (p.strides[i][outer], p.strides[i][last]);
            let fits = across == 0 || along == 0 || (across == inner && along == 1);
            if !fits || p.operand_bytes[i] == 1 {
                return None;
            }
        }
        Some(Joined { group: (PIECE / inner).max(1) })
    }

    /// Rows `begin` to `end` of the second innermost axis, at one position of the axes in front of
    /// it.
    unsafe fn rows(&self, p: &Arguments, position: usize, begin: usize, end: usize) {
        let (outer, last) = (p.axes - 2, p.axes - 1);
        let inner = p.extents[last];
        let base = Walk::new(p, outer, position).offsets;
        // A turn behind a piece: a tail is read whole.
        let mut repeated = [[0.0f32; PIECE + TURN]; 3];
        let mut r = empty_row(p);
        for i in 0..p.inputs {
            let from = (p.operands[i] as *const f32).add(base[i]);
            r.steps[i] = 4;
            if p.strides[i][outer] == 0 {
                for k in 0..self.group * inner {
                    repeated[i][k] = *from.add(k % inner * p.strides[i][last]);
                }
                r.operands[i] = repeated[i].as_ptr();
            }
        }
        let out = (p.out as *mut f32).add(position * p.extents[outer] * inner);
        let mut first = begin;
        while first < end {
            let rows = (end - first).min(self.group);
            for i in 0..p.inputs {
                let across = p.strides[i][outer];
                let from = (p.operands[i] as *const f32).add(base[i] + first * across);
                if across != 0 && p.strides[i][last] == 0 {
                    for k in 0..rows {
                        repeated[i][k * inner..(k + 1) * inner].fill(*from.add(k * across));
                    }
                    r.operands[i] = repeated[i].as_ptr();
                } else if across != 0 {
                    r.operands[i] = from;
                }
            }
            r.out = out.add(first * inner);
            r.count = rows * inner;
            run(p, &r);
            first += rows;
        }
    }
}
