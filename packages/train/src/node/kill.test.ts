import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { Generator, manualSeed } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { loadCheckpoint } from '../checkpoint/save-and-load.ts';
import { killRuns, runProgram } from '../testing/kill-runs.ts';
import { perceptron, weightsOf } from '../testing/test-support.ts';
import { folderStore } from './folder-store.ts';
import { saveCheckpoint } from './save-checkpoint.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convnet-train-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// The long form, of 30 kills and with a full disk, is scripts/kill-test.ts.
test('a process that is killed at random moments goes on, and ends with the same bits', async () => {
  const generator = new Generator(8);
  const whole = await runProgram(300, null);
  const report = await killRuns(join(folder, 'killed'), 300, 4, () => generator.uniform(1)[0]!);
  expect(report.hash).toBe(whole.hash);
  expect(Math.max(...report.starts)).toBeGreaterThan(0);
});

test('a folder is made, and what a killed process has left is cleared away', async () => {
  const path = join(folder, 'a', 'b');
  const store = folderStore(pathToFileURL(path));
  expect(await store.list()).toEqual([]);
  await store.write('step-000000001.safetensors', [Uint8Array.of(1), Uint8Array.of(2)]);
  for (const name of [
    '.step-000000002.safetensors.3f2a.tmp',
    '.best.safetensors.3f2a.tmp',
    '.of-another.tmp',
  ]) {
    writeFileSync(join(path, name), 'half');
  }
  await folderStore(path).list();
  expect(readdirSync(path).sort()).toEqual(['.of-another.tmp', 'step-000000001.safetensors']);
  expect(Array.from(await store.read('step-000000001.safetensors'))).toEqual([1, 2]);
  await store.remove('step-000000001.safetensors');
  await store.remove('step-000000001.safetensors');
  expect(() => folderStore('')).toThrow("folderStore: expected path as a path or a URL, got ''");
});

test('a checkpoint of your own loop is saved to a file and loaded from there', async () => {
  const device = reference();
  manualSeed(1);
  const [model, other] = [perceptron(device), perceptron(device)];
  const path = join(folder, 'own.safetensors');
  await saveCheckpoint(path, { model });
  await loadCheckpoint(path, { model: other });
  expect(await weightsOf(other)).toEqual(await weightsOf(model));
});
