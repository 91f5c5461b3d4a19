import { crc32, deflateSync } from 'node:zlib';

/** A file that a visitor chooses, as Playwright takes it. */
export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A grey PNG. `grey` gives 0 to 255 for a place from 0 to 1. */
export function greyPng(
  name: string,
  side: number,
  grey: (x: number, y: number) => number,
): ChosenFile {
  const rows = Buffer.alloc(side * (side + 1));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) rows[y * (side + 1) + 1 + x] = grey(x / side, y / side);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8;
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0)),
  ];
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return { name, mimeType: 'image/png', buffer: Buffer.concat([signature, ...chunks]) };
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}

/** A one as people write it, dark on light paper. */
export const drawnOne = (x: number, y: number): number =>
  Math.abs(x - 0.5) < 0.04 && Math.abs(y - 0.5) < 0.35 ? 30 : 235;

/** A WAV file of 16 bits and one channel. `wave` gives -1 to 1 for a time in seconds. */
export function wav(
  name: string,
  seconds: number,
  wave: (time: number) => number,
  rate = 44_100,
): ChosenFile {
  const count = Math.round(seconds * rate);
  const buffer = Buffer.alloc(44 + 2 * count);
  buffer.write('RIFF', 0);
  buffer.writeUInt32LE(36 + 2 * count, 4);
  buffer.write('WAVEfmt ', 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20);
  buffer.writeUInt16LE(1, 22);
  buffer.writeUInt32LE(rate, 24);
  buffer.writeUInt32LE(2 * rate, 28);
  buffer.writeUInt16LE(2, 32);
  buffer.writeUInt16LE(16, 34);
  buffer.write('data', 36);
  buffer.writeUInt32LE(2 * count, 40);
  for (let i = 0; i < count; i++) {
    buffer.writeInt16LE(Math.round(32_000 * wave(i / rate)), 44 + 2 * i);
  }
  return { name, mimeType: 'audio/wav', buffer };
}

/** What is neither a picture nor a sound nor weights. */
export function noise(name: string, mimeType = 'application/octet-stream'): ChosenFile {
  const buffer = Buffer.from(
    'This is a shopping list: bread, butter, and a convolution.'.repeat(9),
  );
  return { name, mimeType, buffer };
}
