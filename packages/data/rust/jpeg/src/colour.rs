//! Samples to pixels: smooth chroma, then red, green and blue (ITU-T T.871, section 7, in fixed point of 16 bits).

use crate::Plane;
use core::arch::wasm32::*;
use core::ops::Range;

/// Pixels that are converted at a time.
const AT_ONCE: usize = 16;

/// The rectangle of `rows` and `columns`, of chroma whose samples are `pixels` (across, down) wide.
///
/// # Safety
/// The planes have the samples of the rectangle and those around it; `scratch` has 4 bytes for each of its columns.
pub unsafe fn convert(
    planes: &[Plane; 3],
    pixels: (usize, usize),
    rows: Range<usize>,
    columns: Range<usize>,
    scratch: *mut u8,
    out: *mut u8,
) {
    let width = columns.len();
    let room = (planes[0].width + 4 * AT_ONCE).next_multiple_of(16);
    let chroma = [scratch, scratch.add(room)];
    let sums: *mut u16 = scratch.add(2 * room).cast();
    let mut to = out;
    for row in rows {
        let mut lines = [core::ptr::null(); 2];
        for (i, line) in lines.iter_mut().enumerate() {
            let plane = &planes[i + 1];
            *line = if pixels.0 == 1 {
                plane.samples.add(row * plane.columns * 8 + columns.start) as *const u8
            } else {
                smooth(plane, pixels.1, row, &columns, sums, chroma[i]);
                chroma[i].add(columns.start % 2) as *const u8
            };
        }
        let luma = planes[0].samples.add(row * planes[0].columns * 8 + columns.start);
        for x in (0..width).step_by(AT_ONCE) {
            pixels_of(
                v128_load(luma.add(x).cast()),
                v128_load(lines[0].add(x).cast()),
                v128_load(lines[1].add(x).cast()),
                to.add(x * 3),
            );
        }
        to = to.add(width * 3);
    }
}

/// A line of chroma from the even column at or before `columns`: a sample's half is 3 parts of it and 1 of its neighbour, so down
/// and so across, rounded as libjpeg does it, up and down in turns.
unsafe fn smooth(
    plane: &Plane,
    down: usize,
    row: usize,
    columns: &Range<usize>,
    sums: *mut u16,
    out: *mut u8,
) {
    let pitch = plane.columns * 8;
    let near = row / down;
    let (first, last) = (columns.start / 2, (columns.end - 1) / 2);
    let count = last - first + 1;
    // One neighbour before the first and one behind the last.
    let before = first.saturating_sub(1);
    let to = sums.add(before + 1 - first);
    let line = plane.samples.add(near * pitch + before);
    if down == 1 {
        for i in (0..count + 2).step_by(8) {
            let samples = v128_load64_zero(line.add(i).cast());
            v128_store(to.add(i).cast(), u16x8_extend_low_u8x16(samples));
        }
    } else {
        let far =
            if row % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(plane.height - 1) };
        let other = plane.samples.add(far * pitch + before);
        for i in (0..count + 2).step_by(8) {
            let samples = u16x8_extend_low_u8x16(v128_load64_zero(line.add(i).cast()));
            let others = u16x8_extend_low_u8x16(v128_load64_zero(other.add(i).cast()));
            v128_store(to.add(i).cast(), i16x8_add(i16x8_mul(samples, i16x8_splat(3)), others));
        }
    }
    // Behind the edge of the picture are the samples of the edge.
    if first == 0 {
        *sums = *sums.add(1);
    }
    if last + 1 == plane.width {
        *sums.add(count + 1) = *sums.add(count);
    }
    if down == 1 {
        spread::<2>(sums, count, i16x8_splat(1), i16x8_splat(2), out);
    } else {
        spread::<4>(sums, count, i16x8_splat(8), i16x8_splat(7), out);
    }
}

