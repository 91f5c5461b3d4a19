import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataFileError } from '../errors.ts';
import { FileServer } from '../testing/make-files.ts';
import { setsFolder } from '../testing/sets-folder.ts';
import { ucr } from './ucr.ts';

let folder: string;
const { write } = setsFolder((path) => {
  folder = path;
});

describe('ucr', () => {
  const ts = (labels: string, cases: string) =>
    `@univariate true\n@classLabel true ${labels}\n@data\n${cases}`;

  it('finds a problem by its name, in any of the formats', async () => {
    write({ 'Gun/Gun_TRAIN.ts': ts('a b', '1,2:a\n3,4:b\n'), 'Gun/Gun_TEST.tsv': 'b\t5\t6\n' });
    const { train, test } = await ucr('Gun', { folder });
    expect(train.length).toBe(2);
    expect(test.get(0)).toMatchObject([{ shape: [1, 2] }, 1]);
    expect(await ucr('Gun', { folder: join(folder, 'Gun') })).toMatchObject({
      source: { name: 'Gun' },
    });
  });

  it('refuses a test set with classes of its own, and what is not there', async () => {
    write({ 'G/G_TRAIN.ts': ts('a b', '1:a\n'), 'G/G_TEST.ts': ts('a c', '1:c\n') });
    await expect(ucr('G', { folder })).rejects.toThrow("only train has 'b'; only test has 'c'");
    await expect(ucr('H', { folder })).rejects.toThrow('expected one of the files');
  });
});

describe('ucr by name alone', () => {
  const ts = (cases: string) => `@univariate true\n@classLabel true 1 2\n@data\n${cases}`;
  const train = new TextEncoder().encode(ts('1,2:1\n3,4:2\n'));
  const test = new TextEncoder().encode(ts('5,6:2\n'));
  const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
  /** The record as Zenodo gives it; files are where `base` says. */
  const record = (base: string, sums = [md5(train), md5(test)]): Uint8Array =>
    new TextEncoder().encode(
      JSON.stringify({
        id: 11191244,
        files: ['TRAIN', 'TEST'].map((part, i) => ({
          key: `GunPoint_${part}.ts`,
          size: [train, test][i]!.length,
          checksum: `md5:${sums[i]}`,
          links: { self: `${base}/GunPoint_${part}.ts` },
        })),
      }),
    );
  const files = new Map([
    ['GunPoint_TRAIN.ts', train],
    ['GunPoint_TEST.ts', test],
    ['GunPoint.json', record('https://zenodo.invalid')],
  ]);

  it('takes the record and the files of Zenodo, once', async () => {
    const asked: string[] = [];
    const fetching = (input: unknown): Promise<Response> => {
      const url = String(input);
      asked.push(url);
      const name = url.slice(url.lastIndexOf('/') + 1);
      const bytes = name === '11191244' ? record('https://zenodo.org/x') : files.get(name)!;
      return Promise.resolve(new Response(new Uint8Array(bytes)));
    };
    const shown = new Set<string>();
    const options = {
      cache: folder,
      fetch: fetching as typeof fetch,
      onProgress: ({ file }: { file: string }) => shown.add(file),
    };
    const found = await ucr('GunPoint', options);
    expect([found.train.length, found.test.length, found.test.get(0)[1]]).toEqual([2, 1, 1]);
    expect(asked).toEqual([
      'https://zenodo.org/api/records/11191244',
      'https://zenodo.org/x/GunPoint_TRAIN.ts',
      'https://zenodo.org/x/GunPoint_TEST.ts',
    ]);
    expect([...shown]).toEqual(['GunPoint_TRAIN.ts', 'GunPoint_TEST.ts']);
    expect((await ucr('GunPoint', { cache: folder, offline: true })).train.length).toBe(2);
    expect(asked).toHaveLength(3);
  });

  it('goes on where a connection broke off, on a mirror', async () => {
    await using server = await FileServer.start(files, (request, response, count) => {
      if (!request.url!.endsWith('TRAIN.ts') || count > 2) return false;
      response.writeHead(200, { 'content-length': train.length });
      response.write(train.subarray(0, 20), () => setTimeout(() => response.destroy(), 50));
      return true;
    });
    const { train: found } = await ucr('GunPoint', { cache: folder, mirror: server.url });
    expect(found.length).toBe(2);
    expect(server.requests.slice(0, 2)).toEqual(['GunPoint.json', 'GunPoint_TRAIN.ts']);
    expect(server.requests).toContain('GunPoint_TRAIN.ts bytes=20-');
  });

  it('refuses files of another MD5, records that are none, and names that are none', async () => {
    const changed = new Map(files).set('GunPoint_TEST.ts', test.toReversed());
    await using server = await FileServer.start(changed);
    const options = { cache: folder, mirror: server.url };
    await expect(ucr('GunPoint', options)).rejects.toMatchObject({ fault: 'hash' });
    await expect(ucr('GunPoint', options)).rejects.toThrow(`MD5 does not begin with ${md5(test)}`);
    expect(existsSync(join(folder, 'ucr', 'GunPoint_TEST.ts'))).toBe(false);
    await expect(ucr('GunPoint_eq', options)).rejects.toThrow(
      'the record of GunPoint has no GunPoint_eq_TRAIN.ts; it has GunPoint_TRAIN.ts',
    );
    for (const text of ['<html>log in</html>', '{}', '{ "files": [{ "key": "a" }] }']) {
      await using wrong = await FileServer.start(
        new Map([['Beef.json', new TextEncoder().encode(text)]]),
      );
      const beef = ucr('Beef', { cache: folder, mirror: wrong.url });
      await expect(beef).rejects.toThrow("Beef.json: expected Zenodo's record of Beef");
      expect(existsSync(join(folder, 'ucr', 'Beef.json'))).toBe(false);
    }
    await expect(ucr('Gunpoint', options)).rejects.toThrow("did you mean 'GunPoint'?");
    await expect(ucr('Beef', { cache: folder, offline: true })).rejects.toMatchObject({
      fault: 'offline',
    });
  });

  it('reads a mirror that is a folder, and leaves it as it is', async () => {
    write(Object.fromEntries(files));
    const mirror = folder;
    expect((await ucr('GunPoint', { mirror, cache: join(folder, 'c') })).test.length).toBe(1);
    write({ 'GunPoint.json': '{}' });
    const damaged = ucr('GunPoint', { mirror, cache: join(folder, 'c') });
    await expect(damaged).rejects.toThrow(DataFileError);
    expect(existsSync(join(folder, 'GunPoint.json'))).toBe(true);
  });
});
