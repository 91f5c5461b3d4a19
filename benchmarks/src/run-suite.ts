import { relative } from 'node:path';

import { openDevice } from './devices.ts';
import type { BenchOptions } from './options.ts';
import { progressOn, type OutputStream } from './progress/progress.ts';
import { failureLines } from './report/failures.ts';
import { clock } from './report/format.ts';
import { describeMachine } from './report/machine.ts';
import { packageVersions } from './report/packages.ts';
import type { Attribution, Report } from './report/report.ts';
import type { Row } from './report/row.ts';
import { textTable } from './report/text-table.ts';
import { writeReport } from './report/write-report.ts';
import type { Suite } from './suite.ts';

/** Exit codes of the command. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs a suite, shows it on `stream` and writes its results. Where `signal` aborts, what was finished is
 * written all the same.
 * @returns the exit code: 1 where a row failed, 130 after an interruption.
 */
export async function runSuite(
  suite: Suite,
  options: BenchOptions,
  stream: OutputStream,
  signal: AbortSignal,
): Promise<number> {
  const started = new Date();
  const { device, threads, passedOver } = await openDevice(options.backend, options.threads);
  const progress = progressOn(stream);
  const notes = [...passedOver];
  const attributions = new Map<string, Attribution>();
  const rows: Row[] = [];
  progress.note(`${suite.name}, ${options.profile} profile, on ${device}`);
  try {
    const results = suite.run({
      options,
      device,
      threads,
      progress,
      signal,
      note: (sentence) => notes.push(sentence),
      attribute: ({ name, origin, licence }) => attributions.set(name, { name, origin, licence }),
    });
    for await (const row of results) rows.push(row);
  } catch (error) {
    if (!signal.aborted) throw error;
    notes.push('The run was interrupted; the results are those of the parts that were finished.');
  } finally {
    progress.close();
    device.dispose();
  }
  const report: Report = {
    format: 'convnet-bench-1',
    suite: suite.name,
    profile: options.profile,
    seed: options.seed,
    date: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    interrupted: signal.aborted,
    machine: describeMachine(),
    node: process.versions.node,
    device: String(device),
    packages: packageVersions(),
    attributions: [...attributions.values()],
    notes,
    rows,
  };
  const files = await writeReport(report, suite, options.out, options.json);
  stream.write(`\n${closing(report, suite, files, stream.columns)}\n`);
  if (report.interrupted) return exitCodes.interrupted;
  return rows.some(({ error }) => error !== undefined) ? exitCodes.failed : exitCodes.ok;
}

/** A path as short as it can be said. */
function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

/** What stands at the end: the table, what went wrong, and where the files are. */
function closing(report: Report, suite: Suite, files: readonly string[], width?: number): string {
  const { machine, rows } = report;
  const table = rows.length === 0 ? 'No results.' : textTable(rows, suite.columns, width);
  const shown = files.map(shownPath);
  return [
    table,
    ...failureLines(rows),
    ...report.notes,
    `${machine.cpu}, ${machine.cores} cores; ${report.device}; Node ${report.node}; seed ${report.seed}; ` +
      `${clock(report.seconds)} minutes`,
    `Written: ${shown.join(', ')}`,
  ].join('\n');
}
