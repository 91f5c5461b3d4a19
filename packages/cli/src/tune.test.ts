import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TileTable } from '@convnet/backend-webgpu';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { openDevice } from './device/open-device.ts';
import { keptTiles, tileFolder, tilePath } from './device/tile-store.ts';
import { run } from './run.ts';
import { convnet, convnetHere } from './testing/command.ts';
import { fakeGpu } from './testing/fake-gpu.ts';

const adapter = { description: 'Example GPU 7', vendor: 'example', architecture: 'seventh' };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-tune-'));
  vi.stubEnv('CONVNET_WEBGPU_TILES', join(folder, 'tiles'));
  vi.stubGlobal('navigator', { gpu: fakeGpu(adapter) });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await rm(folder, { recursive: true, force: true });
});

const quick = ['tune', '--seconds', '0.01'];

/** What opening WebGPU says of itself. */
async function described(): Promise<string> {
  const { device, description } = await openDevice('webgpu');
  device.dispose();
  return description;
}

describe('tune', () => {
  test('measures, says what it found, and keeps it for the next command', async () => {
    expect(await described()).toBe('webgpu (Example GPU 7)');
    const { code, out, error } = await convnetHere(quick);
    expect(code).toBe(0);
    expect(error).toContain('device: webgpu (Example GPU 7)\n');
    expect(error).toMatch(/^large: 64x64x16 of 8x4 [\d.]+ GFLOP\/s$/m);
    expect(out.split('\n')).toHaveLength(7);
    expect(out).toMatch(/^products +tile +GFLOP\/s +gain\nconvolutions of 64 channels and more +/);
    const [file] = await readdir(join(folder, 'tiles'));
    expect(error).toContain(`kept in ${join(folder, 'tiles', file!)}\n`);
    expect(await described()).toBe('webgpu (Example GPU 7; tiles of convnet tune)');
  });

  test('Ctrl-C ends it, and what was kept before stands', async () => {
    await convnetHere(quick);
    const before = (await keptTiles(adapter)).table;
    let said = '';
    const code = await run(['tune', '--seconds', '20'], {
      out: { write: (text) => (said += text) },
      error: {
        write: (text) => {
          said += text;
          if (text.startsWith('large: ') && !said.includes('interrupted')) process.emit('SIGINT');
        },
      },
    });
    expect(code).toBe(130);
    expect(said).toMatch(
      /interrupted; nothing is kept of this measurement; what was kept before stands\n$/,
    );
    expect((await keptTiles(adapter)).table).toEqual(before);
  });

  test('--json prints the table that is kept', async () => {
    const { out } = await convnetHere([...quick, '--json']);
    const table = JSON.parse(out) as TileTable;
    expect(table).toMatchObject({ version: 1, adapter: 'Example GPU 7' });
    expect((await keptTiles(adapter)).table).toEqual(table);
  });

  test('a table serves its own adapter, driver and version alone', async () => {
    await convnetHere(quick);
    for (const other of [
      { ...adapter, description: 'Example GPU 7, newer driver' },
      { ...adapter, vendor: 'other' },
      { ...adapter, architecture: 'eighth' },
    ]) {
      vi.stubGlobal('navigator', { gpu: fakeGpu(other) });
      expect(await described()).not.toContain('tune');
    }
  });

  test('--forget removes it', async () => {
    await convnetHere(quick);
    expect(await convnetHere(['tune', '--forget'])).toMatchObject({ code: 0, out: 'forgotten\n' });
    expect(await described()).toBe('webgpu (Example GPU 7)');
    const { out } = await convnetHere(['tune', '--forget']);
    expect(out).toBe('nothing was kept for this adapter\n');
  });

  test('software is said to be that', async () => {
    vi.stubGlobal('navigator', { gpu: fakeGpu({ ...adapter, isFallbackAdapter: true }) });
    expect((await convnetHere(quick)).error).toContain('this adapter is software');
  });
});

describe('a table that does not serve is named, and the device opens without it', () => {
  test.each([
    ['damaged', '{', 'cannot be read'],
    ['empty', 'null', 'is no table of tiles for this adapter'],
    ['of another form', '{ "format": "convnet WebGPU tiles 9" }', 'is no table of tiles'],
  ])('%s', async (_, text, problem) => {
    await mkdir(tileFolder(), { recursive: true });
    await writeFile(tilePath(adapter), text);
    const description = await described();
    expect(description).toContain(problem);
    expect(description).toContain('not used');
  });

  test.each([
    ['adapter', null],
    ['table', null],
    ['table', 5],
    ['table', []],
  ])('one whose %s is %j', async (name, value) => {
    await convnetHere(quick);
    const path = tilePath(adapter);
    const file = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...file, [name]: value }));
    expect(await described()).toContain('is no table of tiles for this adapter: not used');
  });

  test('one whose tiles do not fit', async () => {
    await convnetHere(quick);
    const path = tilePath(adapter);
    const file = JSON.parse(await readFile(path, 'utf8')) as { table: { tiles: object } };
    file.table.tiles = { ...file.table.tiles, large: { m: 3, n: 4, k: 4, tm: 4, tn: 4 } };
    await writeFile(path, JSON.stringify(file));
    expect(await described()).toContain('wrong at tiles.tiles.large: m should be');
  });
});

