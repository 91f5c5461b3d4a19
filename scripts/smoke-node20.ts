/**
 * Trains LeNet on Node 20 with the packages as they would be published: packs them, unpacks them into an
 * empty project, and runs `smoke/node20.js` there, once more without what the oldest browsers lack
 * (`smoke/old-engine.js`). Needs a build.
 *
 * Node 20 is the program that CONVNET_NODE20 names, or the first `node` on the path that is one.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createConsumer } from './consumer.ts';

const program = process.platform === 'win32' ? 'node.exe' : 'node';

/** Every program called `node` on the path, the pinned one of this repository included. */
function nodesOnPath(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [...new Set(folders)]
    .map((folder) => join(folder, program))
    .filter((file) => existsSync(file));
}

/** `v20.20.2`, or nothing where the program does not run. */
function versionOf(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

function findNode20(): string | undefined {
  const named = process.env['CONVNET_NODE20'];
  const candidates = named === undefined ? nodesOnPath() : [named];
  return candidates.find((node) => versionOf(node).startsWith('v20.'));
}

const node20 = findNode20();
if (node20 === undefined) {
  console.error(
    'No Node 20 found. Set CONVNET_NODE20 to one; "npm install --prefix <folder> node@20" brings it as ' +
      '<folder>/node_modules/.bin/node.',
  );
  process.exitCode = 1;
} else {
  console.log(`${node20} is ${versionOf(node20)}`);
  using consumer = createConsumer();
  for (const file of ['learn-bars.js', 'node20.js', 'old-engine.js', 'late-symbols.js']) {
    copyFileSync(join(import.meta.dirname, 'smoke', file), join(consumer.folder, file));
  }
  const old = ['--import', './old-engine.js'];
  for (const parameters of [['node20.js'], [...old, 'node20.js'], [...old, 'late-symbols.js']]) {
    console.log(`node ${parameters.join(' ')}`);
    const { status, signal } = spawnSync(node20, parameters, {
      cwd: consumer.folder,
      stdio: 'inherit',
      timeout: 300_000,
    });
    if (signal !== null) console.error(`stopped by ${signal}: it did not end within 300 s`);
    if (status !== 0) process.exitCode = 1;
  }
}
