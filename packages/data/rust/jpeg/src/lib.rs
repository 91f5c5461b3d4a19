//! Baseline JPEG to red, green and blue, byte for byte as libjpeg-turbo gives them by default (the exact integer transform and
//! smooth chroma), and any rectangle of it for the time that the rectangle takes. A file is read in two steps: `coefficients` reads
//! all of it, so that damage is seen wherever it is; `part` turns the blocks that a rectangle needs into pixels.
//!
//! What is unusual or damaged is refused, and another decoder says what it is: progressive and arithmetic coding, 12 bits, other
//! colours than YCbCr, several scans, other chroma than 4:4:4, 4:2:2 and 4:2:0, bytes too many or too few. Sums are of 32 bits where
//! libjpeg-turbo's wrap at 16: numbers that no encoder writes, of damage that no decoder sees, come out otherwise.
#![no_std]

mod colour;
mod header;
mod huffman;
mod idct;
mod scan;

use header::Header;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}

/// Bytes that a load or store may go past the end of what it is for.
const SLACK: usize = 64;

/// One of the three colours: where its coefficients and its samples are.
#[derive(Clone, Copy)]
pub struct Plane {
    /// Blocks of 8x8 from side to side, whole units of the scan.
    pub columns: usize,
    pub rows: usize,
    /// Samples of the picture itself.
    pub width: usize,
    pub height: usize,
    /// 64 coefficients of each block, in the order of rows.
    pub coefficients: *mut i16,
    /// Of each block: whether it has more than its mean.
    pub detailed: *mut u8,
    /// Samples, `columns` * 8 a row.
    pub samples: *mut u8,
}

struct Picture {
    bytes: *const u8,
    length: usize,
    header: Header,
    planes: [Plane; 3],
    /// Memory for a segment of the file without its stuffing, or for a few lines of chroma.
    scratch: *mut u8,
}

const NO_PLANE: Plane = Plane {
    columns: 0,
    rows: 0,
    width: 0,
    height: 0,
    coefficients: core::ptr::null_mut(),
    detailed: core::ptr::null_mut(),
    samples: core::ptr::null_mut(),
};

static mut PICTURE: Picture = Picture {
    bytes: core::ptr::null(),
    length: 0,
    header: Header::EMPTY,
    planes: [NO_PLANE; 3],
    scratch: core::ptr::null_mut(),
};

fn picture() -> &'static mut Picture {
    // There is one thread, and no function here calls another that asks for it too.
    unsafe { &mut *core::ptr::addr_of_mut!(PICTURE) }
}

/// Reads the header of a file, which stays where it is until its coefficients are read. Gives the bytes of memory that decoding
/// takes, 0 where the file is refused.
///
/// # Safety
/// `bytes` is a place with `length` bytes and 64 more that may be read.
#[no_mangle]
pub unsafe extern "C" fn open(bytes: *const u8, length: usize) -> usize {
    let picture = picture();
    let Some(header) = header::parse(core::slice::from_raw_parts(bytes, length)) else {
        return 0;
    };
    picture.bytes = bytes;
    picture.length = length;
    picture.header = header;
    lay_out(picture, core::ptr::null_mut())
}

#[no_mangle]
pub extern "C" fn width() -> usize {
    picture().header.width
}

#[no_mangle]
pub extern "C" fn height() -> usize {
    picture().header.height
}

/// Places of all memory from `start` on; gives its bytes.
fn lay_out(picture: &mut Picture, start: *mut u8) -> usize {
    let header = &picture.header;
    let mut end = 0;
    let mut place = |bytes: usize| {
        let at = start.wrapping_add(end);
        end += (bytes + SLACK).next_multiple_of(16);
        at
    };
    // Three lines of chroma take 4 bytes a pixel.
    picture.scratch = place((picture.length + scan::OVERRUN).max(4 * header.width + 8 * SLACK));
    let units = header.units();
    for (i, plane) in picture.planes.iter_mut().enumerate() {
        let (across, down) = header.blocks_of_unit(i);
        let (columns, rows) = (units.0 * across, units.1 * down);
        *plane = Plane {
            columns,
            rows,
            width: (header.width * across).div_ceil(header.across),
            height: (header.height * down).div_ceil(header.down),
            coefficients: place(columns * rows * 128).cast(),
            detailed: place(columns * rows),
            samples: place(columns * rows * 64),
        };
    }
    end
}

/// Reads the coefficients of the file that was opened, into memory from `start` on. Gives 1, or 0 where the file is refused.
///
/// # Safety
/// `start`, a multiple of 16, is a place with as many bytes as `open` said.
#[no_mangle]
pub unsafe extern "C" fn coefficients(start: *mut u8) -> u32 {
    let picture = picture();
    lay_out(picture, start);
    let bytes = core::slice::from_raw_parts(picture.bytes, picture.length);
    scan::read(bytes, &picture.header, &picture.planes, picture.scratch).is_some() as u32
}

/// Red, green and blue of a rectangle of the picture whose coefficients were read.
///
/// # Safety
/// The rectangle is within the picture, and `out` a place for its bytes and 64 more.
#[no_mangle]
pub unsafe extern "C" fn part(top: usize, left: usize, rows: usize, columns: usize, out: *mut u8) {
    let Picture { header, planes, scratch, .. } = picture();
    let (bottom, right) = (top + rows, left + columns);
    for (i, plane) in planes.iter().enumerate() {
        // Smooth chroma also takes the samples around.
        let (across, down, more) = if i == 0 { (1, 1, 0) } else { (header.across, header.down, 1) };
        let last_row = ((bottom - 1) / down + more).min(plane.height - 1);
        let last_column = ((right - 1) / across + more).min(plane.width - 1);
        idct::samples(
            plane,
            &header.components[i].quantisation,
            (top / down).saturating_sub(more) / 8..last_row / 8 + 1,
            (left / across).saturating_sub(more) / 8..last_column / 8 + 1,
        );
    }
    colour::convert(planes, (header.across, header.down), top..bottom, left..right, *scratch, out);
}
