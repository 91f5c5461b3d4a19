//! The scan: blocks of all three components, unit by unit, from restart to restart.

use crate::header::{Header, ZIGZAG};
use crate::huffman::{self, Bits};
use crate::Plane;
use core::arch::wasm32::*;

/// Bytes behind a segment that may be read before it is seen that it has ended: those of one unit of six blocks.
pub const OVERRUN: usize = 6 * 64 * 27 / 8 + 64;

/// Reads all coefficients. None where there are not as many as there must be, or more.
///
/// # Safety
/// The planes have room for whole units, `scratch` for the file and `OVERRUN` more.
pub unsafe fn read(
    bytes: &[u8],
    header: &Header,
    planes: &[Plane; 3],
    scratch: *mut u8,
) -> Option<()> {
    let units = header.units();
    let total = units.0 * units.1;
    let step = if header.restart == 0 { total } else { header.restart };
    let mut at = header.scan;
    let mut number = 0;
    for first in (0..total).step_by(step) {
        let last = (first + step).min(total);
        let (length, marker) = unstuffed(bytes, &mut at, scratch)?;
        segment(scratch, length, header, planes, units.0, first..last)?;
        let expected = if last == total { 0xd9 } else { 0xd0 + number };
        if marker != expected {
            return None;
        }
        number = (number + 1) % 8;
    }
    Some(())
}

/// Copies the bytes up to the next marker without the zeros that are stuffed behind 255. Gives their number and the marker.
unsafe fn unstuffed(bytes: &[u8], at: &mut usize, out: *mut u8) -> Option<(usize, u8)> {
    let ones = u8x16_splat(255);
    let mut to = out;
    while *at < bytes.len() {
        let chunk = v128_load(bytes.as_ptr().add(*at).cast());
        v128_store(to.cast(), chunk);
        let found = u8x16_bitmask(u8x16_eq(chunk, ones));
        let clear = if found == 0 { 16 } else { found.trailing_zeros() as usize };
        *at += clear;
        to = to.add(clear);
        if found == 0 {
            continue;
        }
        let marker = *bytes.get(*at + 1)?;
        *at += 2;
        if marker != 0 {
            return Some((to as usize - out as usize, marker));
        }
        *to = 255;
        to = to.add(1);
    }
    None
}

/// Units without a restart between.
unsafe fn segment(
    start: *const u8,
    length: usize,
    header: &Header,
    planes: &[Plane; 3],
    units_across: usize,
    units: core::ops::Range<usize>,
) -> Option<()> {
    let mut bits = Bits::new(start);
    let mut means = [0; 3];
    let zigzag = &ZIGZAG;
    for unit in units {
        let (row, column) = (unit / units_across, unit % units_across);
        for (i, plane) in planes.iter().enumerate() {
            let component = &header.components[i];
            let tables = (
                huffman::table(0, component.mean_table),
                huffman::table(1, component.detail_table),
            );
            let (across, down) = header.blocks_of_unit(i);
            for block in 0..across * down {
                let (x, y) = (column * across + block % across, row * down + block / across);
                let place = y * plane.columns + x;
                let out = plane.coefficients.add(place * 64);
                for part in 0..8 {
                    v128_store(out.add(part * 8).cast(), i16x8_splat(0));
                }
                *plane.detailed.add(place) =
                    bits.block(tables.0, tables.1, &mut means[i], zigzag, out)? as u8;
            }
        }
        if bits.taken() > length * 8 {
            return None;
        }
    }
    // What is left over fills the last byte.
    (length * 8 - bits.taken() < 8).then_some(())
}
