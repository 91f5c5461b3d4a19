import type { ByteSource } from '../bytes/byte-source.ts';
import { concatenate } from '../bytes/concatenate.ts';
import { ZipError } from '../errors.ts';
import type { ZipEntry } from './directory.ts';

const localSignature = 0x04034b50;
const localBytes = 30;

/**
 * Where the content of a stored entry begins in the file. Its local header has names and paddings of its own, so it must
 * be read.
 * @throws ZipError for an entry that is compressed or encrypted.
 */
export async function storedOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  if (entry.method !== 0 || entry.isEncrypted) throw notStored(source, entry);
  if (entry.packedSize !== entry.size) {
    throw new ZipError(
      'size',
      source.name,
      `the entry ${JSON.stringify(entry.name)} is stored, in ${entry.packedSize} bytes for ${entry.size}`,
    );
  }
  return contentOffset(source, entry);
}

async function contentOffset(source: ByteSource, entry: ZipEntry): Promise<number> {
  const { headerOffset: start, packedSize, name } = entry;
  const label = JSON.stringify(name);
  if (start + localBytes > source.size) {
    throw new ZipError('truncated', source.name, `the entry ${label} lies behind the file`);
  }
  const bytes = await source.read(start, start + localBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, localBytes);
  if (view.getUint32(0, true) !== localSignature) {
    throw new ZipError('directory', source.name, `there is no entry where ${label} should begin`);
  }
  const offset = start + localBytes + view.getUint16(26, true) + view.getUint16(28, true);
  if (offset + packedSize > source.size) {
    throw new ZipError('truncated', source.name, `the entry ${label} ends behind the file`);
  }
  return offset;
}

/**
 * The content of an entry, unpacked where it is compressed with deflate.
 * @param most bytes of content that are allowed
 * @throws ZipError where the content is longer than `most`, or of another length than the directory says.
 */
export async function readEntry(
  source: ByteSource,
  entry: ZipEntry,
  most: number,
): Promise<Uint8Array> {
  const label = JSON.stringify(entry.name);
  if (entry.size > most) {
    throw new ZipError(
      'size',
      source.name,
      `the entry ${label} has ${entry.size} bytes, more than the ${most} that are allowed`,
    );
  }
  if (entry.method === 0 && !entry.isEncrypted) {
    const offset = await storedOffset(source, entry);
    return source.read(offset, offset + entry.size);
  }
  const bytes = await inflatedStart(source, entry, entry.size + 1);
  if (bytes.length === entry.size) return bytes;
  throw new ZipError(
    'size',
    source.name,
    `the entry ${label} unpacks to ${bytes.length > entry.size ? 'more' : bytes.length} bytes, the directory says ${entry.size}`,
  );
}

/**
 * The first bytes of the content of a compressed entry, `end` of them where it has so many; no more is unpacked.
 * @throws ZipError.
 */
export async function inflatedStart(
  source: ByteSource,
  entry: ZipEntry,
  end: number,
): Promise<Uint8Array> {
  if (entry.method !== 8 || entry.isEncrypted) throw notStored(source, entry);
  const offset = await contentOffset(source, entry);
  const packed = await source.read(offset, offset + entry.packedSize);
  const stream = new Blob([new Uint8Array(packed)])
    .stream()
    .pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  while (length < end) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      const message = `the entry ${JSON.stringify(entry.name)} cannot be unpacked: ${String(cause)}`;
      throw new ZipError('size', source.name, message, { cause });
    });
    if (done) break;
    pieces.push(value.length > end - length ? value.subarray(0, end - length) : value);
    length += pieces[pieces.length - 1]!.length;
  }
  // What is wrong behind the bytes that were asked for is nobody's business.
  await reader.cancel().catch(() => undefined);
  return concatenate(pieces);
}

function notStored(source: ByteSource, entry: ZipEntry): ZipError {
  const how = entry.isEncrypted ? 'encrypted' : `compressed with method ${entry.method}`;
  return new ZipError(
    'compression',
    source.name,
    `the entry ${JSON.stringify(entry.name)} is ${how}`,
  );
}
