import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// What is recorded on a GPU must not fail there for a slip: the parts of the script that are its own run on the adapter that is
// here. The others run what the tests of backend-webgpu run.

const run = promisify(execFile);
const script = join(import.meta.dirname, 'record-webgpu.ts');
const parts = ['first', 'rates', 'training', 'inference', 'host', 'long'];
const environment = { ...process.env };

test('a part that there is not is named', async () => {
  await expect(run(process.execPath, [script, 'rate'])).rejects.toThrow(
    "there is no part 'rate'; the parts are suite, pytorch, families, first",
  );
});

test('without WebGPU it says what brings it, in one line', async () => {
  const env = { ...environment, WEBGPU_PACKAGE: '/nowhere/webgpu' };
  const failure = await run(process.execPath, [script, 'rates'], { env }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^webgpu: WEBGPU_PACKAGE names no package.*\n$/) as string,
  });
});

interface Row {
  readonly error?: string;
}

interface Report {
  readonly part: string;
  readonly machine: { readonly gpu: string };
  readonly error?: string;
  readonly found: readonly Row[] | { readonly found: readonly Row[] } | object;
}

describe.runIf(environment['WEBGPU_PACKAGE'] !== undefined)('recorded through Dawn', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'convnet-record-'));
    await run(process.execPath, [script, ...parts, '--quick', '--own', '--out', folder]);
  }, 900_000);
  afterAll(() => rm(folder, { recursive: true }));

  test.each(parts)('%s', async (part) => {
    const report = JSON.parse(
      await readFile(join(folder, `webgpu-${part}.json`), 'utf8'),
    ) as Report;
    expect(report.error).toBeUndefined();
    expect(report.machine.gpu).toMatch(/^webgpu \(.+\)$/);
    const { found } = report;
    const rows = [found, (found as { readonly found?: unknown }).found].find(Array.isArray);
    const listed = (rows ?? [found]) as readonly Row[];
    expect(listed.map(({ error }) => error).filter((error) => error !== undefined)).toEqual([]);
    expect(listed.length).toBeGreaterThan(0);
    // A long training tells of memory that changed; the others have no such thing.
    expect((found as { readonly others?: unknown }).others ?? []).toEqual([]);
  });
});
