import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { Report } from '../report/report.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Round } from './compare-rounds.ts';
import { runProgram } from './own-program.ts';

export interface RoundsRequest {
  /** Roots of the two checkouts. */
  readonly folders: { readonly old: string; readonly new: string };
  readonly suites: readonly string[];
  /** Options of the suites, the same for both versions. */
  readonly options: readonly string[];
  readonly rounds: number;
  /** For the results, which are read and removed. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

type Side = keyof RoundsRequest['folders'];

/**
 * Runs every suite of both versions once a round, each in a process of its own and one right after the other: old,
 * new, new, old, and so on, so that a machine that becomes slower meets both alike.
 *
 * @throws Error where a suite writes no results; where a row fails, its own result says so.
 */
export async function runRounds(request: RoundsRequest): Promise<Round[]> {
  const { suites, rounds, tell } = request;
  const found: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    const rows = { old: [] as Report['rows'][number][], new: [] as Report['rows'][number][] };
    for (const suite of suites) {
      for (const side of sidesOf(i)) {
        const report = await runSuiteOf(request, side, suite);
        rows[side].push(...report.rows);
        tell(
          `round ${i + 1} of ${rounds}: ${suite}, ${side} version: ` +
            `${report.seconds.toFixed(0)} s on ${report.device}`,
        );
      }
    }
    found.push({ old: { rows: rows.old }, new: { rows: rows.new } });
  }
  return found;
}

/** Which version comes first, and which second. */
export function sidesOf(round: number): readonly Side[] {
  return round % 2 === 0 ? ['old', 'new'] : ['new', 'old'];
}

async function runSuiteOf(
  { folders, options, scratch, signal }: RoundsRequest,
  side: Side,
  suite: string,
): Promise<Report> {
  signal.throwIfAborted();
  const file = join(scratch, 'report.json');
  await rm(file, { force: true });
  const args = ['benchmarks/src/cli.ts', suite, ...options, '--out', scratch, '--json', file];
  const { code, text } = await runProgram(process.execPath, args, folders[side]);
  signal.throwIfAborted();
  if (code === exitCodes.ok || code === exitCodes.failed) {
    const json = await readFile(file, 'utf8').catch(() => null);
    if (json !== null) return JSON.parse(json) as Report;
  }
  throw new Error(`the ${side} version's ${suite} ended with ${code}:\n${text.trim()}`);
}
