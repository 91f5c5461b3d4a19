import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { defaultPlanFolder, PlanStore, type StoredPlan } from './plan-store.ts';

let folder: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'convnet-plans-'));
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (device = 'H100', place = folder): PlanStore =>
  new PlanStore(place, { device, driver: 13_000 }, (text) => warnings.push(text));
const plan: StoredPlan = { by: 'cuDNN', text: '{"a":1}', milliseconds: { own: 2, 'cuDNN 0': 1 } };

/** The one file of a store. */
function file(): string {
  const [inner] = readdirSync(folder);
  const [name] = readdirSync(join(folder, inner!));
  return join(folder, inner!, name!);
}

test('what is written comes back in another process, for the same device and versions only', () => {
  open().write('key', plan);
  expect(open().read('key')).toMatchObject(plan);
  expect(open().read('other')).toBeNull();
  expect(open('H200').read('key')).toBeNull();
  expect(warnings).toEqual([]);
});

test.each([
  ['cut off', (text: string) => text.slice(0, 40)],
  ['empty', () => ''],
  ['another version', (text: string) => text.replace('plan 1', 'plan 2')],
  ['another kind', (text: string) => text.replace('cuDNN', 'cuFFT')],
  ['no object', () => 'null'],
])('a damaged file is ignored with a warning and written anew: %s', (_, damage) => {
  open().write('key', plan);
  writeFileSync(file(), damage(readFileSync(file(), 'utf8')));
  expect(open().read('key')).toBeNull();
  expect(warnings).toEqual([expect.stringContaining('is damaged, or no plan of this version')]);
  open().write('key', plan);
  expect(open().read('key')).toMatchObject(plan);
});

test.each([
  ['key', (text: string) => text.replace('"key":"key"', '"key":"another"')],
  ['device', (text: string) => text.replace('H100', 'A100')],
])('a plan for something else is ignored with a warning: %s', (_, change) => {
  open().write('key', plan);
  writeFileSync(file(), change(readFileSync(file(), 'utf8')));
  expect(open().read('key')).toBeNull();
  expect(warnings).toEqual([expect.stringContaining('for something else')]);
});

test('writers of the same leave one whole file and no drafts', () => {
  const stores = Array.from({ length: 8 }, () => open());
  for (const [i, store] of stores.entries()) store.write('key', { ...plan, text: `plan ${i}` });
  expect(readdirSync(join(folder, readdirSync(folder)[0]!))).toHaveLength(1);
  expect(open().read('key')!.text).toBe('plan 7');
});

test('a folder that cannot be written to is told once, and nothing fails', () => {
  const place = join(folder, 'file');
  writeFileSync(place, '');
  const store = open('H100', place);
  store.write('a', plan);
  store.write('b', plan);
  expect(warnings).toEqual([expect.stringContaining('plans are not kept')]);
});

test('the folder by convention', () => {
  expect(defaultPlanFolder({ CONVNET_CUDA_PLANS: '/plans', XDG_CACHE_HOME: '/c' })).toBe('/plans');
  expect(defaultPlanFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/convnet/cuda-plans');
  expect(defaultPlanFolder({})).toMatch(/\.cache\/convnet\/cuda-plans$/);
});
