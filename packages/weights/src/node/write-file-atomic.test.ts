import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink, lstat, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

import { openSafetensors } from '../safetensors/open.ts';
import { TemporaryFolder } from '../testing/temporary-folder.ts';
import { saveSafetensors } from './save-safetensors.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

describe('writeFileAtomic', () => {
  it('writes bytes, texts and pieces, and leaves nothing else', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('a');
    await writeFileAtomic(path, Uint8Array.of(1, 2));
    expect(new Uint8Array(await readFile(path))).toEqual(Uint8Array.of(1, 2));
    await writeFileAtomic(pathToFileURL(path), 'ü');
    expect(await readFile(path, 'utf8')).toBe('ü');
    await writeFileAtomic(path, ['ab', Uint8Array.of(99), '']);
    expect(await readFile(path, 'utf8')).toBe('abc');
    async function* pieces(): AsyncGenerator<string> {
      yield 'x';
      yield 'y';
    }
    await writeFileAtomic(path, pieces());
    expect(await readFile(path, 'utf8')).toBe('xy');
    expect(await readdir(folder.path)).toEqual(['a']);
  });

  it('leaves the file of before where something fails, and nothing beside it', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('a');
    await writeFile(path, 'before');
    async function* breaking(): AsyncGenerator<string> {
      yield 'half of it';
      expect(await readFile(path, 'utf8')).toBe('before');
      throw new Error('no more');
    }
    await expect(writeFileAtomic(path, breaking())).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('before');
    expect(await readdir(folder.path)).toEqual(['a']);
    await expect(writeFileAtomic(folder.file('no/such'), 'x')).rejects.toThrow('ENOENT');
    await mkdir(folder.file('full/inner'), { recursive: true });
    await expect(writeFileAtomic(folder.file('full'), 'x')).rejects.toThrow(
      /EISDIR|EEXIST|ENOTEMPTY|EPERM/,
    );
    expect((await readdir(folder.path)).sort()).toEqual(['a', 'full']);
  });

  it('leaves nothing beside the file of before where the process ends itself meanwhile', async () => {
    using folder = new TemporaryFolder();
    await writeFile(folder.file('a'), 'before');
    const own = new URL('write-file-atomic.ts', import.meta.url).href;
    const program = `
      import { readdirSync } from 'node:fs';
      const { writeFileAtomic } = await import(${JSON.stringify(own)});
      async function* pieces() {
        yield 'half of it';
        if (readdirSync('.').length === 4) process.exit(7);
        await new Promise(() => setInterval(() => undefined, 1000));
      }
      await writeFileAtomic('c', 'whole');
      await Promise.all(['a', 'b'].map((path) => writeFileAtomic(path, pieces())));
    `;
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: folder.path, encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([7, '']);
    expect((await readdir(folder.path)).sort()).toEqual(['a', 'c']);
    expect(await readFile(folder.file('a'), 'utf8')).toBe('before');
  });

  it('keeps permissions, and a link a link', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('a');
    await writeFile(path, 'before');
    await chmod(path, 0o666);
    await symlink('a', folder.file('link'));
    await writeFileAtomic(folder.file('link'), 'after');
    expect(await readFile(path, 'utf8')).toBe('after');
    expect((await stat(path)).mode & 0o777).toBe(0o666);
    expect((await lstat(folder.file('link'))).isSymbolicLink()).toBe(true);
  });

  it('lets no reader see a part, while several write', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('a');
    const text = (digit: number): string => String(digit).repeat(100_000);
    await writeFileAtomic(path, text(0));
    const writes = Array.from({ length: 8 }, (_, i) => writeFileAtomic(path, [text(i), '']));
    const seen = await Promise.all(Array.from({ length: 40 }, () => readFile(path, 'utf8')));
    await Promise.all(writes);
    for (const found of seen) expect(found === text(Number(found[0]))).toBe(true);
    expect(await readdir(folder.path)).toEqual(['a']);
  });
});

describe('saveSafetensors', () => {
  it('writes a file that is read back piece by piece', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('model.safetensors');
    const data = Float32Array.of(1, 2, 3);
    await saveSafetensors(
      path,
      { x: { dtype: 'float32', shape: [3], data } },
      { metadata: { a: 'b' } },
    );
    await using read = await openSafetensors(path);
    expect(read.metadata.get('a')).toBe('b');
    expect(await read.tensors.get('x')!.data()).toEqual(data);
  });

  it('reads shards beside their index', async () => {
    using folder = new TemporaryFolder();
    const data = Float32Array.of(1);
    await saveSafetensors(folder.file('b.safetensors'), {
      x: { dtype: 'float32', shape: [1], data },
    });
    const path = folder.file('model.safetensors.index.json');
    await writeFile(path, JSON.stringify({ weight_map: { x: 'b.safetensors' } }));
    for (const location of [path, pathToFileURL(path)]) {
      await using read = await openSafetensors(location);
      expect(await read.tensors.get('x')!.data()).toEqual(data);
    }
  });
});
