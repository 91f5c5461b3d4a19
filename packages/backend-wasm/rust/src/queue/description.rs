//! The description of the crate, as a section of the binary, and the number of the interface: binaries and hosts whose
//! numbers differ do not belong together.
//!
//! Each line is a word for what it describes, its name, and what it is made of:
//!
//! ```text
//! constant slackBytes 64
//! numbers joins Sum Product Max Min
//! kernel copy_bytes copyBytes
//! struct copyBytes source:*const u8:0 out:*mut u8:1 count:usize:2 words 3
//! ```
//! Spaces within types are left out.

use crate::control::block::{Control, MOST_THREADS};
use crate::control::call::{AXES, CALLS, Call, HEADER_WORDS};
use crate::control::element::ElementType;
use crate::control::interface::{Numbered, Struct, described};
use crate::convolution::{Pass, WAYS};
use crate::movement::resample;
use crate::pointwise::chain;
use crate::pointwise::op::Op;
use crate::pool::windows;
use crate::product::epilogue::Epilogue;
use crate::product::tile::{most_columns_rows, most_rows};
use crate::queue::kernels::{KERNEL_NAMES, STRUCTS};
use crate::rows::cross_entropy::Reduction;
use crate::rows::reduce::Join;
use crate::vector::simd::SLACK;

/// Longer than the description is.
const ROOM: usize = 1 << 14;

/// A text that is put together by the compiler.
struct Text {
    bytes: [u8; ROOM],
    length: usize,
}

impl Text {
    const fn new() -> Text {
        Text { bytes: [0; ROOM], length: 0 }
    }

    /// Adds a text without the spaces in it.
    const fn word(mut self, text: &str) -> Text {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            if bytes[i] != b' ' {
                self.bytes[self.length] = bytes[i];
                self.length += 1;
            }
            i += 1;
        }
        self
    }

    const fn byte(mut self, byte: u8) -> Text {
        self.bytes[self.length] = byte;
        self.length += 1;
        self
    }

    const fn number(self, number: usize) -> Text {
        let text = if number >= 10 { self.number(number / 10) } else { self };
        text.byte(b'0' + (number % 10) as u8)
    }

    const fn constant(self, name: &str, value: usize) -> Text {
        self.word("constant").byte(b' ').word(name).byte(b' ').number(value).byte(b'\n')
    }

    const fn numbers(self, name: &str, names: &[&str]) -> Text {
        let mut text = self.word("numbers").byte(b' ').word(name);
        let mut i = 0;
        while i < names.len() {
            text = text.byte(b' ').word(names[i]);
            i += 1;
        }
        text.byte(b'\n')
    }

    const fn numbered<T: Numbered>(self) -> Text {
        self.numbers(T::NAME, T::NAMES)
    }

    const fn fields(self, (name, fields, words): Struct) -> Text {
        let mut text = self.word("struct").byte(b' ').word(name);
        let mut i = 0;
        while i < fields.len() {
            let (field, of, word) = fields[i];
            text = text.byte(b' ').word(field).byte(b':').word(of).byte(b':').number(word);
            i += 1;
        }
        text.byte(b' ').word("words").byte(b' ').number(words).byte(b'\n')
    }

    const fn kernels(self) -> Text {
        let mut text = self;
        let mut i = 0;
        while i < KERNEL_NAMES.len() {
            text = text.word("kernel").byte(b' ').word(KERNEL_NAMES[i]);
            text = text.byte(b' ').word(STRUCTS[i].0).byte(b'\n');
            i += 1;
        }
        text
    }

    /// The arguments of kernels, each struct once.
    const fn arguments(self) -> Text {
        let mut text = self;
        let mut i = 0;
        while i < STRUCTS.len() {
            let mut k = 0;
            while !equal(STRUCTS[k].0, STRUCTS[i].0) {
                k += 1;
            }
            if k == i {
                text = text.fields(STRUCTS[i]);
            }
            i += 1;
        }
        text
    }
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

const TEXT: Text = Text::new()
    .constant("calls", CALLS)
    .constant("callWords", size_of::<Call>() / 4)
    .constant("headerWords", HEADER_WORDS)
    .constant("mostAxes", AXES)
    .constant("mostThreads", MOST_THREADS)
    .constant("slackBytes", SLACK)
    .constant("mostRowsOf4", most_rows(4))
    .constant("mostRowsOf8", most_rows(8))
    .constant("mostRowsOf16", most_rows(16))
    .constant("mostColumnsRowsOf4", most_columns_rows(4))
    .constant("mostColumnsRowsOf8", most_columns_rows(8))
    .constant("mostColumnsRowsOf16", most_columns_rows(16))
    .constant("chainRows", chain::ROWS)
    .constant("chainOperands", chain::OPERANDS)
    .constant("chainSlots", chain::SLOTS)
    .constant("chainResults", chain::RESULTS)
    .kernels()
    .numbered::<Op>()
    .numbered::<ElementType>()
    .numbered::<Join>()
    .numbered::<Reduction>()
    .numbered::<Pass>()
    .numbers("ways", WAYS)
    .fields(described::<Control>())
    .arguments()
    .fields(described::<Epilogue>())
    .fields(described::<windows::Axis>())
    .fields(described::<resample::Axis>());

const fn whole<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let mut i = 0;
    while i < N {
        bytes[i] = TEXT.bytes[i];
        i += 1;
    }
    bytes
}

#[used]
#[unsafe(link_section = "convnet-interface")]
static DESCRIPTION: [u8; TEXT.length] = whole();

/// FNV-1a of the description.
const NUMBER: u32 = {
    let mut hash: u32 = 0x811c_9dc5;
    let mut i = 0;
    while i < TEXT.length {
        hash = (hash ^ TEXT.bytes[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    hash
};

#[unsafe(no_mangle)]
pub extern "C" fn interface_number() -> u32 {
    NUMBER
}