/// Two of each of `count` numbers behind the first: 3 parts of it and 1 of the one before or behind, of which there are 2^SHIFT.
#[inline(always)]
unsafe fn spread<const SHIFT: u32>(
    sums: *const u16,
    count: usize,
    left: v128,
    right: v128,
    out: *mut u8,
) {
    for i in (0..count).step_by(8) {
        let own = i16x8_mul(v128_load(sums.add(i + 1).cast()), i16x8_splat(3));
        let before = i16x8_add(v128_load(sums.add(i).cast()), left);
        let behind = i16x8_add(v128_load(sums.add(i + 2).cast()), right);
        let even = u16x8_shr(i16x8_add(own, before), SHIFT);
        let odd = u16x8_shr(i16x8_add(own, behind), SHIFT);
        v128_store(out.add(2 * i).cast(), v128_or(even, i16x8_shl(odd, 8)));
    }
}

/// (x * factor + 2^15) / 2^16, rounded down.
#[inline(always)]
fn scaled(x: v128, factor: i16) -> v128 {
    let (factor, half) = (i16x8_splat(factor), i32x4_splat(1 << 15));
    i16x8_narrow_i32x4(
        i32x4_shr(i32x4_add(i32x4_extmul_low_i16x8(x, factor), half), 16),
        i32x4_shr(i32x4_add(i32x4_extmul_high_i16x8(x, factor), half), 16),
    )
}

/// Red, green and blue, in 16 bits, of eight pixels.
#[inline(always)]
fn colours(y: v128, cb: v128, cr: v128) -> [v128; 3] {
    let half = i32x4_splat(1 << 15);
    // Factors beyond 16 bits, less whole ones: 1.402 = 1 + 0.402, 1.772 = 2 - 0.228, -0.71414 = -1 + 0.28586.
    let red = i16x8_add(i16x8_add(y, cr), scaled(cr, 26345));
    let blue = i16x8_add(i16x8_add(y, i16x8_shl(cb, 1)), scaled(cb, -14942));
    let factors = i16x8(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734);
    let low = i32x4_dot_i16x8(i16x8_shuffle::<0, 8, 1, 9, 2, 10, 3, 11>(cb, cr), factors);
    let high = i32x4_dot_i16x8(i16x8_shuffle::<4, 12, 5, 13, 6, 14, 7, 15>(cb, cr), factors);
    let both = i16x8_narrow_i32x4(
        i32x4_shr(i32x4_add(low, half), 16),
        i32x4_shr(i32x4_add(high, half), 16),
    );
    [red, i16x8_add(i16x8_sub(y, cr), both), blue]
}

/// 16 pixels, 48 bytes.
#[inline(always)]
unsafe fn pixels_of(y: v128, cb: v128, cr: v128, out: *mut u8) {
    let middle = i16x8_splat(128);
    let low = colours(
        u16x8_extend_low_u8x16(y),
        i16x8_sub(u16x8_extend_low_u8x16(cb), middle),
        i16x8_sub(u16x8_extend_low_u8x16(cr), middle),
    );
    let high = colours(
        u16x8_extend_high_u8x16(y),
        i16x8_sub(u16x8_extend_high_u8x16(cb), middle),
        i16x8_sub(u16x8_extend_high_u8x16(cr), middle),
    );
    let r = u8x16_narrow_i16x8(low[0], high[0]);
    let g = u8x16_narrow_i16x8(low[1], high[1]);
    let b = u8x16_narrow_i16x8(low[2], high[2]);
    let first = i8x16_shuffle::<0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5>(r, g);
    let second = i8x16_shuffle::<21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26>(r, g);
    let third = i8x16_shuffle::<0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0>(r, g);
    v128_store(
        out.cast(),
        i8x16_shuffle::<0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15>(first, b),
    );
    v128_store(
        out.add(16).cast(),
        i8x16_shuffle::<0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15>(second, b),
    );
    v128_store(
        out.add(32).cast(),
        i8x16_shuffle::<26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31>(third, b),
    );
}
