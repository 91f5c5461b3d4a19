//! Markers of a file up to its scan (ITU-T T.81, annex B).

use crate::huffman;

/// Pixels of the largest picture that is taken: the memory here is never given back.
const MOST_PIXELS: usize = 1 << 22;

/// Places of coefficients in the order in which a file has them; runs that go too far end in the last.
pub const ZIGZAG: [u8; 80] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63,
    63, 63, 63, 63, 63, 63,
];

#[derive(Clone, Copy)]
pub struct Component {
    /// What the coefficients are multiplied by, in the order of rows.
    pub quantisation: [i16; 64],
    /// Numbers of the tables of codes.
    pub mean_table: usize,
    pub detail_table: usize,
}

pub struct Header {
    pub width: usize,
    pub height: usize,
    /// Pixels of a sample of chroma: 1 or 2.
    pub across: usize,
    pub down: usize,
    /// Units of the scan from restart to restart; 0 where there is none.
    pub restart: usize,
    /// Where the bytes of the scan begin.
    pub scan: usize,
    pub components: [Component; 3],
}

impl Header {
    pub const EMPTY: Header = Header {
        width: 0,
        height: 0,
        across: 1,
        down: 1,
        restart: 0,
        scan: 0,
        components: [Component { quantisation: [0; 64], mean_table: 0, detail_table: 0 }; 3],
    };

    /// Units of the scan from side to side and from top to bottom.
    pub fn units(&self) -> (usize, usize) {
        (self.width.div_ceil(8 * self.across), self.height.div_ceil(8 * self.down))
    }

    /// Blocks of a component in a unit.
    pub fn blocks_of_unit(&self, component: usize) -> (usize, usize) {
        if component == 0 {
            (self.across, self.down)
        } else {
            (1, 1)
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    Some((*bytes.get(at)? as usize) << 8 | *bytes.get(at + 1)? as usize)
}

/// None where the file is not one of those that are decoded here.
pub fn parse(bytes: &[u8]) -> Option<Header> {
    if bytes.get(..2)? != [0xff, 0xd8] {
        return None;
    }
    let mut header = Header::EMPTY;
    let mut quantisation = [None; 4];
    // Which table of quantisation a component has, from the frame.
    let mut quantised_by = None;
    let mut known = [[false; 4]; 2];
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        let length = word(bytes, at + 2)?;
        let segment = bytes.get(at + 4..(at + 2).checked_add(length)?)?;
        at += 2 + length;
        match marker {
            0xc0 | 0xc1 if quantised_by.is_none() => {
                quantised_by = Some(frame(segment, &mut header)?)
            }
            0xc4 => codes(segment, &mut known)?,
            0xda => {
                for (i, table) in quantised_by?.into_iter().enumerate() {
                    header.components[i].quantisation = (*quantisation.get(table)?)?;
                }
                scan(segment, &mut header, &known)?;
                header.scan = at;
                return Some(header);
            }
            0xdb => quantisations(segment, &mut quantisation)?,
            0xdd => header.restart = word(segment, 0)?,
            // Adobe's marker may say that the colours are not YCbCr.
            0xee if segment.get(..5) == Some(b"Adobe") && segment.get(11) != Some(&1) => {
                return None
            }
            0xe0..=0xef | 0xfe => {}
            _ => return None,
        }
    }
}

/// Start of frame: size and chroma. Gives the numbers of the components' tables of quantisation.
fn frame(segment: &[u8], header: &mut Header) -> Option<[usize; 3]> {
    let (&[8, _, _, _, _, 3], components) = segment.split_first_chunk()? else {
        return None;
    };
    header.height = word(segment, 1)?;
    header.width = word(segment, 3)?;
    let &[1, luma, a, 2, 0x11, b, 3, 0x11, c] = components else {
        return None;
    };
    (header.across, header.down) = match luma {
        0x11 => (1, 1),
        0x21 => (2, 1),
        0x22 => (2, 2),
        _ => return None,
    };
    // Chroma of two samples or less is not smoothed.
    let is_taken =
        header.height > 0 && header.width > 8 && header.width * header.height <= MOST_PIXELS;
    is_taken.then_some([a as usize, b as usize, c as usize])
}

fn quantisations(mut segment: &[u8], tables: &mut [Option<[i16; 64]>; 4]) -> Option<()> {
    while let Some((&kind, rest)) = segment.split_first() {
        let values = rest.get(..64)?;
        let table = tables.get_mut(kind as usize)?.insert([0; 64]);
        for (&value, &place) in values.iter().zip(&ZIGZAG) {
            table[place as usize] = value as i16;
        }
        segment = &rest[64..];
    }
    Some(())
}

fn codes(mut segment: &[u8], known: &mut [[bool; 4]; 2]) -> Option<()> {
    while let Some((&kind, rest)) = segment.split_first() {
        let (class, number) = ((kind >> 4) as usize, (kind & 15) as usize);
        *known.get_mut(class)?.get_mut(number)? = true;
        let (counts, rest) = rest.split_first_chunk::<16>()?;
        let total = counts.iter().map(|&count| count as usize).sum();
        huffman::table(class, number).build(counts, rest.get(..total)?, class == 0)?;
        segment = &rest[total..];
    }
    Some(())
}

/// Start of scan: one of all three components and all coefficients, whose tables have come.
fn scan(segment: &[u8], header: &mut Header, known: &[[bool; 4]; 2]) -> Option<()> {
    let &[3, 1, a, 2, b, 3, c, 0, 63, 0] = segment else {
        return None;
    };
    for (component, tables) in header.components.iter_mut().zip([a, b, c]) {
        (component.mean_table, component.detail_table) =
            ((tables >> 4) as usize, (tables & 15) as usize);
        let has = |class: usize, number: usize| known[class].get(number) == Some(&true);
        if !has(0, component.mean_table) || !has(1, component.detail_table) {
            return None;
        }
    }
    Some(())
}
