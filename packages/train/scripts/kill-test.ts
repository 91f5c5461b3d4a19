/**
 * Kills training at random moments and lets it go on, and fills the disk while it saves:
 *
 *     node scripts/kill-test.ts [--kills 30] [--steps 1500] [--seed 1]
 *
 * Fails where a checkpoint is damaged at any time, or the weights at the end are not, bit by bit, those of a run that was
 * left alone. The full disk is a small one in memory (tmpfs), which Linux lets users mount; elsewhere it is left out,
 * and said so.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { Generator } from '@convnet/tensor-core';

import { killRuns, runProgram } from '../src/testing/kill-runs.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    steps: { type: 'string', default: '1500' },
    seed: { type: 'string', default: '1' },
  },
});
const [kills, steps, seed] = [Number(values.kills), Number(values.steps), Number(values.seed)];
const folder = mkdtempSync(join(tmpdir(), 'convnet-kill-'));
try {
  const generator = new Generator(seed);
  const whole = await runProgram(steps, null);
  console.log(`left alone:       ${steps} steps, ${whole.hash}`);
  const report = await killRuns(
    join(folder, 'killed'),
    steps,
    kills,
    () => generator.uniform(1)[0]!,
  );
  console.log(`killed ${report.kills} times:  ${report.hash}`);
  console.log(`went on from step ${report.starts.join(', ')}`);
  console.log(`${report.read} checkpoints read after the kills, none damaged`);
  if (report.hash !== whole.hash) throw new Error('the weights differ');
  await fillDisk(join(folder, 'full'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log('ok');

/** Trains onto a disk that has room for about two checkpoints. */
async function fillDisk(path: string): Promise<void> {
  mkdirSync(path);
  // Files of a mounted disk are seen by the process that mounted it: it reads them again at its end.
  const mount = `mount -t tmpfs -o size=64k tmpfs ${path}`;
  if (spawnSync('unshare', ['-rm', 'sh', '-c', mount]).status !== 0) {
    console.log('disk full: left out, as no disk can be mounted here');
    return;
  }
  const check = `import('${new URL('../src/testing/kill-runs.ts', import.meta.url).href}')
    .then(({ readAll }) => readAll(process.argv[1]))
    .then((count) => { if (count === 0) throw new Error('no checkpoint was saved'); console.log('read', count); })`;
  const script = `${mount} && "$@" && "${process.execPath}" -e "${check}" ${path}`;
  const wrap = ['unshare', '-rm', 'sh', '-c', script, 'sh'];
  const end = await runProgram(50, path, null, wrap);
  if (end.failure === null || !/ENOSPC/.test(end.failure)) {
    throw new Error(`expected a run that ends for lack of room, got ${JSON.stringify(end)}`);
  }
  console.log(`disk full: ${end.failure}`);
}
