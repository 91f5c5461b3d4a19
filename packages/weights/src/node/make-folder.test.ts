import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { makeFolder } from './make-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-folder-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('makes what is missing and says what it made', async () => {
  const [a, b] = [join(folder, 'a'), join(folder, 'a', 'b')];
  expect(await makeFolder(b)).toEqual([a, b]);
  expect((await stat(b)).isDirectory()).toBe(true);
  expect(await makeFolder(b)).toEqual([]);
});

test('two at once both find it made', async () => {
  const path = join(folder, 'c', 'd', 'e');
  const made = await Promise.all([makeFolder(path), makeFolder(path), makeFolder(path)]);
  expect(new Set(made.flat()).size).toBe(made.flat().length);
  expect((await stat(path)).isDirectory()).toBe(true);
});

test('a file in the way is refused', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(folder, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test('ends where a folder takes no other', async () => {
  const closed = process.platform === 'linux' ? '/proc/x/y' : join(folder, 'file', 'y');
  await expect(makeFolder(closed)).rejects.toThrow(/ENOENT|ENOTDIR/);
});
