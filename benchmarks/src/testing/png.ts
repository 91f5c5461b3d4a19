import { crc32, deflateSync } from 'node:zlib';

/** A PNG file of one colour: red, green and blue from 0 to 255. */
export function png(width: number, height: number, colour: readonly number[]): Uint8Array {
  const row = [0, ...Array.from({ length: width }, () => colour).flat()];
  const pixels = Uint8Array.from(Array.from({ length: height }, () => row).flat());
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  // 8 bits, true colour.
  size.set([8, 2], 8);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', size),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
