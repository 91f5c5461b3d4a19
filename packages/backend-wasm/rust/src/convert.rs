//! Element types: 0 float32, 1 int32, 2 uint8, 3 bool.

use crate::parallel::{parallel, part};
use crate::pointwise_integer::wrap_to_integer;
use crate::simd::*;

const FLOAT: u32 = 0;
const INTEGER: u32 = 1;
const BYTE: u32 = 2;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn cast(x: *const u8, from: u32, out: *mut u8, to: u32, count: usize) {
    let parts = count.div_ceil(1 << 15);
    parallel(parts, count, |chunk, _| {
        let (begin, end) = part(count, 16, parts, chunk);
        for i in begin..end {
            if from == FLOAT {
                let value = *(x as *const f32).add(i);
                match to {
                    FLOAT => (out as *mut f32).add(i).write(value),
                    INTEGER => (out as *mut i32).add(i).write(wrap_to_integer(value as f64)),
                    BYTE => out.add(i).write(wrap_to_integer(value as f64) as u8),
                    _ => out.add(i).write((value != 0.0) as u8),
                }
                continue;
            }
            let value = if from == INTEGER { *(x as *const i32).add(i) } else { *x.add(i) as i32 };
            match to {
                FLOAT => (out as *mut f32).add(i).write(value as f32),
                INTEGER => (out as *mut i32).add(i).write(value),
                BYTE => out.add(i).write(value as u8),
                _ => out.add(i).write((value != 0) as u8),
            }
        }
    });
}

/// target = alpha * target + beta * source.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn blend(
    target: *mut f32,
    source: *const f32,
    count: usize,
    alpha: f32,
    beta: f32,
) {
    let parts = count.div_ceil(1 << 15);
    parallel(parts, count / 4, |chunk, _| {
        let (begin, end) = part(count, 16, parts, chunk);
        let (a, b) = (f32x4_splat(alpha), f32x4_splat(beta));
        let mut i = begin;
        while i < end {
            let added = f32x4_mul(b, load(source.add(i)));
            let value = if alpha == 0.0 {
                added
            } else {
                f32x4_add(f32x4_mul(a, load(target.add(i))), added)
            };
            store_lanes(target.add(i), value, (end - i).min(4));
            i += 4;
        }
    });
}

/// The same for int32 (`bytes` 4) and uint8 or bool (`bytes` 1), in double precision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn blend_integers(
    target: *mut u8,
    source: *const u8,
    count: usize,
    bytes: usize,
    alpha: f64,
    beta: f64,
) {
    for i in 0..count {
        if bytes == 4 {
            let to = (target as *mut i32).add(i);
            let kept = if alpha == 0.0 { 0.0 } else { alpha * *to as f64 };
            to.write(wrap_to_integer(kept + beta * *(source as *const i32).add(i) as f64));
        } else {
            let kept = if alpha == 0.0 { 0.0 } else { alpha * *target.add(i) as f64 };
            target.add(i).write(wrap_to_integer(kept + beta * *source.add(i) as f64) as u8);
        }
    }
}
