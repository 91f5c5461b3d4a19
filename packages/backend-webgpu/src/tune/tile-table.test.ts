import { expect, test } from 'vitest';

import { tilesOf } from '../kernels/tiled/tile.ts';
import { tilesIn, whyNot } from './tile-table.ts';

const limits = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupStorageSize: 16_384 };
const tiles = tilesOf('');
const table = { version: 1, adapter: 'Example GPU', tiles };
const large = { ...tiles.large };

test('a table of this adapter is taken as it is, also through JSON', () => {
  expect(tilesIn(JSON.parse(JSON.stringify(table)), 'Example GPU', limits)).toEqual(tiles);
});

test.each<[string, unknown, string]>([
  ['no object', 'large', 'no table at tiles: expected an object with version, adapter, tiles'],
  [
    'a misspelt field',
    { ...table, adaptor: 'x' },
    "there is no option 'adaptor' (did you mean 'adapter'?)",
  ],
  ['a later version', { ...table, version: 2 }, 'of version 2, and this package reads 1'],
  [
    'that of another adapter',
    { ...table, adapter: 'Other GPU' },
    "measured on 'Other GPU', and this adapter is 'Example GPU'",
  ],
  ['a missing class', { ...table, tiles: { large } }, 'wrong at tiles.tiles: medium is missing'],
  [
    'an unknown class',
    { ...table, tiles: { ...tiles, huge: large } },
    "wrong at tiles.tiles: there is no option 'huge'",
  ],
  [
    'an unknown side',
    { ...table, tiles: { ...tiles, large: { ...large, tk: 4 } } },
    "wrong at tiles.tiles.large: there is no option 'tk'",
  ],
  [
    'a side that is text',
    { ...table, tiles: { ...tiles, large: { ...large, m: '64' } } },
    'wrong at tiles.tiles.large: m should be',
  ],
])('%s is refused', (_, given, message) => {
  expect(() => tilesIn(given, 'Example GPU', limits)).toThrow(
    expect.objectContaining({
      name: 'TileTableError',
      message: expect.stringContaining(message) as string,
    }),
  );
});

test('a tile must fit what the device gives a workgroup', () => {
  const tile = { m: 128, n: 128, k: 16, tm: 8, tn: 8 };
  expect(whyNot(tile, limits)).toBe('it takes 16512 bytes of workgroup memory of 16384');
  expect(whyNot({ ...tile, k: 8, tn: 4 }, limits)).toBe('it has 512 invocations of at most 256');
  expect(whyNot({ ...tile, m: 16, tm: 4, k: 4 }, limits)).toContain('fewer vectors');
  expect(whyNot({ ...tile, k: 8, m: 96 }, limits)).toContain('m should be 4, 8, 16');
  expect(whyNot({ ...tile, k: 8, tm: 256 }, limits)).toContain('tm should be at most m');
  expect(whyNot({ ...tile, k: 8 }, limits)).toBeNull();
});
