import { open } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { DataFileError } from '../errors.ts';

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;

/**
 * One file of a zip archive, without reading the others (PKWARE, APPNOTE.TXT, 4.3).
 *
 * @throws DataFileError with fault 'missing' where it has no such file, 'content' where it is damaged.
 */
export async function readZipEntry(path: string, name: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { size } = await file.stat();
  const read = async (from: number, count: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, from);
    return buffer.subarray(0, bytesRead);
  };
  const refuse = (message: string): DataFileError => new DataFileError('content', path, message);
  // Behind the last record a comment of up to 65,535 bytes may stand.
  const tailStart = Math.max(size - 65_557, 0);
  const tail = await read(tailStart, size - tailStart);
  let end = tail.length - 22;
  while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end--;
  if (end < 0) throw refuse('expected a zip archive, its directory is missing');
  const directory = await read(tail.readUInt32LE(end + 16), tail.readUInt32LE(end + 12));
  const names: string[] = [];
  for (let at = 0; at + 46 <= directory.length;) {
    if (directory.readUInt32LE(at) !== entrySignature) throw refuse('the directory is damaged');
    const nameLength = directory.readUInt16LE(at + 28);
    const entry = directory.toString('utf8', at + 46, at + 46 + nameLength);
    if (entry === name) {
      const method = directory.readUInt16LE(at + 10);
      const packedSize = directory.readUInt32LE(at + 20);
      const local = directory.readUInt32LE(at + 42);
      const head = await read(local, 30);
      if (head.length < 30 || head.readUInt32LE(0) !== localSignature)
        throw refuse(`'${name}' is damaged`);
      const start = local + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
      const packed = await read(start, packedSize);
      if (packed.length < packedSize) throw refuse(`'${name}' is cut short`);
      if (method === 0) return packed;
      if (method !== 8)
        throw refuse(`'${name}' is compressed by method ${method}, expected 0 or 8`);
      try {
        return inflateRawSync(packed);
      } catch (error) {
        throw refuse(`'${name}' cannot be decompressed: ${String(error)}`);
      }
    }
    names.push(entry);
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new DataFileError(
    'missing',
    path,
    `has no file '${name}'; it has ${names.slice(0, 5).join(', ')}`,
  );
}
