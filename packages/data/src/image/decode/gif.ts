/** Bytes in front of the blocks of a GIF file without its colour table. */
const headerBytes = 13;
const extension = 0x21;
const graphicControl = 0xf9;

/** Whether a file is a GIF. */
export function isGif(bytes: Uint8Array): boolean {
  return bytes[0] === 0x47 && bytes[1] === 0x49 && bytes[2] === 0x46;
}

/**
 * The file with a first frame that is nowhere transparent. Decoders give no colour where it is; Pillow, where the alpha
 * is dropped, the one that the palette has there. Source: "Graphics Interchange Format 89a", section 23.
 */
export function withoutTransparency(bytes: Uint8Array): Uint8Array {
  const packed = bytes[10] ?? 0;
  const table = (packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1);
  let at = headerBytes + table;
  while (bytes[at] === extension) {
    if (bytes[at + 1] === graphicControl && ((bytes[at + 3] ?? 0) & 1) === 1) {
      // A slice of one of Node's buffers would be the same memory.
      const opaque = new Uint8Array(bytes);
      opaque[at + 3]! &= 0xfe;
      return opaque;
    }
    at += 2;
    // Blocks of up to 255 bytes, each behind its length, up to one of none.
    for (let size = bytes[at] ?? 0; size > 0; size = bytes[at] ?? 0) at += size + 1;
    at += 1;
  }
  return bytes;
}