describe('is said in one line', () => {
  test.each([
    ['a time that is none', ['tune', '--seconds', '0'], 2, 'Expected a number above 0.'],
    ['an unknown option', ['tune', '--second', '3'], 2, '--seconds'],
    ['what contradicts', ['tune', '--forget', '--json'], 2, 'cannot be used with option'],
    ['an argument', ['tune', 'now'], 2, 'too many arguments'],
  ])('%s', async (_, args, code, text) => {
    const ended = await convnetHere(args);
    expect(ended.code).toBe(code);
    expect(ended.error).toContain(text);
  });

  test('no adapter', async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve(null) } });
    const { code, error } = await convnetHere(quick);
    expect(code).toBe(1);
    expect(error).toBe('error: webgpu: there is no adapter; --device wasm works everywhere\n');
  });

  test('an adapter that never comes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubGlobal('navigator', { gpu: { requestAdapter: () => new Promise(() => undefined) } });
    const ended = convnetHere(quick);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    const { code, error } = await ended;
    expect(code).toBe(1);
    expect(error).toContain('webgpu: no adapter came within 60 s: the driver hangs');
  });

  test('a folder that cannot be written to', async () => {
    await writeFile(join(folder, 'file'), '');
    vi.stubEnv('CONVNET_WEBGPU_TILES', join(folder, 'file', 'tiles'));
    const { code, error } = await convnetHere(quick);
    expect(code).toBe(1);
    expect(error).toContain('error: tables of tiles cannot be written to');
    expect(error).toContain('CONVNET_WEBGPU_TILES names another folder');
    expect(error).not.toContain('GFLOP/s');
  });
});

test('the folder follows what the system calls its caches', () => {
  expect(tileFolder({ CONVNET_WEBGPU_TILES: '/t', XDG_CACHE_HOME: '/c' })).toBe('/t');
  expect(tileFolder({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'convnet', 'webgpu-tiles'));
  expect(tileFolder({ LOCALAPPDATA: '/l' })).toBe(join('/l', 'convnet', 'webgpu-tiles'));
  expect(tileFolder({})).toMatch(/\.cache.convnet.webgpu-tiles$/);
  const empty = { CONVNET_WEBGPU_TILES: '', XDG_CACHE_HOME: '', LOCALAPPDATA: '' };
  expect(tileFolder(empty)).toBe(tileFolder({}));
});

const dawnFolder = process.env['WEBGPU_PACKAGE'];

/** Chromium's software adapter, for machines without a GPU. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

describe.runIf(dawnFolder !== undefined)('on a real adapter', () => {
  test('tune measures there, and train uses it', { timeout: 600_000 }, async () => {
    if (process.env['VK_ICD_FILENAMES'] === undefined && existsSync(swiftShader)) {
      vi.stubEnv('VK_ICD_FILENAMES', swiftShader);
    }
    await mkdir(join(folder, 'node_modules'));
    await symlink(dawnFolder!, join(folder, 'node_modules/webgpu'));
    await writeFile(join(folder, 'package.json'), '{}');
    const tuned = await convnet(folder, [...quick, '--json']);
    expect(tuned.error).toContain('kept in ');
    expect(tuned.code).toBe(0);
    const { tiles } = JSON.parse(tuned.out) as TileTable;
    expect(Object.keys(tiles)).toEqual(['large', 'medium', 'flat', 'narrow', 'small']);
    await mkdir(join(folder, 'signals/a'), { recursive: true });
    await mkdir(join(folder, 'signals/b'));
    for (const [i, name] of ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b'].entries()) {
      const rows = Array.from({ length: 16 }, (_, t) => Math.sin((name === 'a' ? 1 : 3) * t + i));
      await writeFile(join(folder, 'signals', name, `${i}.csv`), `x\n${rows.join('\n')}\n`);
    }
    const trained = await convnet(
      folder,
      [
        'train',
        '--data',
        'signals',
        '--device',
        'webgpu',
        '--epochs',
        '1',
        '--batch-size',
        '4',
      ].concat(['--model', 'lenet5'], ['--length', '32']),
    );
    expect(trained.error).toContain('tiles of convnet tune');
    expect(trained.code).toBe(0);
  });
});
