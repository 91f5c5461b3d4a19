import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { concatenate } from '../bytes/concatenate.ts';
import { MemorySource } from '../bytes/memory-source.ts';
import { ZipError, type ZipFault } from '../errors.ts';
import { fromBase64, readJson } from '../testing/fixtures.ts';
import { readEntry } from './content.ts';
import { crc32 } from './crc32.ts';
import { readDirectory, type ZipEntry } from './directory.ts';
import { EntrySource } from './entry-source.ts';
import { zipChunks } from './write.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const sourceOf = (bytes: Uint8Array): MemorySource => new MemorySource(bytes, 'a.zip');

async function contents(bytes: Uint8Array): Promise<ReadonlyMap<string, string>> {
  const source = sourceOf(bytes);
  const entries = await readDirectory(source);
  const found = new Map<string, string>();
  for (const [name, entry] of entries) {
    found.set(name, new TextDecoder().decode(await readEntry(source, entry, 1e6)));
  }
  return found;
}

async function faultOf(bytes: Uint8Array): Promise<readonly [ZipFault, string]> {
  try {
    await contents(bytes);
  } catch (error) {
    if (error instanceof ZipError) return [error.fault, error.message];
    throw error;
  }
  throw new Error('it was read');
}

const archive = concatenate(
  zipChunks([
    { name: 'a', bytes: text('first') },
    { name: 'folder/ü', bytes: text('') },
    { name: 'b', bytes: text('last') },
  ]),
);

/** Overwrites bytes from a place on. */
function changed(at: number, ...bytes: readonly number[]): Uint8Array {
  const copy = archive.slice();
  copy.set(bytes, at);
  return copy;
}

const view = new DataView(archive.buffer);
const directoryStart = view.getUint32(archive.length - 6, true);

describe('archives', () => {
  it('are read as they are written', async () => {
    expect(Object.fromEntries(await contents(archive))).toEqual({
      a: 'first',
      'folder/ü': '',
      b: 'last',
    });
    expect(await contents(concatenate(zipChunks([])))).toEqual(new Map());
  });

  it('have a sum that is known', () => {
    // Of ISO 3309's own example.
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
  });

  it.each([1, 4, 64, 4096])('have contents at multiples of %i', async (alignment) => {
    const given = Array.from({ length: 70 }, (_, i) => ({
      name: 'n'.repeat(i + 1),
      bytes: text('x'.repeat(i)),
    }));
    const bytes = concatenate(zipChunks(given, alignment));
    const entries = await readDirectory(sourceOf(bytes));
    const local = new DataView(bytes.buffer);
    for (const { headerOffset } of entries.values()) {
      const start =
        headerOffset +
        30 +
        local.getUint16(headerOffset + 26, true) +
        local.getUint16(headerOffset + 28, true);
      expect(start % alignment).toBe(0);
    }
    expect([...(await contents(bytes)).values()]).toEqual(
      given.map(({ bytes }) => new TextDecoder().decode(bytes)),
    );
  });

  it('of Python are read: compressed, with a comment, with fields of 64 bits', async () => {
    const files = readJson('zip-files.json') as Readonly<Record<string, string>>;
    expect(Object.keys(files)).toEqual(['stored', 'deflated', 'comment', 'streamed', 'zip64']);
    for (const file of Object.values(files)) {
      expect(Object.fromEntries(await contents(fromBase64(file)))).toEqual({
        'a.txt': 'a'.repeat(1000),
        'folder/b.txt': 'b',
      });
    }
  });

  it.each<[string, ZipFault, string, Uint8Array]>([
    ['no bytes', 'truncated', 'no directory', new Uint8Array()],
    [
      'a directory behind the file',
      'truncated',
      'the directory ends at byte',
      changed(archive.length - 6, 0xff, 0xff, 0xff),
    ],
    [
      'fewer entries than it counts',
      'directory',
      'expected 9 entries in the directory, got 3',
      changed(archive.length - 12, 9),
    ],
    ['an entry of another kind', 'directory', 'got 0', changed(directoryStart, 0)],
    [
      'a name that is too long',
      'directory',
      'ends behind the directory',
      changed(directoryStart + 28, 0xff, 0xff),
    ],
    [
      'an entry behind the file',
      'truncated',
      '"a" ends behind the file',
      changed(directoryStart + 42, 0, 0, 0, 1),
    ],
    [
      'a content behind the file',
      'truncated',
      '"a" ends behind the file',
      changed(directoryStart + 20, 0, 0, 1, 0),
    ],
    ['no entry where one should be', 'directory', 'no entry where "a" should begin', changed(0, 0)],
    ['another size than stored', 'size', 'in 5 bytes for 4', changed(directoryStart + 24, 4)],
    ['encryption', 'compression', '"a" is encrypted', changed(directoryStart + 8, 1)],
    [
      'a method that is not known',
      'compression',
      'compressed with method 12',
      changed(directoryStart + 10, 12),
    ],
    [
      'bytes that are not deflate',
      'size',
      '"a" cannot be unpacked',
      changed(directoryStart + 10, 8),
    ],
    [
      'a name twice',
      'duplicate',
      '"a" stands twice',
      concatenate(
        zipChunks([
          { name: 'a', bytes: text('1') },
          { name: 'a', bytes: text('2') },
        ]),
      ),
    ],
  ])('with %s are refused', async (_, fault, message, bytes) => {
    const [found, words] = await faultOf(bytes);
    expect(words).toContain(message);
    expect(words).toMatch(/^a\.zip: /);
    expect(found).toBe(fault);
  });

  it('are refused when cut at any byte', async () => {
    for (let length = 0; length < archive.length; length++) {
      await expect(faultOf(archive.subarray(0, length))).resolves.toBeDefined();
    }
  });
});

