//! Elements of one type as those of another.

use crate::control::element::ElementType;
use crate::control::interface::shared;
use crate::pointwise::integer::wrap_to_integer;
use crate::threads::parallel::{parallel, part};
use crate::vector::simd::*;

shared! {
    "cast":
    pub struct Cast {
        x: *const u8,
        from: ElementType,
        out: *mut u8,
        to: ElementType,
        count: usize,
    }
}

pub unsafe fn cast(a: &Cast) {
    let &Cast { x, from, out, to, count } = a;
    let parts = count.div_ceil(1 << 15);
    parallel(parts, count, |chunk, _| {
        let (begin, end) = part(count, 16, parts, chunk);
        for i in begin..end {
            if from == ElementType::Float32 {
                let value = *(x as *const f32).add(i);
                match to {
                    ElementType::Float32 => (out as *mut f32).add(i).write(value),
                    ElementType::Int32 => {
                        (out as *mut i32).add(i).write(wrap_to_integer(value as f64))
                    }
                    ElementType::Uint8 => out.add(i).write(wrap_to_integer(value as f64) as u8),
                    _ => out.add(i).write((value != 0.0) as u8),
                }
                continue;
            }
            let value = if from == ElementType::Int32 {
                *(x as *const i32).add(i)
            } else {
                *x.add(i) as i32
            };
            match to {
                ElementType::Float32 => (out as *mut f32).add(i).write(value as f32),
                ElementType::Int32 => (out as *mut i32).add(i).write(value),
                ElementType::Uint8 => out.add(i).write(value as u8),
                _ => out.add(i).write((value != 0) as u8),
            }
        }
    });
}

shared! {
    "blend":
    pub struct Blend {
        alpha: f64,
        beta: f64,
        target: *mut u8,
        source: *const u8,
        count: usize,
        /// Of an element.
        bytes: usize,
    }
}

/// target = alpha * target + beta * source.
pub unsafe fn blend(a: &Blend) {
    let (alpha, beta) = (a.alpha as f32, a.beta as f32);
    let (target, source, count) = (a.target as *mut f32, a.source as *const f32, a.count);
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
pub unsafe fn blend_integers(a: &Blend) {
    let &Blend { alpha, beta, target, source, count, bytes } = a;
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
