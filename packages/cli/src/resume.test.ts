import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { convnetHere, writeRecordings } from './testing/command.ts';

let folder = '';
const home = process.cwd();
const device = ['--device', 'wasm', '--threads', '1'];
const small = ['--model', 'resnet20', '--option', 'width=8', '--batch-size', '8'];
const train = ['train', '--data', 'recordings', '--epochs', '1', '--out', 'runs/a', ...small];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  process.chdir(folder);
  await writeRecordings('recordings', 10);
  await convnetHere([...train, ...device]);
});
afterAll(() => {
  process.chdir(home);
  return rm(folder, { recursive: true, force: true });
});

test('an option that the data do not have is refused before anything is read', async () => {
  const before = await readFile('runs/a/config.json', 'utf8');
  await writeFile('runs/a/config.json', before.replace('testShare', 'tstShare'));
  const { code, error } = await convnetHere(['resume', 'runs/a', ...device]);
  await writeFile('runs/a/config.json', before);
  expect(error).toBe(
    "error: runs/a/config.json: there is no option 'tstShare' of data (did you mean 'testShare'?)\n",
  );
  expect(code).toBe(1);
});

test('a finished network without checkpoints is not trained anew in silence', async () => {
  await rm('runs/a/checkpoints', { recursive: true });
  const before = await readFile('runs/a/model.safetensors');
  const { code, error } = await convnetHere(['resume', 'runs/a', ...device]);
  expect(error).toMatch(/^error: 'runs\/a' has a trained network but no checkpoint.*--out.*\n$/);
  expect(code).toBe(1);
  expect(await readFile('runs/a/model.safetensors')).toEqual(before);
});

test('a run that ended before its first checkpoint says that it begins anew', async () => {
  await rm('runs/a/model.json');
  await rm('runs/a/model.safetensors');
  const { code, error } = await convnetHere(['resume', 'runs/a', ...device]);
  expect(error).toContain("'runs/a' has no checkpoint yet: the run begins from its first step\n");
  expect(code).toBe(0);
});
