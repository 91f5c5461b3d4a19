//! Thin names for the 128-bit operations that kernels use.

pub use core::arch::wasm32::*;

/// Bytes that may be read (never written) behind any block.
pub const SLACK: usize = 64;
/// The same, where memory is added up.
pub const SLACK_BYTES: u64 = SLACK as u64;

#[inline(always)]
pub unsafe fn load(p: *const f32) -> v128 {
    v128_load(p as *const v128)
}

#[inline(always)]
pub unsafe fn load_splat(p: *const f32) -> v128 {
    v128_load32_splat(p as *const u32)
}

#[inline(always)]
pub unsafe fn store(p: *mut f32, v: v128) {
    v128_store(p as *mut v128, v)
}

/// Stores the first `count` lanes, 0 to 4.
#[inline(always)]
pub unsafe fn store_lanes(p: *mut f32, v: v128, count: usize) {
    match count {
        0 => {}
        1 => v128_store32_lane::<0>(v, p as *mut u32),
        2 => v128_store64_lane::<0>(v, p as *mut u64),
        3 => {
            v128_store64_lane::<0>(v, p as *mut u64);
            v128_store32_lane::<2>(v, p.add(2) as *mut u32);
        }
        _ => store(p, v),
    }
}

/// Floats of one turn of a loop: two vectors, side by side so that V8 can make one of 256 bits of them.
pub const TURN: usize = 8;

#[inline(always)]
pub unsafe fn load_turn(from: *const f32) -> [v128; 2] {
    [load(from), load(from.add(4))]
}

/// Stores what a turn leaves of `count` floats.
#[inline(always)]
pub unsafe fn store_turn(to: *mut f32, y: [v128; 2], count: usize) {
    if count >= TURN {
        store(to, y[0]);
        store(to.add(4), y[1]);
    } else {
        store_lanes(to, y[0], count.min(4));
        store_lanes(to.add(4), y[1], count.saturating_sub(4));
    }
}

/// Floats from which on the engine's own copy and fill, which are calls, beat a loop.
const LONG: usize = 128;

/// Copies `count` floats. Reads up to three behind them.
#[inline(always)]
pub unsafe fn copy(from: *const f32, to: *mut f32, count: usize) {
    if count >= LONG {
        to.copy_from_nonoverlapping(from, count);
        return;
    }
    let mut i = 0;
    while i + 4 <= count {
        store(to.add(i), load(from.add(i)));
        i += 4;
    }
    if i < count {
        store_lanes(to.add(i), load(from.add(i)), count - i);
    }
}

/// Writes `count` zeros.
#[inline(always)]
pub unsafe fn clear(to: *mut f32, count: usize) {
    if count >= LONG {
        to.write_bytes(0, count);
        return;
    }
    let mut i = 0;
    while i + 4 <= count {
        store(to.add(i), zero());
        i += 4;
    }
    if i < count {
        store_lanes(to.add(i), zero(), count - i);
    }
}

#[inline(always)]
pub fn zero() -> v128 {
    f32x4_splat(0.0)
}

/// A constant in all lanes that is read once, where this stands. A constant known to the compiler
/// would be built anew at each use, in loops too.
#[inline(always)]
pub fn held(constant: &f32) -> v128 {
    // SAFETY: a reference is valid for reads.
    f32x4_splat(unsafe { core::ptr::read_volatile(constant) })
}

/// The same in double precision.
#[inline(always)]
pub fn held_double(constant: &f64) -> v128 {
    // SAFETY: a reference is valid for reads.
    f64x2_splat(unsafe { core::ptr::read_volatile(constant) })
}

/// a * b + c, rounded once in the relaxed build and twice in the other. Only for sums of products,
/// where either is within tolerance.
#[inline(always)]
pub fn multiply_add(a: v128, b: v128, c: v128) -> v128 {
    #[cfg(target_feature = "relaxed-simd")]
    {
        f32x4_relaxed_madd(a, b, c)
    }
    #[cfg(not(target_feature = "relaxed-simd"))]
    {
        f32x4_add(f32x4_mul(a, b), c)
    }
}

/// Sum of the four lanes, pairwise.
#[inline(always)]
pub fn sum_lanes(v: v128) -> f32 {
    let high = i32x4_shuffle::<2, 3, 2, 3>(v, v);
    let two = f32x4_add(v, high);
    f32x4_extract_lane::<0>(two) + f32x4_extract_lane::<1>(two)
}

/// Rows become columns.
#[inline(always)]
pub fn transpose4(r: [v128; 4]) -> [v128; 4] {
    let a = i32x4_shuffle::<0, 4, 1, 5>(r[0], r[1]);
    let b = i32x4_shuffle::<2, 6, 3, 7>(r[0], r[1]);
    let c = i32x4_shuffle::<0, 4, 1, 5>(r[2], r[3]);
    let d = i32x4_shuffle::<2, 6, 3, 7>(r[2], r[3]);
    [
        i64x2_shuffle::<0, 2>(a, c),
        i64x2_shuffle::<1, 3>(a, c),
        i64x2_shuffle::<0, 2>(b, d),
        i64x2_shuffle::<1, 3>(b, d),
    ]
}
