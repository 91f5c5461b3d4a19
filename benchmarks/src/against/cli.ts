/*
 * Compares the speed of this checkout with that of another commit: `pnpm bench:against <commit> <suite>… [options]
 * [-- options of the suites]`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';

import { exitCodes } from '../exit-codes.ts';
import { compareRounds } from './compare-rounds.ts';
import { leastRounds } from './estimate.ts';
import { openCheckout } from './old-checkout.ts';
import { runRounds } from './run-rounds.ts';
import { comparisonText, complaints } from './verdict.ts';
import { standAloneCommand } from '../stand-alone-command.ts';

interface Options {
  readonly rounds: number;
  readonly leastMean: number;
  readonly leastRow: number;
}

const root = join(import.meta.dirname, '../../..');

function roundsFrom(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= leastRounds && value <= 1000) return value;
  throw new InvalidArgumentError(`Expected a whole number from ${leastRounds} to 1000.`);
}

function ratioFrom(text: string): number {
  const value = Number(text);
  if (/^[\d.]+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('Expected a ratio such as 0.95.');
}

const given = process.argv.slice(2);
const end = given.includes('--') ? given.indexOf('--') : given.length;
const suiteOptions = given.slice(end + 1);

const program = standAloneCommand('pnpm bench:against')
  .usage('<commit> <suite>… [options] [-- options of the suites]')
  .description(
    'Times suites in this checkout and in that of another commit, in turns, and prints the old times over the new: ' +
      'above 1, this checkout is faster. Exit code: 0, 1 where it is slower than a limit allows or where a suite ' +
      'fails, 2 for wrong options, 130 after an interruption.',
  )
  .argument('<commit>', 'what this checkout is compared with')
  .argument('<suites...>', 'such as kernels, training, inference')
  .option('--rounds <n>', 'how often each suite runs in each of them', roundsFrom, 7)
  .option('--least-mean <ratio>', 'least geometric mean of the rows', ratioFrom, 0.99)
  .option('--least-row <ratio>', 'no row’s whole interval may lie below', ratioFrom, 0.95)
  .parse(given.slice(0, end), { from: 'user' });

const [commit, ...suites] = program.args;
const { rounds, leastMean, leastRow } = program.opts<Options>();
const tell = (line: string): boolean => process.stdout.write(`${line}\n`);

const interruption = new AbortController();
process.on('SIGINT', () => {
  // The suite that runs gets the signal of the terminal too, and ends; a second Ctrl-C does not wait.
  if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
  interruption.abort();
});

/** @returns the exit code. */
async function main(): Promise<number> {
  await using old = await openCheckout(root, commit!);
  tell(`old version: ${old.title}`);
  const scratch = await mkdtemp(join(tmpdir(), 'convnet-against-results-'));
  try {
    const { signal } = interruption;
    const folders = { old: old.folder, new: root };
    const found = await runRounds({
      folders,
      suites,
      options: suiteOptions,
      rounds,
      scratch,
      signal,
      tell,
    });
    const comparison = compareRounds(found);
    tell(`\n${comparisonText(comparison)}\n`);
    const slower = complaints(comparison, { mean: leastMean, row: leastRow });
    for (const sentence of slower) tell(sentence);
    return slower.length === 0 ? exitCodes.ok : exitCodes.failed;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (!interruption.signal.aborted) process.stderr.write(`error: ${name}: ${message}\n`);
  process.exitCode = interruption.signal.aborted ? exitCodes.interrupted : exitCodes.failed;
}
