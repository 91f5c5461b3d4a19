/**
 * A JPEG file that says it stands upright: the orientation in its EXIF data, where there is one, becomes 1. Browsers turn
 * pictures by it, whatever they are asked. Source: CIPA DC-008 (Exif 2.32), section 4.6; TIFF 6.0, section 2.
 */
export function withoutOrientation(bytes: Uint8Array): Uint8Array {
  const at = orientationOffset(bytes);
  if (at === undefined) return bytes;
  // A slice of one of Node's buffers would be the same memory.
  const upright = new Uint8Array(bytes);
  upright.set(at.littleEndian ? [1, 0] : [0, 1], at.offset);
  return upright;
}

interface Place {
  readonly offset: number;
  readonly littleEndian: boolean;
}

/** Where the two bytes of the orientation stand. */
function orientationOffset(bytes: Uint8Array): Place | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const size = view.getUint16(at + 2);
    const isExif =
      bytes[at + 1] === 0xe1 && view.byteLength >= at + 18 && view.getUint32(at + 4) === 0x45786966;
    if (isExif) return inTiff(view, at + 10);
    at += 2 + size;
  }
  return undefined;
}

function inTiff(view: DataView, start: number): Place | undefined {
  const littleEndian = view.getUint16(start) === 0x4949;
  const first = start + view.getUint32(start + 4, littleEndian);
  if (first + 2 > view.byteLength) return undefined;
  const count = view.getUint16(first, littleEndian);
  for (
    let entry = first + 2;
    entry < first + 2 + 12 * count && entry + 12 <= view.byteLength;
    entry += 12
  ) {
    if (view.getUint16(entry, littleEndian) === 0x0112) return { offset: entry + 8, littleEndian };
  }
  return undefined;
}
