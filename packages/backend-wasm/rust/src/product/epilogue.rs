//! What follows a convolution or a product while its output is still in cache: the sum with a tensor of its
//! shape, then a pointwise operation.

use crate::control::interface::shared;
use crate::pointwise::float::float_row;
use crate::pointwise::op::Op;
use crate::pointwise::row::Row;
use crate::product::tile::Ending;

shared! {
    "epilogue":
    pub struct Epilogue {
        scalars: [f64; 2],
        /// A tensor in the layout of the output, or null.
        residual: *const f32,
        /// 1 where an operation follows.
        has_op: u32,
        op: Op,
    }
}

impl Epilogue {
    pub const NOTHING: Epilogue =
        Epilogue { scalars: [0.0; 2], residual: core::ptr::null(), has_op: 0, op: Op::Relu };

    pub fn is_nothing(&self) -> bool {
        self.residual.is_null() && self.has_op == 0
    }

    /// The bounds that the operation keeps the result within, where that is all it does. NaN stays NaN.
    fn bounds(&self) -> Option<(f32, f32)> {
        let [low, high] = self.scalars;
        match self.op {
            _ if self.has_op == 0 => None,
            Op::Relu => Some((0.0, f32::INFINITY)),
            Op::Hardtanh => Some((low as f32, high as f32)),
            _ => None,
        }
    }

    /// The bounds, where all that follows is a clamp.
    pub fn clamp(&self) -> Option<(f32, f32)> {
        if self.residual.is_null() { self.bounds() } else { None }
    }

    /// The epilogue in the form that products apply in registers, if it has one.
    pub fn ending(&self, out: *const f32) -> Option<Ending> {
        let clamp = self.bounds();
        let residual =
            if self.residual.is_null() { 0 } else { self.residual as isize - out as isize };
        (self.has_op == 0 || clamp.is_some()).then_some(Ending { residual, clamp })
    }

    /// Works on `count` elements of the output from element `at` on.
    #[inline(always)]
    pub unsafe fn apply(&self, out: *mut f32, at: usize, count: usize) {
        if !self.is_nothing() {
            self.apply_some(out, at, count);
        }
    }

    unsafe fn apply_some(&self, out: *mut f32, at: usize, count: usize) {
        let y = out.add(at);
        let mut row = Row {
            out: y,
            operands: [y, core::ptr::null(), core::ptr::null()],
            steps: [4, 4, 0],
            count,
            scalars: self.scalars,
            condition_shift: 0,
        };
        if !self.residual.is_null() {
            row.operands[1] = self.residual.add(at);
            float_row(Op::Add, &row);
        }
        if self.has_op != 0 {
            float_row(self.op, &row);
        }
    }
}
