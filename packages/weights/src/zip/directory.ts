import type { ByteSource } from '../bytes/byte-source.ts';
import { ZipError } from '../errors.ts';

/** An entry of an archive, by its directory. */
export interface ZipEntry {
  readonly name: string;
  /** 0: stored as it is; 8: deflate. */
  readonly method: number;
  readonly isEncrypted: boolean;
  /** Bytes in the archive. */
  readonly packedSize: number;
  /** Bytes of the content. */
  readonly size: number;
  /** Where its local header begins. */
  readonly headerOffset: number;
}

const endSignature = 0x06054b50;
const end64LocatorSignature = 0x07064b50;
const end64Signature = 0x06064b50;
const entrySignature = 0x02014b50;
const endBytes = 22;
const longestComment = 65_535;
const unknown32 = 0xffff_ffff;

/** Whether a file begins as a zip archive does. */
export function isZip(first: Uint8Array): boolean {
  return first[0] === 0x50 && first[1] === 0x4b && first[2] === 3 && first[3] === 4;
}

/**
 * The entries of a zip archive, by name, from the directory at its end (PKWARE APPNOTE 6.3.10, sections 4.3.12 to
 * 4.3.16); archives beyond 4 GiB too.
 * @throws ZipError.
 */
export async function readDirectory(source: ByteSource): Promise<ReadonlyMap<string, ZipEntry>> {
  const { name: file, size: fileSize } = source;
  const { offset, size, count } = await findDirectory(source);
  if (offset + size > fileSize) {
    throw new ZipError(
      'truncated',
      file,
      `the directory ends at byte ${offset + size} of ${fileSize}`,
    );
  }
  const bytes = await source.read(offset, offset + size);
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || view.getUint32(at, true) !== entrySignature) {
      throw new ZipError('directory', file, `expected ${count} entries in the directory, got ${i}`);
    }
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > size) throw new ZipError('directory', file, 'an entry ends behind the directory');
    const name = new TextDecoder().decode(bytes.subarray(at + 46, nameEnd));
    const large = zip64Fields(view, nameEnd, extraEnd, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]);
    const [contentSize, packedSize, headerOffset] = large;
    if (entries.has(name)) {
      throw new ZipError('duplicate', file, `the entry ${JSON.stringify(name)} stands twice`);
    }
    if (headerOffset! + packedSize! > fileSize) {
      throw new ZipError(
        'truncated',
        file,
        `the entry ${JSON.stringify(name)} ends behind the file`,
      );
    }
    entries.set(name, {
      name,
      method: view.getUint16(at + 10, true),
      isEncrypted: (view.getUint16(at + 8, true) & 1) === 1,
      packedSize: packedSize!,
      size: contentSize!,
      headerOffset: headerOffset!,
    });
    at = next;
  }
  return entries;
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const { name, size } = source;
  const start = Math.max(0, size - endBytes - longestComment);
  const tail = await source.read(start, size);
  const view = viewOf(tail);
  let at = tail.length - endBytes;
  // Behind it there may be a comment, which is as long as the record says.
  while (at >= 0 && !(view.getUint32(at, true) === endSignature && fits(view, at))) at--;
  if (at < 0) {
    throw new ZipError(
      'truncated',
      name,
      'there is no directory at the end: the file is cut short',
    );
  }
  const record = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  const isLarge =
    record.count === 0xffff || record.size === unknown32 || record.offset === unknown32;
  if (!isLarge) return record;
  const locator = at - 20;
  // An archive may happen to have just so many entries.
  if (locator < 0 || view.getUint32(locator, true) !== end64LocatorSignature) return record;
  const place = count64(view, locator + 8);
  if (place + 56 > size) {
    throw new ZipError('truncated', name, 'the record of the directory lies behind the file');
  }
  const large = viewOf(await source.read(place, place + 56));
  if (large.getUint32(0, true) !== end64Signature) {
    throw new ZipError(
      'directory',
      name,
      'there is no record of the directory where there should be',
    );
  }
  return { count: count64(large, 32), size: count64(large, 40), offset: count64(large, 48) };
}

function fits(view: DataView, at: number): boolean {
  return at + endBytes + view.getUint16(at + 20, true) === view.byteLength;
}

/** The values of a record, those that do not fit its 32 bits from the extra field 1 (section 4.5.3). */
function zip64Fields(
  view: DataView,
  start: number,
  end: number,
  values: readonly number[],
): readonly number[] {
  if (!values.includes(unknown32)) return values;
  for (let at = start; at + 4 <= end;) {
    const next = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1 && next <= end) {
      let field = at + 4;
      return values.map((value) => {
        if (value !== unknown32 || field + 8 > next) return value;
        field += 8;
        return count64(view, field - 8);
      });
    }
    at = next;
  }
  return values;
}

/** A count of 64 bits; those beyond 2^53 are beyond every file too. */
function count64(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
