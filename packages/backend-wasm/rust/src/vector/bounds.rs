//! Bounds and signs of lanes.

use crate::vector::simd::*;
use core::mem::transmute;

/// Four floats, in the form that LLVM's functions take.
#[repr(simd)]
#[derive(Clone, Copy)]
struct Floats([f32; 4]);

// The instructions by name. `f32x4_pmin` and `f32x4_pmax` are a comparison and a choice, of which LLVM makes
// `relaxed_min` and `relaxed_max` where it may use them: of NaN and a number these give either.
#[allow(improper_ctypes, reason = "it is LLVM that is called, not C")]
unsafe extern "unadjusted" {
    #[link_name = "llvm.wasm.pmin.v4f32"]
    fn pmin(a: Floats, b: Floats) -> Floats;
    #[link_name = "llvm.wasm.pmax.v4f32"]
    fn pmax(a: Floats, b: Floats) -> Floats;
}

/// The greater of both, `x` where either is NaN. One instruction, unlike the maximum.
#[inline(always)]
pub fn at_least(x: v128, low: v128) -> v128 {
    // SAFETY: both types are 128 bits of any value, and the function is an instruction.
    unsafe { transmute(pmax(transmute(x), transmute(low))) }
}

/// The lesser of both, `x` where either is NaN. One instruction, unlike the minimum.
#[inline(always)]
pub fn at_most(x: v128, high: v128) -> v128 {
    // SAFETY: as above.
    unsafe { transmute(pmin(transmute(x), transmute(high))) }
}

/// `x` within bounds; NaN stays NaN.
#[inline(always)]
pub fn clamped(x: v128, low: v128, high: v128) -> v128 {
    at_most(at_least(x, low), high)
}
