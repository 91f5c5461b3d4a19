import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { requirePlaces, ResultsPlaceError } from './results-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-places-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('folders are made, and a file that is there keeps what it holds', () => {
  const [out, json] = [join(folder, 'a', 'b'), join(folder, 'c', 'copy.json')];
  requirePlaces(out, json);
  writeFileSync(json, 'before');
  requirePlaces(out, json);
  expect(existsSync(out)).toBe(true);
  expect(readFileSync(json, 'utf8')).toBe('before');
});

test('a place that cannot be written is told with its option', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(() => requirePlaces(join(file, 'results'))).toThrow(ResultsPlaceError);
  expect(() => requirePlaces(join(file, 'results'))).toThrow(`cannot be written to --out ${file}`);
  expect(() => requirePlaces(folder, join(file, 'copy.json'))).toThrow(`to --json ${file}`);
  expect(() => requirePlaces(folder, folder)).toThrow(`to --json ${folder}`);
});

test('a folder that takes none ends at once', () => {
  expect(() => requirePlaces('/proc/nowhere/results')).toThrow('cannot be written to --out /proc');
});
