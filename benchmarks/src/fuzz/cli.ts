/**
 * Reads mutated files with every reader: `pnpm fuzz [--cases 5000] [--seed 1] [--reader torch]`. Findings are written to
 * `benchmarks/results/fuzz`, to become tests.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';

import { readers } from './readers/index.ts';
import { fuzzWatched } from './watched.ts';
import { standAloneCommand } from '../stand-alone-command.ts';

interface Options {
  readonly cases: number;
  readonly seed: number;
  readonly reader?: readonly string[];
}

function countFrom(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

const names = readers.map(({ name }) => name);

function readerFrom(name: string, before: readonly string[] = []): readonly string[] {
  if (names.includes(name)) return [...before, name];
  throw new InvalidArgumentError(`The readers are ${names.join(', ')}.`);
}

const { cases, seed, reader } = standAloneCommand('pnpm fuzz')
  .description(
    'Reads mutated files with every reader: each must end in a result or a typed error, in time and memory. Exit code: 0, ' +
      '1 where something was found, 2 for wrong options.',
  )
  .option('--cases <n>', 'files for each reader', countFrom, 5000)
  .option('--seed <n>', 'the same seed makes the same files', countFrom, 1)
  .option('--reader <name>', `only this one, may be repeated: ${names.join(', ')}`, readerFrom)
  .parse()
  .opts<Options>();
const chosen = reader ?? names;
const folder = join(import.meta.dirname, '../../results/fuzz');
let found = 0;
for (const name of chosen) {
  const { read, refused, slowestMs, findings } = await fuzzWatched(name, seed, cases);
  console.log(
    `${name}: ${read} read, ${refused} refused, the slowest took ${slowestMs.toFixed(0)} ms, ${findings.length} findings`,
  );
  for (const { kind, number, made, message, bytes } of findings.slice(0, 5)) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}-${seed}-${number}`);
    writeFileSync(file, bytes);
    console.log(`  ${kind} at ${number} (${made.join(', ')}): ${message}\n  ${file}`);
  }
  found += findings.length;
}
process.exitCode = found === 0 ? 0 : 1;
