import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runPnpm } from './pnpm.ts';

/**
 * Runs the tests while other work uses the machine: `pnpm test:loaded [--rounds 5] [files…]`. One process for each
 * core computes, one more writes to disk and one goes through memory. Exits with 1 where a round has failed.
 */
const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`--rounds: expected an integer ≥ 1, got ${values.rounds}`);
}

const folder = mkdtempSync(join(tmpdir(), 'convnet-load-'));
const file = JSON.stringify(join(folder, 'load'));

/** Programs that never end. */
const loads = [
  ...Array.from(
    { length: availableParallelism() },
    () => 'for (let i = 0; ; i++) globalThis.x = Math.sqrt(i);',
  ),
  `const { writeFileSync } = require('node:fs');
   const data = Buffer.alloc(64 << 20, 7);
   for (;;) writeFileSync(${file}, data);`,
  `const data = Buffer.alloc(1 << 30);
   for (let v = 0; ; v++) data.fill(v);`,
];

const failed: number[] = [];
for (let round = 1; round <= rounds; round++) {
  const running = loads.map((code) => spawn(process.execPath, ['-e', code], { stdio: 'ignore' }));
  const start = performance.now();
  const passed = runPnpm(['exec', 'vitest', 'run', '--reporter=dot', ...positionals]);
  for (const load of running) load.kill('SIGKILL');
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `loaded tests: round ${round} of ${rounds} ${passed ? 'passed' : 'FAILED'} in ${seconds} s`,
  );
  if (!passed) failed.push(round);
}
rmSync(folder, { recursive: true });
console.log(`loaded tests: ${rounds - failed.length} of ${rounds} rounds passed`);
process.exitCode = failed.length === 0 ? 0 : 1;
