import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { buildEmulated, compilerVersion } from '../packages/backend-cuda/scripts/native-build.ts';
import { root } from './workspace.ts';

// What is recorded on a GPU must not fail there for a slip: all parts of the script run on the emulated driver, and PyTorch's side
// on the processor where a PyTorch is installed.

const run = promisify(execFile);
const script = join(root, 'benchmarks/src/gpu/record.ts');

/** A Python with PyTorch and torchvision; null where there is none. */
async function pythonWithTorch(): Promise<string | null> {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      await run(python, ['-c', 'import torch, torchvision']);
      return python;
    } catch {
      // Not here: the next may have it.
    }
  }
  return null;
}

const canRun = process.platform === 'linux' && compilerVersion() !== null;
const python = canRun ? await pythonWithTorch() : null;
if (!canRun) process.stderr.write('not run: the script for GPUs (g++ not installed)\n');
else if (python === null) {
  process.stderr.write("not run: PyTorch's side of the script for GPUs (PyTorch not installed)\n");
}

interface Goal {
  readonly what: string;
  readonly found: number | null;
  readonly met: boolean | null;
}

interface Report {
  readonly isSample: boolean;
  readonly machine: { readonly gpu: string; readonly pytorch: { readonly name: string } | string };
  readonly goals: readonly Goal[];
  readonly found: unknown;
}

describe.runIf(canRun)('what is recorded on a GPU, on the emulated driver', () => {
  let folder: string;
  let given: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'convnet-record-'));
    const { driver, nativeFolder } = await buildEmulated();
    given = ['--quick', '--own', '--driver', driver, '--native', nativeFolder, '--out', folder];
    if (python !== null) given.push('--pytorch-on-cpu', '--python', python);
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function recorded(part: string): Promise<Report> {
    await run(process.execPath, [script, part, ...given]);
    const report = JSON.parse(await readFile(join(folder, `cuda-${part}.json`), 'utf8')) as Report;
    expect(report.isSample).toBe(true);
    expect(report.machine.gpu).toContain('Emulated GPU 0');
    return report;
  }

  test.each(['suite', 'pytorch'])(
    '%s: a sample of the cases, none of which fails',
    async (part) => {
      const { goals, found } = await recorded(part);
      expect(goals.map(({ met }) => met)).toEqual([true, true]);
      const { float32, tf32 } = found as Record<
        'float32' | 'tf32',
        { cases: number; every: number; passed: number; rounded: number }
      >;
      expect(float32.passed).toBe(Math.ceil(float32.cases / float32.every));
      expect(float32.every).toBeGreaterThan(1);
      expect(float32.rounded).toBe(0);
      // Products of rounded factors are beyond the tolerance of float32.
      expect(tf32.rounded).toBeGreaterThan(0);
    },
  );

  test('families: a sample of them, with the numbers of PyTorch', async () => {
    const { goals, found } = await recorded('families');
    const { every, float32 } = found as { every: number; float32: object[] };
    expect(every).toBeGreaterThan(1);
    expect(float32.length).toBeGreaterThan(2);
    expect(goals[0]).toMatchObject({ what: 'greatest deviation of outputs, float32', met: true });
    expect(goals[1]).toMatchObject({ what: 'greatest deviation of gradients, float32', met: true });
  });

  test.each([
    ['rates', 8],
    ['training', 4],
    ['inference', 2],
  ])("%s: each row with its time, and PyTorch's", async (part, count) => {
    const { machine, found } = await recorded(part);
    const rows = found as { own: number; pytorch: number | null; error?: string }[];
    expect(rows).toHaveLength(count);
    for (const row of rows) expect(row.own).toBeGreaterThan(0);
    // As many as there are rows, or none without a PyTorch.
    const timed = rows.filter(({ pytorch }) => (pytorch ?? 0) > 0);
    expect(timed).toHaveLength(python === null ? 0 : count);
    expect(JSON.stringify(machine.pytorch)).toMatch(
      python === null ? /^"not run: / : /"name":"cpu"/,
    );
  });

  test('long: memory stays, and the host does not wait', async () => {
    const { goals } = await recorded('long');
    expect(goals.map(({ met }) => met)).toEqual([true, true, true]);
  });

  test('a part that there is not is refused by name', async () => {
    await expect(run(process.execPath, [script, 'speeds', ...given])).rejects.toThrow(
      "there is no part 'speeds'; the parts are suite, pytorch",
    );
  });
});
