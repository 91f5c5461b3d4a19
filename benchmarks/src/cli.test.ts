import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import type { Report } from './report/report.ts';
import { schemaErrors } from './testing/report-schema.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-bench-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the command as a user does; `onOutput` sees all that it has written so far. */
function bench(
  args: readonly string[],
  onOutput: (out: string, stop: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), ...args]);
  let out = '';
  let error = '';
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    onOutput(out, () => child.kill('SIGINT'));
  });
  child.stderr.on('data', (chunk) => (error += String(chunk)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, error }));
  });
}

async function readReport(): Promise<Report> {
  return JSON.parse(await readFile(join(folder, 'compare-quick.json'), 'utf8')) as Report;
}

test('compare trains on real data, does better than chance, and writes what its schema says', async () => {
  const args = [
    '--models',
    'lenet5_relu',
    '--datasets',
    'mnist',
    '--limit',
    '1500',
    '--epochs',
    '4',
  ];
  const { code, out, error } = await bench([...args, '--seed', '1', '--out', folder]);
  expect(error).toBe('');
  expect(code).toBe(0);
  const report = await readReport();
  expect(schemaErrors(report)).toEqual([]);
  expect(report.rows.map(({ model, dims, dataset }) => [model, dims, dataset])).toEqual([
    ['lenet5_relu', 2, 'mnist'],
    ['lenet5_relu', 1, 'mnist'],
  ]);
  for (const { accuracies } of report.rows) expect(accuracies).toHaveLength(3);
  expect(out).toMatch(/This run shows the machinery,/);
  for (const { accuracy } of report.rows) expect(accuracy).toBeGreaterThan(0.5);
  expect(report.rows[0]).toMatchObject({ params: 61_706, macs: 416_520 });
  // oxlint-disable-next-line no-control-regex -- what must not be there
  expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
  expect(out).toMatch(
    /^lenet5_relu 2D on mnist, seed 2: \d\d\.\d\d % of 1,500 test images, trained in /m,
  );
  expect(out).toContain('every network saw the same 1,500 images 4 times');
});

test('Ctrl-C ends a run, and before its first result nothing is written', async () => {
  const args = ['--models', 'lenet5', '--datasets', 'mnist', '--limit', '6000', '--epochs', '1000'];
  let stopped = false;
  const { code, out, error } = await bench([...args, '--out', folder], (text, stop) => {
    if (stopped || !text.includes('epoch 1/')) return;
    stopped = true;
    stop();
  });
  expect(code).toBe(130);
  expect(out).toContain('The run was interrupted before its first result; no report was written.');
  expect(error).toBe('finishes the step, writes what is there and ends (again: ends at once)\n');
  await expect(readReport()).rejects.toThrow('ENOENT');
});

test('Ctrl-C in a long run says how to go on, and going on completes it', async () => {
  const args = ['architectures', '--models', 'lenet5', '--datasets', 'quickdraw100'];
  // Six seconds of a core are some passes.
  const small = [...args, '--core-minutes', '0.1', '--out', folder];
  let stopped = false;
  const first = await bench(small, (text, stop) => {
    if (stopped || !text.includes('rate 0.001:')) return;
    stopped = true;
    stop();
  });
  expect(first.code).toBe(130);
  expect(first.out).toMatch(/the same command with\s--resume goes on/);
  const refused = await bench(small);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.error).toMatch(
    /^error: \S*architectures-full\.jsonl holds .*go on with (it|them) by --resume.*\n$/,
  );
  const rest = await bench([...small, '--resume']);
  expect(rest.code).toBe(0);
  expect(rest.out).not.toContain('rate 0.0003:');
  const text = await readFile(join(folder, 'architectures-full.json'), 'utf8');
  const report = JSON.parse(text) as Report;
  expect(schemaErrors(report)).toEqual([]);
  expect(report.sessions).toHaveLength(2);
  expect(report.rows[0]).toMatchObject({ model: 'lenet5', comparison: { plannedSeeds: 3 } });
  // A hundred classes: chance is 1 %.
  expect(report.rows[0]!.accuracy).toBeGreaterThan(0.05);
}, 1_800_000);

test('samples that are absent are told in one line, before anything trains', async () => {
  const args = ['architectures', '--datasets', 'fsdd', '--data', join(folder, 'none')];
  const { code, error } = await bench([...args, '--out', folder]);
  expect(code).toBe(1);
  expect(error).toMatch(/^error: FSDD is not in .*--data\n$/);
});

test('a wrong option is told in one line', async () => {
  const { code, out, error } = await bench(['--epochs', 'many']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(error).toMatch(/^error: .*whole number.*\n$/);
});

test('a reader that ends early is no error', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), '--help']);
  child.stdout.destroy();
  let error = '';
  child.stderr.on('data', (chunk) => (error += String(chunk)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, error }).toEqual({ code: 0, error: '' });
});
