import { crc32 } from './crc32.ts';

/** What is to be an entry. */
export interface Content {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const version = 20;
const versionWith64 = 45;
const utf8Flag = 0x0800;
/** Padding in front of the content, by the name that PyTorch gives that field. */
const paddingField = 0x4246;
const most32 = 0xffff_ffff;
/** 1 January 1980, the first day that the format knows: the same entries give the same bytes. */
const date = 0x0021;

/**
 * A zip archive in pieces, each entry stored as it is (PKWARE APPNOTE 6.3.10), its content at a multiple of `alignment`
 * bytes; beyond 4 GiB with the fields of 64 bits.
 */
export function zipChunks(contents: readonly Content[], alignment = 1): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const push = (bytes: Uint8Array): void => {
    chunks.push(bytes);
    offset += bytes.length;
  };
  for (const { name, bytes } of contents) {
    const start = offset;
    const sum = crc32(bytes);
    push(localHeader(name, bytes, sum, start, alignment));
    push(bytes);
    directory.push(directoryEntry(name, bytes, sum, start));
  }
  const directoryStart = offset;
  for (const entry of directory) push(entry);
  push(end(directory.length, directoryStart, offset - directoryStart));
  return chunks;
}

function localHeader(
  name: string,
  bytes: Uint8Array,
  sum: number,
  start: number,
  alignment: number,
): Uint8Array {
  const text = new TextEncoder().encode(name);
  const isLarge = bytes.length >= most32;
  const before = 30 + text.length + (isLarge ? 20 : 0);
  const gap = (alignment - ((start + before) % alignment)) % alignment;
  // A field has four bytes of its own.
  const padding = gap === 0 ? 0 : gap >= 4 ? gap : gap + alignment * Math.ceil(4 / alignment);
  const writer = new Writer(before + padding);
  writer
    .uint32(0x04034b50)
    .uint16(isLarge ? versionWith64 : version)
    .uint16(utf8Flag)
    .uint16(0);
  writer.uint16(0).uint16(date).uint32(sum);
  writer.uint32(isLarge ? most32 : bytes.length).uint32(isLarge ? most32 : bytes.length);
  writer
    .uint16(text.length)
    .uint16((isLarge ? 20 : 0) + padding)
    .bytes(text);
  if (isLarge) writer.uint16(1).uint16(16).uint64(bytes.length).uint64(bytes.length);
  if (padding > 0) writer.uint16(paddingField).uint16(padding - 4);
  return writer.done();
}

function directoryEntry(name: string, bytes: Uint8Array, sum: number, start: number): Uint8Array {
  const text = new TextEncoder().encode(name);
  const large = [bytes.length, bytes.length, start].filter((value) => value >= most32);
  const extra = large.length === 0 ? 0 : 4 + 8 * large.length;
  const writer = new Writer(46 + text.length + extra);
  const needed = extra === 0 ? version : versionWith64;
  writer.uint32(0x02014b50).uint16(needed).uint16(needed).uint16(utf8Flag).uint16(0);
  writer.uint16(0).uint16(date).uint32(sum);
  writer.uint32(Math.min(bytes.length, most32)).uint32(Math.min(bytes.length, most32));
  writer.uint16(text.length).uint16(extra).uint16(0).uint16(0).uint16(0).uint32(0);
  writer.uint32(Math.min(start, most32)).bytes(text);
  if (extra > 0) {
    writer.uint16(1).uint16(extra - 4);
    for (const value of large) writer.uint64(value);
  }
  return writer.done();
}

function end(count: number, start: number, size: number): Uint8Array {
  const isLarge = count >= 0xffff || start >= most32 || size >= most32;
  const writer = new Writer(22 + (isLarge ? 76 : 0));
  if (isLarge) {
    writer.uint32(0x06064b50).uint64(44).uint16(versionWith64).uint16(versionWith64);
    writer.uint32(0).uint32(0).uint64(count).uint64(count).uint64(size).uint64(start);
    writer
      .uint32(0x07064b50)
      .uint32(0)
      .uint64(start + size)
      .uint32(1);
  }
  writer.uint32(0x06054b50).uint16(0).uint16(0);
  writer.uint16(Math.min(count, 0xffff)).uint16(Math.min(count, 0xffff));
  writer.uint32(Math.min(size, most32)).uint32(Math.min(start, most32)).uint16(0);
  return writer.done();
}

/** Writes little-endian numbers one behind the other. */
class Writer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }

  uint16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }

  uint32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }

  uint64(value: number): this {
    return this.uint32(value % 2 ** 32).uint32(Math.floor(value / 2 ** 32));
  }

  bytes(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  done(): Uint8Array {
    return this.#bytes;
  }
}
