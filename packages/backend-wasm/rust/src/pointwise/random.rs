//! Counter-based random numbers: Philox 4x32-10 (Salmon et al., SC 2011). tensor-core's `random.ts`
//! is the specification, bit by bit: only +, -, *, / and sqrt of doubles, in the order written
//! there.

use crate::control::interface::shared;
use crate::threads::parallel::{parallel, part, product};

fn philox(seed: u64, block: u64) -> [u32; 4] {
    let (mut key0, mut key1) = (seed as u32, (seed >> 32) as u32);
    let mut c = [block as u32, (block >> 32) as u32, 0, 0];
    for _ in 0..10 {
        let first = 0xd251_1f53u64 * c[0] as u64;
        let second = 0xcd9e_8d57u64 * c[2] as u64;
        c = [
            (second >> 32) as u32 ^ c[1] ^ key0,
            second as u32,
            (first >> 32) as u32 ^ c[3] ^ key1,
            first as u32,
        ];
        key0 = key0.wrapping_add(0x9e37_79b9);
        key1 = key1.wrapping_add(0xbb67_ae85);
    }
    c
}

/// Natural logarithm of x in (0, 1].
fn logarithm(x: f64) -> f64 {
    let mut exponent = 0.0;
    let mut mantissa = x;
    while mantissa < 0.707_106_781_186_547_6 {
        mantissa *= 2.0;
        exponent -= 1.0;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let mut sum = 0.0;
    let mut n = 21.0;
    while n >= 1.0 {
        sum = sum * square + 1.0 / n;
        n -= 2.0;
    }
    2.0 * s * sum + exponent * 0.693_147_180_559_945_3
}

/// Box and Muller's transform.
fn normals(first: u32, second: u32) -> [f64; 2] {
    let radius = square_root(-2.0 * logarithm(((first >> 8) as f64 + 1.0) / 16_777_216.0));
    let turns = ((second >> 8) as f64 / 16_777_216.0) * 4.0;
    let quadrant = (turns + 0.5) as u32;
    let angle = (turns - quadrant as f64) * 1.570_796_326_794_896_6;
    let square = angle * angle;
    let mut sine = 0.0;
    let mut n = 17.0;
    while n >= 3.0 {
        sine = ((sine + 1.0) * -square) / (n * (n - 1.0));
        n -= 2.0;
    }
    sine = (sine + 1.0) * angle;
    let mut cosine = 0.0;
    let mut n = 16.0;
    while n >= 2.0 {
        cosine = ((cosine + 1.0) * -square) / (n * (n - 1.0));
        n -= 2.0;
    }
    cosine += 1.0;
    match quadrant & 3 {
        0 => [radius * cosine, radius * sine],
        1 => [radius * -sine, radius * cosine],
        2 => [radius * -cosine, radius * -sine],
        _ => [radius * sine, radius * -cosine],
    }
}

fn square_root(x: f64) -> f64 {
    use crate::vector::simd::{f64x2_extract_lane, f64x2_splat, f64x2_sqrt};
    f64x2_extract_lane::<0>(f64x2_sqrt(f64x2_splat(x)))
}

shared! {
    "random":
    pub struct Arguments {
        seed: f64,
        offset: f64,
        out: *mut f32,
        count: usize,
        normal: u32,
    }
}

/// Fills `out` from block `offset` of `seed` on, with uniform or (`normal` 1) standard normal
/// numbers.
pub unsafe fn random(a: &Arguments) {
    let (seed, offset) = (a.seed as u64, a.offset as u64);
    let &Arguments { out, count, normal, .. } = a;
    let parts = count.div_ceil(1 << 13);
    let per_number = if normal != 0 { 40 } else { 5 };
    parallel(parts, product([count, per_number]), |chunk, _| {
        let (begin, end) = part(count, 4, parts, chunk);
        let mut i = begin;
        while i < end {
            let words = philox(seed, offset + i as u64 / 4);
            let values = if normal != 0 {
                let (a, b) = (normals(words[0], words[1]), normals(words[2], words[3]));
                [a[0] as f32, a[1] as f32, b[0] as f32, b[1] as f32]
            } else {
                words.map(|w| (w >> 8) as f32 / 16_777_216.0)
            };
            for (k, value) in values.iter().enumerate().take(end - i) {
                out.add(i + k).write(*value);
            }
            i += 4;
        }
    });
}
