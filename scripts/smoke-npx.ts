/**
 * Runs the command line as a user does who has nothing installed: `npx` gets the packed files of `@convnet/cli` and of the
 * packages that it needs, installs them into a cache of its own (those of others come from the registry), and runs the command
 * in an empty folder: train with worker threads, predict, explain, and a wrong option. Needs a build.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createConsumer, type Consumer } from './consumer.ts';
import { publicPackages } from './workspace.ts';

/** The package and all of this repository that it needs. */
function neededBy(name: string): readonly string[] {
  const packages = new Map(publicPackages().map(({ json }) => [json.name, json]));
  const needed = new Set<string>();
  const add = (each: string): void => {
    const json = packages.get(each);
    if (json === undefined || needed.has(each)) return;
    needed.add(each);
    for (const dependency of Object.keys(json.dependencies ?? {})) add(dependency);
  };
  add(name);
  return [...needed];
}

/** Two classes of recordings, which their frequency tells apart. */
function writeRecordings(folder: string): void {
  for (const [name, frequency] of [
    ['high', 0.9],
    ['low', 0.2],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true });
    for (let i = 0; i < 16; i++) {
      const values = Array.from({ length: 64 }, (_, t) => Math.sin(frequency * t + i).toFixed(4));
      writeFileSync(join(folder, name, `${i}.csv`), `x\n${values.join('\n')}\n`);
    }
  }
}

/** Runs `npx convnet` in a folder; what it says and its exit code. */
function npx(
  folder: string,
  consumer: Consumer,
  args: readonly string[],
): { readonly code: number | null; readonly out: string; readonly error: string } {
  const packages = neededBy('@convnet/cli').map((name) => `--package=${consumer.tarball(name)}`);
  const { status, stdout, stderr } = spawnSync(
    'npx',
    ['--yes', '--prefer-offline', ...packages, '--', 'convnet', ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, npm_config_cache: join(folder, '.npm'), npm_config_audit: 'false' },
    },
  );
  return { code: status, out: stdout, error: stderr };
}

using consumer = createConsumer();
const folder = mkdtempSync(join(tmpdir(), 'convnet-npx-'));
try {
  writeRecordings(join(folder, 'recordings'));
  const device = ['--device', 'wasm', '--threads', '1'];
  const network = ['--model', 'resnet20', '--option', 'width=8'];
  const recipe = ['--epochs', '8', '--batch-size', '8', '--workers', '2', '--out', 'run'];
  const ran = (...args: readonly string[]): string => {
    console.log(`npx convnet ${args.join(' ')}`);
    const { code, out, error } = npx(folder, consumer, args);
    assert.equal(code, 0, error);
    return out;
  };
  const trained = ran('train', '--data', 'recordings', ...network, ...recipe, ...device);
  assert.match(trained, /^run: accuracy [\d.]+ % on the test set\n$/);
  assert.match(ran('predict', 'run', 'recordings/low/3.csv', ...device), /low \d/);
  ran('explain', 'run', '--show', 'curves,grad-cam', ...device);
  assert.ok(existsSync(join(folder, 'run/explained/grad-cam.svg')));
  const wrong = npx(folder, consumer, ['train', '--epoch', '3']);
  assert.equal(wrong.code, 2, wrong.error);
  assert.match(wrong.error, /unknown option '--epoch'/);
  console.log(trained.trim());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
