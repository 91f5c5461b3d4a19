//! One row of elements, and how functions of one, two or three lanes run over it.

use crate::vector::simd::*;

/// A row of elements in 32-bit lanes. A step of 0 repeats the vector that the pointer names.
pub struct Row {
    pub out: *mut f32,
    pub operands: [*const f32; 3],
    pub steps: [usize; 3],
    pub count: usize,
    pub scalars: [f64; 2],
    /// Bits to shift a condition by, so that no bit is left where it does not hold: 1 drops the
    /// sign of -0.
    pub condition_shift: u32,
}

impl Row {
    /// A scalar in all lanes.
    #[inline(always)]
    pub fn scalar(&self, index: usize) -> v128 {
        f32x4_splat(self.scalars[index] as f32)
    }
}

#[inline(always)]
pub unsafe fn one(r: &Row, f: impl Fn(v128) -> v128) {
    let mut a = r.operands[0];
    let mut i = 0;
    while i < r.count {
        let x = load_turn(a);
        let mut y = [zero(); 2];
        for v in 0..2 {
            y[v] = f(x[v]);
        }
        store_turn(r.out.add(i), y, r.count - i);
        a = a.add(2 * r.steps[0]);
        i += TURN;
    }
}

/// A function of whole turns.
#[inline(always)]
pub unsafe fn one_turn(r: &Row, f: impl Fn([v128; 2]) -> [v128; 2]) {
    let mut a = r.operands[0];
    let mut i = 0;
    while i < r.count {
        store_turn(r.out.add(i), f(load_turn(a)), r.count - i);
        a = a.add(2 * r.steps[0]);
        i += TURN;
    }
}

#[inline(always)]
pub unsafe fn two(r: &Row, f: impl Fn(v128, v128) -> v128) {
    let [mut a, mut b, _] = r.operands;
    let mut i = 0;
    while i < r.count {
        let (x, y) = (load_turn(a), load_turn(b));
        let mut z = [zero(); 2];
        for v in 0..2 {
            z[v] = f(x[v], y[v]);
        }
        store_turn(r.out.add(i), z, r.count - i);
        a = a.add(2 * r.steps[0]);
        b = b.add(2 * r.steps[1]);
        i += TURN;
    }
}

#[inline(always)]
pub unsafe fn three(r: &Row, f: impl Fn(v128, v128, v128) -> v128) {
    let [mut a, mut b, mut c] = r.operands;
    let mut i = 0;
    while i < r.count {
        let (x, y, z) = (load_turn(a), load_turn(b), load_turn(c));
        let mut w = [zero(); 2];
        for v in 0..2 {
            w[v] = f(x[v], y[v], z[v]);
        }
        store_turn(r.out.add(i), w, r.count - i);
        a = a.add(2 * r.steps[0]);
        b = b.add(2 * r.steps[1]);
        c = c.add(2 * r.steps[2]);
        i += TURN;
    }
}
