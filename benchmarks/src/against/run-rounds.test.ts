import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { compareRounds } from './compare-rounds.ts';
import { runRounds } from './run-rounds.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'convnet-against-test-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** A checkout whose suites do nothing but report `ms`, and end with `code`. */
async function checkout(name: string, ms: number, code: number): Promise<string> {
  const folder = join(scratch, name);
  await mkdir(join(folder, 'benchmarks/src'), { recursive: true });
  const program = `
    import { writeFileSync } from 'node:fs';
    const [suite, option] = process.argv.slice(2);
    const row = { suite, model: option, dims: null, dataset: null, inputShape: null };
    const rows = [{ ...row, ms: { min: ${ms}, median: ${ms} } }];
    const file = process.argv[process.argv.indexOf('--json') + 1];
    if (${code} < 2) writeFileSync(file, JSON.stringify({ rows, seconds: 1, device: 'none' }));
    else console.error('no such suite');
    process.exitCode = ${code};
  `;
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'benchmarks/src/cli.ts'), program);
  return folder;
}

const requestOf = async (folders: { old: string; new: string }, told: string[]) => ({
  folders,
  suites: ['kernels', 'training'],
  options: ['--quick'],
  rounds: 6,
  scratch: await mkdtemp(join(scratch, 'results-')),
  signal: new AbortController().signal,
  tell: (line: string) => void told.push(line),
});

test('both versions take turns, and a row that fails does not end it', async () => {
  const folders = { old: await checkout('old', 3, 0), new: await checkout('new', 2, 1) };
  const told: string[] = [];
  const request = await requestOf(folders, told);
  const { rows, left } = compareRounds(await runRounds(request));
  expect(told.map((line) => /(\w+), (old|new)/.exec(line)!.slice(1).join(' ')).slice(0, 8)).toEqual(
    [
      'kernels old',
      'kernels new',
      'training old',
      'training new',
      'kernels new',
      'kernels old',
      'training new',
      'training old',
    ],
  );
  expect(told).toHaveLength(24);
  expect(rows.map(({ name, least }) => [name, least.ratio])).toEqual([
    ['kernels: --quick', 1.5],
    ['training: --quick', 1.5],
  ]);
  expect(left).toEqual([]);
  expect(await readdir(request.scratch)).toEqual(['report.json']);
});

test('a suite without results is an error that tells what it wrote', async () => {
  const folders = { old: await checkout('old', 3, 0), new: await checkout('broken', 2, 2) };
  await expect(runRounds(await requestOf(folders, []))).rejects.toThrow(
    "the new version's kernels ended with 2:\nno such suite",
  );
});
