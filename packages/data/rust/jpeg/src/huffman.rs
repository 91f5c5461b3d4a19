//! Codes of variable length (ITU-T T.81, annexes C and F): tables, and the bits that they are looked up by.

/// Bits by which codes are looked up at once.
const FAST: u32 = 10;
const FAST_CODES: usize = 1 << FAST;

/// In the low 5 bits of an entry: how many bits it is. Above: a code without its value, or with it.
const LENGTH: u32 = 31;
const IS_CODE: u32 = 32;

pub struct Table {
    /// 0 where the code is longer. With its value: length of both, run << 8, value << 16. Else: length | IS_CODE, symbol << 8.
    fast: [u32; FAST_CODES],
    /// Of each length: the first code behind those of it, with 16 bits.
    ends: [u32; 17],
    /// Of each length: place of a code's symbol less the code.
    offsets: [i32; 17],
    symbols: [u8; 256],
}

static mut TABLES: [[Table; 4]; 2] = {
    const EMPTY: Table =
        Table { fast: [0; FAST_CODES], ends: [0; 17], offsets: [0; 17], symbols: [0; 256] };
    const ROW: [Table; 4] = [EMPTY; 4];
    [ROW; 2]
};

/// A table of means (class 0) or details (class 1).
pub fn table(class: usize, number: usize) -> &'static mut Table {
    // Built by the header before the scan reads them, on the one thread there is.
    unsafe { &mut (*core::ptr::addr_of_mut!(TABLES))[class][number] }
}

/// A number of `size` bits, of which those that begin with 0 are negative.
#[inline(always)]
fn extended(bits: u32, size: u32) -> i32 {
    let is_negative = (bits >> (size - 1)) ^ 1;
    bits as i32 - ((is_negative << size) as i32 - is_negative as i32)
}

impl Table {
    /// From the number of codes of each length and their symbols. None where they do not fit together.
    pub fn build(&mut self, counts: &[u8; 16], symbols: &[u8], is_mean: bool) -> Option<()> {
        let is_possible = |&symbol: &u8| if is_mean { symbol <= 11 } else { symbol & 15 <= 10 };
        if symbols.len() > 256 || !symbols.iter().all(is_possible) {
            return None;
        }
        self.symbols[..symbols.len()].copy_from_slice(symbols);
        self.fast.fill(0);
        let (mut code, mut place) = (0u32, 0usize);
        for length in 1..=16u32 {
            self.offsets[length as usize] = place as i32 - code as i32;
            for _ in 0..counts[length as usize - 1] {
                if code >= 1 << length {
                    return None;
                }
                if length <= FAST {
                    self.put(code, length, symbols[place] as u32);
                }
                code += 1;
                place += 1;
            }
            self.ends[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Some(())
    }

    fn put(&mut self, code: u32, length: u32, symbol: u32) {
        let rest = FAST - length;
        let size = symbol & 15;
        for behind in 0..1u32 << rest {
            let entry = if size > 0 && size <= rest {
                let value = extended(behind >> (rest - size), size);
                (value as u32) << 16 | (symbol >> 4) << 8 | (length + size)
            } else {
                symbol << 8 | IS_CODE | length
            };
            self.fast[(code << rest | behind) as usize] = entry;
        }
    }
}

/// Bits of a segment without stuffing, the next one in the highest place.
pub struct Bits {
    at: *const u8,
    start: *const u8,
    bits: u64,
    count: u32,
}

impl Bits {
    /// # Safety
    /// Up to 8 bytes are read behind those that are taken.
    pub unsafe fn new(start: *const u8) -> Bits {
        Bits { at: start, start, bits: 0, count: 0 }
    }

    /// Bits that were taken.
    pub fn taken(&self) -> usize {
        (self.at as usize - self.start as usize) * 8 - self.count as usize
    }

    /// At least 56 bits.
    #[inline(always)]
    unsafe fn fill(&mut self) {
        let word = u64::from_be(self.at.cast::<u64>().read_unaligned());
        self.bits |= word >> self.count;
        self.at = self.at.add(((63 - self.count) >> 3) as usize);
        self.count |= 56;
    }

    #[inline(always)]
    fn skip(&mut self, count: u32) {
        self.bits <<= count;
        self.count -= count;
    }

    /// `count` from 1.
    #[inline(always)]
    fn take(&mut self, count: u32) -> u32 {
        let taken = (self.bits >> (64 - count)) as u32;
        self.skip(count);
        taken
    }

    /// A symbol whose code is longer than what is looked up; None where there is no such code.
    #[cold]
    fn long_symbol(&mut self, table: &Table) -> Option<u32> {
        let code = (self.bits >> 48) as u32;
        let length = (FAST as usize + 1..=16).find(|&length| code < table.ends[length])?;
        self.skip(length as u32);
        let place = (code >> (16 - length)) as i32 + table.offsets[length];
        table.symbols.get(place as usize).map(|&symbol| symbol as u32)
    }

    #[inline(always)]
    fn symbol(&mut self, entry: u32, table: &Table) -> Option<u32> {
        if entry == 0 {
            return self.long_symbol(table);
        }
        self.skip(entry & LENGTH);
        Some(entry >> 8)
    }

    /// One block: its mean after `mean`, and its details, into `out` where there are zeros. Gives whether there are details; None
    /// for what is no block.
    #[inline(always)]
    pub unsafe fn block(
        &mut self,
        means: &Table,
        details: &Table,
        mean: &mut i32,
        zigzag: &[u8; 80],
        out: *mut i16,
    ) -> Option<bool> {
        self.fill();
        let entry = means.fast[(self.bits >> (64 - FAST)) as usize];
        if entry != 0 && entry & IS_CODE == 0 {
            self.skip(entry & LENGTH);
            *mean += entry as i32 >> 16;
        } else {
            let size = self.symbol(entry, means)?;
            if size > 0 {
                *mean += extended(self.take(size), size);
            }
        }
        *out = *mean as i16;
        let mut k = 1;
        while k < 64 {
            if self.count < 32 {
                self.fill();
            }
            let entry = details.fast[(self.bits >> (64 - FAST)) as usize];
            if entry != 0 && entry & IS_CODE == 0 {
                self.skip(entry & LENGTH);
                k += (entry >> 8 & 15) as usize;
                *out.add(*zigzag.get_unchecked(k) as usize) = (entry as i32 >> 16) as i16;
                k += 1;
                continue;
            }
            let symbol = self.symbol(entry, details)?;
            let (run, size) = ((symbol >> 4) as usize, symbol & 15);
            if size == 0 {
                if run < 15 {
                    return Some(k > 1);
                }
                k += 16;
                continue;
            }
            k += run;
            *out.add(*zigzag.get_unchecked(k) as usize) = extended(self.take(size), size) as i16;
            k += 1;
        }
        (k == 64).then_some(true)
    }
}
