import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

/** Runs an example as its reader does. */
function run(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, `${name}.ts`), ...args],
    { encoding: 'utf8', env: { ...process.env, ...env } },
  );
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  return stdout;
}

const accuracies = (text: string): number[] => [...text.matchAll(/[\d.]+(?= |\n)/g)].map(Number);

test('MNIST in twenty lines', () => {
  expect(accuracies(run('mnist', [], { MNIST_SAMPLES: '4000' }))[0]).toBeGreaterThan(0.85);
});

test('a folder of recordings', () => {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-examples-'));
  try {
    for (const [name, frequency] of Object.entries({ high: 0.9, low: 0.2 })) {
      mkdirSync(join(folder, name));
      for (let i = 0; i < 24; i++) {
        const values = Array.from({ length: 120 + i }, (_, t) => Math.sin(frequency * t + i));
        writeFileSync(join(folder, name, `${i}.csv`), `x\n${values.join('\n')}\n`);
      }
    }
    const lines = run('recordings', [folder]).split('\n');
    expect(lines[1]).toMatch(/^high .*(8[3-9]|9\d|100)\.\d %$/);
    expect(lines[2]).toMatch(/^low .*(8[3-9]|9\d|100)\.\d %$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('fine-tuning with a frozen backbone', () => {
  const [before, after] = accuracies(run('fine-tuning'));
  expect(before).toBeLessThan(0.5);
  expect(after).toBeGreaterThan(0.75);
});

test('features and a linear head', () => {
  expect(accuracies(run('features'))[0]).toBeGreaterThan(0.75);
});
