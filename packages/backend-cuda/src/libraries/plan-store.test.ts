import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
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
  ['another version', (text: string) => text.replace('CUDA plan 2', 'CUDA plan 3')],
  ['another kind', (text: string) => text.replace('cuDNN', 'cuFFT')],
  ['no object', () => 'null'],
  ['another plan', (text: string) => text.replace('cuDNN', 'own')],
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

test('processes that write and read the same at once find whole plans or none', async () => {
  // Long ones, which are not written in one go; `text` is one letter, so that a mixture of two is seen.
  const program = `
    const [store, folder, letter] = process.argv.slice(-3);
    const { PlanStore } = await import(store);
    const identity = { device: 'H100', driver: 13_000 };
    const plans = new PlanStore(folder, identity, (text) => { throw new Error(text); });
    for (let i = 0; i < 40; i++) {
      plans.write('key', { by: 'cuDNN', text: letter.repeat(200_000), milliseconds: {} });
      const { text } = plans.read('key');
      if (text !== text[0].repeat(200_000)) throw new Error('a mixture');
    }
  `;
  const store = new URL('plan-store.ts', import.meta.url).href;
  const ended = await Promise.all(
    ['a', 'b', 'c'].map(async (letter) => {
      const given = ['--input-type=module', '--eval', program, store, folder, letter];
      const child = spawn(process.execPath, given, { stdio: ['ignore', 'ignore', 'inherit'] });
      return (await once(child, 'exit'))[0] as number;
    }),
  );
  expect(ended).toEqual([0, 0, 0]);
  expect(readdirSync(join(folder, readdirSync(folder)[0]!))).toHaveLength(1);
  expect(open().read('key')!.text).toMatch(/^([abc])\1+$/);
});

// Node's own way of making folders would never end in /proc.
test.each(process.platform === 'linux' ? ['file', '/proc/x/y'] : ['file'])(
  'a folder that cannot be written to is told once, and nothing fails: %s',
  (place) => {
    writeFileSync(join(folder, 'file'), '');
    const store = open('H100', resolve(folder, place));
    store.write('a', plan);
    store.write('b', plan);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^plans are not kept \(.*(file|\/proc).*\): planCache, or CONVNET_CUDA_PLANS, names another folder$/,
      ),
    ]);
  },
);

test('the folder by convention', () => {
  expect(defaultPlanFolder({ CONVNET_CUDA_PLANS: '/plans', XDG_CACHE_HOME: '/c' })).toBe('/plans');
  expect(defaultPlanFolder({ XDG_CACHE_HOME: '/c' })).toBe('/c/convnet/cuda-plans');
  expect(defaultPlanFolder({})).toMatch(/\.cache\/convnet\/cuda-plans$/);
  const empty = { CONVNET_CUDA_PLANS: '', XDG_CACHE_HOME: '' };
  expect(defaultPlanFolder(empty)).toBe(defaultPlanFolder({}));
});
