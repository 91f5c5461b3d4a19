import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';

import { InvalidArgumentError } from 'commander';
import { runPnpm } from './pnpm.ts';
import { standAloneCommand } from '../benchmarks/src/stand-alone-command.ts';

/**
 * Runs the tests while other work uses the machine: `pnpm test:loaded [--rounds 5] [files…]`. One process for each
 * core computes, one more writes to disk and one goes through memory. Exits with 1 where a round has failed.
 */
function roundsFrom(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number from 1.');
}

const command = standAloneCommand('pnpm test:loaded')
  .description('Runs the tests while other work uses processor, disk and memory.')
  .argument('[files...]', 'only these tests')
  .option('--rounds <n>', 'how often', roundsFrom, 5)
  .parse();
const { rounds } = command.opts<{ readonly rounds: number }>();
const positionals = command.args;

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
