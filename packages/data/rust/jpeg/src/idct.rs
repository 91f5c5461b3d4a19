//! Coefficients to samples: the inverse cosine transform in integers of C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical Fast
//! 1-D DCT Algorithms with 11 Multiplications", 1989, with constants of 13 bits, two bits kept between the passes. Each output
//! is a sum of products of the inputs, which gives the same whole numbers as the paper's order.

use crate::Plane;
use core::arch::wasm32::*;
use core::ops::Range;

const BITS: u32 = 13;
const BETWEEN: u32 = 2;

/// Samples of the blocks in `rows` and `columns`.
///
/// # Safety
/// The plane has these blocks.
pub unsafe fn samples(
    plane: &Plane,
    quantisation: &[i16; 64],
    rows: Range<usize>,
    columns: Range<usize>,
) {
    let pitch = plane.columns * 8;
    for row in rows {
        for column in columns.clone() {
            let place = row * plane.columns + column;
            let source = plane.coefficients.add(place * 64);
            let out = plane.samples.add(row * 8 * pitch + column * 8);
            if *plane.detailed.add(place) == 0 {
                flat(*source as i32 * quantisation[0] as i32, out, pitch);
            } else {
                block(source, quantisation, out, pitch);
            }
        }
    }
}

/// A block that is its mean: what `block` makes of it.
unsafe fn flat(mean: i32, out: *mut u8, pitch: usize) {
    let value = ((mean + 4) >> 3) + 128;
    let line = u8x16_splat(value.clamp(0, 255) as u8);
    for row in 0..8 {
        v128_store64_lane::<0>(line, out.add(row * pitch).cast());
    }
}

unsafe fn block(source: *const i16, quantisation: &[i16; 64], out: *mut u8, pitch: usize) {
    let mut rows = [i16x8_splat(0); 8];
    for (i, row) in rows.iter_mut().enumerate() {
        let steps = v128_load(quantisation.as_ptr().add(i * 8).cast());
        *row = i16x8_mul(v128_load(source.add(i * 8).cast()), steps);
    }
    let rows = transposed(transform::<{ BITS - BETWEEN }>(rows));
    let rows = transposed(transform::<{ BITS + BETWEEN + 3 }>(rows));
    for (i, &row) in rows.iter().enumerate() {
        let shifted = i16x8_add_sat(row, i16x8_splat(128));
        v128_store64_lane::<0>(u8x16_narrow_i16x8(shifted, shifted), out.add(i * pitch).cast());
    }
}

#[inline(always)]
fn low(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(a, b)
}

#[inline(always)]
fn high(a: v128, b: v128) -> v128 {
    i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(a, b)
}

/// Sums of 32 bits, of the lower and the upper four columns.
type Sums = [v128; 2];

/// a * x + b * y of pairs of inputs that stand in turns.
#[inline(always)]
fn weighed(pairs: Sums, x: i16, y: i16) -> Sums {
    let weights = i16x8(x, y, x, y, x, y, x, y);
    [i32x4_dot_i16x8(pairs[0], weights), i32x4_dot_i16x8(pairs[1], weights)]
}

#[inline(always)]
fn sum(a: Sums, b: Sums) -> Sums {
    [i32x4_add(a[0], b[0]), i32x4_add(a[1], b[1])]
}

#[inline(always)]
fn difference(a: Sums, b: Sums) -> Sums {
    [i32x4_sub(a[0], b[0]), i32x4_sub(a[1], b[1])]
}

/// One pass along the columns, divided by 2^SHIFT and rounded.
#[inline(always)]
fn transform<const SHIFT: u32>(rows: [v128; 8]) -> [v128; 8] {
    let pairs = |a: usize, b: usize| [low(rows[a], rows[b]), high(rows[a], rows[b])];
    let half = [i32x4_splat(1 << (SHIFT - 1)); 2];
    let one = 1 << BITS;
    let (outer, inner) = (pairs(0, 4), pairs(2, 6));
    let (plus, minus) = (sum(weighed(outer, one, one), half), sum(weighed(outer, one, -one), half));
    // 0.5412, and with 0.7654 and -1.8478 added to it.
    let (wide, narrow) = (weighed(inner, 4433 + 6270, 4433), weighed(inner, 4433, 4433 - 15137));
    let even =
        [sum(plus, wide), sum(minus, narrow), difference(minus, narrow), difference(plus, wide)];
    let (a, b) = (pairs(1, 3), pairs(5, 7));
    // The constants of the paper, added up for each input: 0.2986, 0.3902, 0.9, 1.1759, 1.5013, 1.9616, 2.0531, 2.5629, 3.0727.
    let odd = [
        sum(weighed(a, 12299 - 7373 - 3196 + 9633, 9633), weighed(b, -3196 + 9633, -7373 + 9633)),
        sum(
            weighed(a, 9633, 25172 - 20995 - 16069 + 9633),
            weighed(b, -20995 + 9633, -16069 + 9633),
        ),
        sum(weighed(a, -3196 + 9633, -20995 + 9633), weighed(b, 16819 - 20995 - 3196 + 9633, 9633)),
        sum(weighed(a, -7373 + 9633, -16069 + 9633), weighed(b, 9633, 2446 - 7373 - 16069 + 9633)),
    ];
    let done =
        |sums: Sums| i16x8_narrow_i32x4(i32x4_shr(sums[0], SHIFT), i32x4_shr(sums[1], SHIFT));
    [
        done(sum(even[0], odd[0])),
        done(sum(even[1], odd[1])),
        done(sum(even[2], odd[2])),
        done(sum(even[3], odd[3])),
        done(difference(even[3], odd[3])),
        done(difference(even[2], odd[2])),
        done(difference(even[1], odd[1])),
        done(difference(even[0], odd[0])),
    ]
}

/// Rows as columns.
#[inline(always)]
fn transposed(rows: [v128; 8]) -> [v128; 8] {
    // Three times the halves are put together in turns.
    let turn = |r: [v128; 8]| {
        [
            low(r[0], r[4]),
            high(r[0], r[4]),
            low(r[1], r[5]),
            high(r[1], r[5]),
            low(r[2], r[6]),
            high(r[2], r[6]),
            low(r[3], r[7]),
            high(r[3], r[7]),
        ]
    };
    turn(turn(turn(rows)))
}