describe('EntrySource', () => {
  it('reads the beginning of an entry behind whose end there is something', async () => {
    const packed = deflateRawSync(text('0123456789'));
    const junk = concatenate([packed, text('junk')]);
    const header = concatenate(zipChunks([{ name: 'x', bytes: new Uint8Array() }])).subarray(0, 31);
    const source = sourceOf(concatenate([header, junk]));
    const entry = {
      name: 'x',
      method: 8,
      isEncrypted: false,
      packedSize: junk.length,
      size: 10,
      headerOffset: 0,
    };
    const start = await new EntrySource(source, entry).read(2, 5);
    expect(new TextDecoder().decode(start)).toBe('234');
    await expect(readEntry(source, entry, 100)).rejects.toThrow(ZipError);
  });
});

describe('an entry that unpacks to less than the directory says', () => {
  it('is refused', async () => {
    const packed = deflateRawSync(text('0123456789'));
    const header = concatenate(zipChunks([{ name: 'x', bytes: new Uint8Array() }])).subarray(0, 31);
    const source = sourceOf(concatenate([header, packed]));
    const entry = {
      name: 'x',
      method: 8,
      isEncrypted: false,
      packedSize: packed.length,
      size: 12,
      headerOffset: 0,
    };
    const reading = new EntrySource(source, entry).read(0, 12);
    await expect(reading).rejects.toThrow(
      'a.zip, x: it unpacks to 10 bytes, the directory says 12',
    );
    await expect(reading).rejects.toThrow(ZipError);
  });
});

describe('readEntry', () => {
  const packed = deflateRawSync(new Uint8Array(1_000_000));
  const entry = (size: number): ZipEntry => ({
    name: 'x',
    method: 8,
    isEncrypted: false,
    packedSize: packed.length,
    size,
    headerOffset: 0,
  });
  const header = concatenate(zipChunks([{ name: 'x', bytes: new Uint8Array() }])).subarray(0, 31);
  const source = sourceOf(concatenate([header, packed]));

  it('unpacks no more than the directory says, and no more than is allowed', async () => {
    expect((await readEntry(source, entry(1_000_000), 1_000_000)).length).toBe(1_000_000);
    await expect(readEntry(source, entry(1_000_000), 999_999)).rejects.toThrow(
      'more than the 999999',
    );
    await expect(readEntry(source, entry(10), 100)).rejects.toThrow(
      'unpacks to more bytes, the directory says 10',
    );
    await expect(readEntry(source, entry(1_000_001), 2e6)).rejects.toThrow(
      'to 1000000 bytes, the directory says 1000001',
    );
  });
});
