import { copyFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { accuracyChart } from './charts/static-chart.ts';
import type { Report } from './report/report.ts';
import type { Row } from './report/row.ts';
import { runSuite } from './run-suite.ts';
import type { Suite, SuiteContext } from './suite.ts';
import { compare } from './suites/compare.ts';
import { schemaErrors } from './testing/report-schema.ts';
import { exampleRow, failedRow } from './testing/rows.ts';
import { session } from './testing/small-run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-bench-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs a suite of which only `run` is given. */
async function bench(
  run: (context: SuiteContext) => AsyncIterable<Row>,
  signal?: AbortSignal,
  changes: { readonly backend?: string; readonly together?: true; readonly compare?: string } = {},
) {
  const { backend = 'reference', compare: earlier, ...rest } = changes;
  const suite: Suite = { ...compare, chart: accuracyChart, ...rest, run };
  const stream = new PassThrough();
  const options = {
    profile: 'quick',
    backend,
    ...(earlier === undefined ? {} : { compare: earlier }),
    revectorize: false,
    seed: 5,
    out: folder,
  } as const;
  const code = await runSuite(
    suite,
    { ...options, json: join(folder, 'sub', 'copy.json') },
    stream,
    signal ?? new AbortController().signal,
  );
  stream.end();
  const text = (await stream.toArray()).join('');
  const report = JSON.parse(await readFile(join(folder, 'compare-quick.json'), 'utf8')) as Report;
  return { code, text, report, files: (await readdir(folder)).toSorted() };
}

test('writes JSON that fits its schema, twice, Markdown and a chart, and prints the table', async () => {
  const { code, text, report, files } = await bench(async function* (context) {
    context.note('Something to know.');
    context.attribute({ name: 'MNIST', origin: 'Y. LeCun', licence: 'CC-BY-SA-3.0' });
    yield exampleRow();
  });
  expect(code).toBe(0);
  expect(files).toEqual([
    'compare-quick.html',
    'compare-quick.json',
    'compare-quick.md',
    'compare-quick.svg',
    'sub',
  ]);
  expect(schemaErrors(report)).toEqual([]);
  expect(report).toMatchObject({
    seed: 5,
    interrupted: false,
    device: 'reference (plain TypeScript)',
    notes: ['Something to know.'],
  });
  expect(JSON.parse(await readFile(join(folder, 'sub', 'copy.json'), 'utf8'))).toEqual(report);
  expect(text).toContain('98.76 %');
  expect(text).toContain('Something to know.');
  expect(report.device).toBe('reference (plain TypeScript)');
});

test('a folder that cannot be written is told before anything runs', async () => {
  const ran = vi.fn<() => AsyncIterable<Row>>();
  await writeFile(join(folder, 'sub'), 'a file where the copy wants a folder');
  await expect(bench(ran)).rejects.toThrow('the results cannot be written to --json');
  expect(ran).not.toHaveBeenCalled();
});

test('a row that failed makes the exit code 1 and leaves the others', async () => {
  const { code, text, report } = await bench(async function* () {
    yield failedRow('the loss of step 3 is NaN');
    yield exampleRow();
  });
  expect(code).toBe(1);
  expect(schemaErrors(report)).toEqual([]);
  expect(report.rows.map(({ error }) => error?.name)).toEqual(['NonFiniteLossError', undefined]);
  expect(text).toContain(
    'lenet5 2D on mnist failed: NonFiniteLossError: the loss of step 3 is NaN',
  );
});

test('an interruption keeps what was finished and says so', async () => {
  const interruption = new AbortController();
  const { code, text, report } = await bench(async function* ({ signal }) {
    yield exampleRow();
    interruption.abort();
    signal.throwIfAborted();
    yield exampleRow({ model: 'lenet_bn' });
  }, interruption.signal);
  expect(code).toBe(130);
  expect(schemaErrors(report)).toEqual([]);
  expect(report.interrupted).toBe(true);
  expect(report.rows.map(({ model }) => model)).toEqual(['lenet5']);
  expect(text).toContain('The run was interrupted');
});

test('an interruption before the first result leaves the files of the run before', async () => {
  const before = await bench(async function* () {
    yield exampleRow();
  });
  const { code, text, files, report } = await bench(
    // oxlint-disable-next-line require-yield -- it stops before its first row
    async function* ({ signal }) {
      signal.throwIfAborted();
    },
    AbortSignal.abort(),
  );
  expect(code).toBe(130);
  expect(files).toEqual(before.files);
  expect(report).toEqual(before.report);
  expect(text).toContain('No results.');
  expect(text).toContain('before its first result; no report was written.');
  expect(text).not.toMatch(/^written/m);
});

test('a run without a figure leaves no chart of the run before', async () => {
  await bench(async function* () {
    yield exampleRow();
  });
  const { files } = await bench(async function* () {
    yield failedRow('the loss of step 3 is NaN');
  });
  expect(files).toEqual(['compare-quick.json', 'compare-quick.md', 'sub']);
});

test('names neither the machine nor a folder of it', async () => {
  const { report } = await bench(async function* () {
    yield exampleRow();
  });
  const { homedir } = await import('node:os');
  const json = JSON.stringify(report);
  for (const secret of [folder, homedir(), process.cwd()]) {
    expect(json).not.toContain(secret);
  }
});

test('an error of the suite itself is not swallowed', async () => {
  await expect(
    // oxlint-disable-next-line require-yield -- it fails before its first row
    bench(async function* () {
      throw new TypeError('broken');
    }),
  ).rejects.toThrow('broken');
});

test('all backends run one after another, or together where the suite compares them', async () => {
  const seen: string[][] = [];
  async function* run({ device, devices, options, note }: SuiteContext) {
    seen.push([device.name, options.backend, ...devices.map(({ backend }) => backend)]);
    note('Something to know.');
    yield exampleRow({ backend: device.name });
  }
  vi.stubEnv('WEBGPU_PACKAGE', '/nowhere/webgpu');
  const apart = await bench(run, undefined, { backend: 'all' });
  expect(seen).toEqual([
    ['wasm', 'wasm', 'wasm'],
    ['reference', 'reference', 'reference'],
  ]);
  expect(apart.report.rows.map(({ backend }) => backend)).toEqual(['wasm', 'reference']);
  expect(apart.report.device).toMatch(/^wasm .*; reference/);
  expect(apart.report.notes.map((note) => note.split(':')[0])).toEqual([
    'Not here',
    'Not here',
    'Something to know.',
  ]);
  seen.length = 0;
  await bench(run, undefined, { backend: 'all', together: true });
  expect(seen).toEqual([['wasm', 'wasm', 'wasm', 'reference']]);
  vi.unstubAllEnvs();
});

test('of all backends, one that cannot run the suite is named, and the others go on', async () => {
  async function* run({ device }: SuiteContext) {
    if (device.name === failing || failing === 'all') throw new RangeError(`no ${device.name}`);
    yield exampleRow({ backend: device.name });
  }
  let failing = 'wasm';
  vi.stubEnv('WEBGPU_PACKAGE', '/nowhere/webgpu');
  const first = await bench(run, undefined, { backend: 'all' });
  expect(first.code).toBe(1);
  expect(first.report.rows.map(({ backend }) => backend)).toEqual(['reference']);
  expect(first.report.notes).toContain('Failed on wasm: RangeError: no wasm.');
  expect(first.text).toContain('Failed on wasm: RangeError: no wasm.');
  failing = 'reference';
  const last = await bench(run, undefined, { backend: 'all' });
  expect([last.code, last.report.rows[0]!.backend]).toEqual([1, 'wasm']);
  failing = 'all';
  await expect(bench(run, undefined, { backend: 'all' })).rejects.toThrow('no wasm');
  vi.unstubAllEnvs();
});

test('what rows of several devices ran on is in the report for all of them', async () => {
  async function* run({ device, describe }: SuiteContext) {
    const { backend } = exampleRow({ backend: device.name });
    describe({ sessions: [{ ...session(backend) }], recipe: { optimizer: 'SGD' } });
    yield exampleRow({ backend, session: backend });
  }
  vi.stubEnv('WEBGPU_PACKAGE', '/nowhere/webgpu');
  const { report } = await bench(run, undefined, { backend: 'all' });
  vi.unstubAllEnvs();
  expect(report.sessions!.map(({ id }) => id)).toEqual(['wasm', 'reference']);
  expect(report.recipe).toEqual({ optimizer: 'SGD' });
});

test('results are compared with those of a file, and a file that does not fit is told before the run', async () => {
  const run = (accuracy: number) =>
    async function* () {
      yield exampleRow({ accuracy });
    };
  await bench(run(0.98));
  const file = join(folder, 'earlier.json');
  await copyFile(join(folder, 'compare-quick.json'), file);
  const same = await bench(run(0.98), undefined, { compare: file });
  expect(same.text).toContain('Nothing changed beyond noise since');
  const worse = await bench(run(0.7), undefined, { compare: file });
  expect(worse.text).toContain('worse: lenet5 2D on mnist (wasm), accuracy, 98.0 % to 70.0 %');
  expect(worse.report.notes[1]).toContain('worse');
  for (const [content, message] of [
    ['{', 'cannot be read'],
    ['{}', "expected results of format 'convnet-bench-1'"],
    ['null', "expected results of format 'convnet-bench-1'"],
    [JSON.stringify({ ...same.report, date: undefined }), 'is damaged: it has no date'],
    [JSON.stringify({ ...same.report, machine: null }), 'is damaged: it names no machine'],
    [JSON.stringify({ ...same.report, rows: [null] }), 'is damaged: row 1 of 1 is no result'],
    [
      JSON.stringify({ ...same.report, rows: [{ ...exampleRow(), ms: { median: null } }] }),
      'is damaged: row 1 of 1 is no result',
    ],
    [JSON.stringify({ ...same.report, suite: 'kernels' }), "got those of 'kernels'"],
  ] as const) {
    await writeFile(file, content);
    await expect(bench(() => expect.fail('ran'), undefined, { compare: file })).rejects.toThrow(
      message,
    );
  }
  // One that is not there is not made by being a place for the results too.
  const copy = join(folder, 'sub', 'copy.json');
  await rm(copy);
  await expect(bench(() => expect.fail('ran'), undefined, { compare: copy })).rejects.toThrow(
    'ENOENT',
  );
});
