//! The two passes of a resize on bytes of red, green and blue, as `src/image/ops/resize.ts` has them in TypeScript, and what
//! makes float32 planes of such bytes, as `src/image/tensor.ts` has it.
//! Weights are in fixed point with 22 bits behind the point.
#![no_std]

use core::arch::wasm32::*;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

const PRECISION: u32 = 22;
const HALF: i32 = 1 << (PRECISION - 1);

/// Four sums as bytes, cut to 0 … 255, in the lowest lanes.
#[inline(always)]
fn to_bytes(sums: v128) -> v128 {
    let words = i32x4_shr(sums, PRECISION);
    let halves = i16x8_narrow_i32x4(words, words);
    u8x16_narrow_i16x8(halves, halves)
}

/// Columns: each of `columns` pixels of `rows` lines is the weighted sum of some of its line. Up to three bytes behind the
/// last pixel are read and written.
///
/// # Safety
/// All pointers are places in memory that hold what they say.
#[no_mangle]
pub unsafe extern "C" fn columns(
    source: *const u8,
    pitch: usize,
    rows: usize,
    starts: *const i32,
    counts: *const i32,
    weights: *const i32,
    stride: usize,
    columns: usize,
    out: *mut u8,
) {
    for row in 0..rows {
        let line = source.add(row * pitch);
        let mut to = out.add(row * columns * 3);
        for column in 0..columns {
            let mut from = line.add(*starts.add(column) as usize * 3);
            let taps = weights.add(column * stride);
            let mut sum = i32x4_splat(HALF);
            for tap in 0..*counts.add(column) as usize {
                let pixel = v128_load32_zero(from.cast());
                let wide = u32x4_extend_low_u16x8(u16x8_extend_low_u8x16(pixel));
                sum = i32x4_add(sum, i32x4_mul(wide, i32x4_splat(*taps.add(tap))));
                from = from.add(3);
            }
            v128_store32_lane::<0>(to_bytes(sum), to.cast());
            to = to.add(3);
        }
    }
}

/// Rows: each of `rows` lines of `line` bytes is the weighted sum of some lines. Up to 15 bytes behind the last line are
/// read and written.
///
/// # Safety
/// All pointers are places in memory that hold what they say.
#[no_mangle]
pub unsafe extern "C" fn rows(
    source: *const u8,
    pitch: usize,
    line: usize,
    starts: *const i32,
    counts: *const i32,
    weights: *const i32,
    stride: usize,
    rows: usize,
    out: *mut u8,
) {
    for row in 0..rows {
        let first = source.add(*starts.add(row) as usize * pitch);
        let taps = weights.add(row * stride);
        let count = *counts.add(row) as usize;
        let to = out.add(row * line);
        let mut at = 0;
        while at < line {
            let mut sums = [i32x4_splat(HALF); 4];
            for tap in 0..count {
                let weight = i32x4_splat(*taps.add(tap));
                let bytes = v128_load(first.add(tap * pitch + at).cast());
                let low = u16x8_extend_low_u8x16(bytes);
                let high = u16x8_extend_high_u8x16(bytes);
                sums[0] = i32x4_add(sums[0], i32x4_mul(u32x4_extend_low_u16x8(low), weight));
                sums[1] = i32x4_add(sums[1], i32x4_mul(u32x4_extend_high_u16x8(low), weight));
                sums[2] = i32x4_add(sums[2], i32x4_mul(u32x4_extend_low_u16x8(high), weight));
                sums[3] = i32x4_add(sums[3], i32x4_mul(u32x4_extend_high_u16x8(high), weight));
            }
            let low = i16x8_narrow_i32x4(i32x4_shr(sums[0], PRECISION), i32x4_shr(sums[1], PRECISION));
            let high = i16x8_narrow_i32x4(i32x4_shr(sums[2], PRECISION), i32x4_shr(sums[3], PRECISION));
            v128_store(to.add(at).cast(), u8x16_narrow_i16x8(low, high));
            at += 16;
        }
    }
}

/// Numbers from 0 to 1 of four bytes that stand in 32 bits each, less the mean, by the deviation.
#[inline(always)]
fn normalised(bytes: v128, mean: v128, std: v128) -> v128 {
    let share = f32x4_div(f32x4_convert_u32x4(bytes), f32x4_splat(255.0));
    f32x4_div(f32x4_sub(share, mean), std)
}

/// Planes: the bytes of each colour of `pixels` pixels, a multiple of 16, as float32 behind one another, normalised by `mean` and
/// `std` of each colour.
///
/// # Safety
/// All pointers are places in memory that hold what they say.
#[no_mangle]
pub unsafe extern "C" fn planes(source: *const u8, pixels: usize, mean: *const f32, std: *const f32, out: *mut f32) {
    for colour in 0..3 {
        let (shift, factor) = (f32x4_splat(*mean.add(colour)), f32x4_splat(*std.add(colour)));
        let plane = out.add(colour * pixels);
        let mut at = 0;
        while at < pixels {
            let from = source.add(at * 3);
            let (a, b, c) = (v128_load(from.cast()), v128_load(from.add(16).cast()), v128_load(from.add(32).cast()));
            // Every third byte of 48; places outside a register give 0.
            let bytes = match colour {
                0 => v128_or(
                    v128_or(
                        u8x16_swizzle(a, u8x16(0, 3, 6, 9, 12, 15, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99)),
                        u8x16_swizzle(b, u8x16(99, 99, 99, 99, 99, 99, 2, 5, 8, 11, 14, 99, 99, 99, 99, 99)),
                    ),
                    u8x16_swizzle(c, u8x16(99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 1, 4, 7, 10, 13)),
                ),
                1 => v128_or(
                    v128_or(
                        u8x16_swizzle(a, u8x16(1, 4, 7, 10, 13, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99)),
                        u8x16_swizzle(b, u8x16(99, 99, 99, 99, 99, 0, 3, 6, 9, 12, 15, 99, 99, 99, 99, 99)),
                    ),
                    u8x16_swizzle(c, u8x16(99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 2, 5, 8, 11, 14)),
                ),
                _ => v128_or(
                    v128_or(
                        u8x16_swizzle(a, u8x16(2, 5, 8, 11, 14, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99)),
                        u8x16_swizzle(b, u8x16(99, 99, 99, 99, 99, 1, 4, 7, 10, 13, 99, 99, 99, 99, 99, 99)),
                    ),
                    u8x16_swizzle(c, u8x16(99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 0, 3, 6, 9, 12, 15)),
                ),
            };
            let low = u16x8_extend_low_u8x16(bytes);
            let high = u16x8_extend_high_u8x16(bytes);
            let to = plane.add(at);
            v128_store(to.cast(), normalised(u32x4_extend_low_u16x8(low), shift, factor));
            v128_store(to.add(4).cast(), normalised(u32x4_extend_high_u16x8(low), shift, factor));
            v128_store(to.add(8).cast(), normalised(u32x4_extend_low_u16x8(high), shift, factor));
            v128_store(to.add(12).cast(), normalised(u32x4_extend_high_u16x8(high), shift, factor));
            at += 16;
        }
    }
}
