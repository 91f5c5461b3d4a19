import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { folderFiles } from './file-source.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-files-'));
  for (const place of ['set/cats', 'elsewhere/more']) {
    await mkdir(join(folder, place), { recursive: true });
    await writeFile(join(folder, place, 'a.wav'), 'abc');
  }
  await symlink(join(folder, 'elsewhere'), join(folder, 'set/dogs'));
  await symlink(join(folder, 'set/cats/a.wav'), join(folder, 'set/cats/b.wav'));
  await symlink(join(folder, 'nowhere'), join(folder, 'set/cats/gone.wav'));
  await symlink(join(folder, 'set'), join(folder, 'set/cats/back'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('folderFiles', () => {
  it('follows links to files and to folders, none of them in a circle', async () => {
    const files = folderFiles(join(folder, 'set'));
    expect((await files.list()).toSorted()).toEqual([
      'cats/a.wav',
      'cats/b.wav',
      'cats/gone.wav',
      'dogs/more/a.wav',
    ]);
    for (const path of ['cats/b.wav', 'dogs/more/a.wav']) {
      expect(new TextDecoder().decode(await files.read(path))).toBe('abc');
    }
  });

  it('says once that something cannot be read, and why', async () => {
    const files = folderFiles(join(folder, 'set'));
    await expect(files.read('cats')).rejects.toThrow(/^cats: cannot be read \(EISDIR: /);
    await expect(files.read('cats/gone.wav')).rejects.toThrow(
      /^cats\/gone\.wav: cannot be read \(ENOENT: /,
    );
    await expect(folderFiles(join(folder, 'nowhere')).list()).rejects.toThrow(
      /cannot be read \(ENOENT: /,
    );
  });
});
