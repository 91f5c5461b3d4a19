import { openDevice } from './devices.ts';
import type { BenchOptions } from './options.ts';
import { progressOn } from './progress/progress-on.ts';
import type { OutputStream } from './progress/progress.ts';
import { closing } from './report/closing.ts';
import { describeMachine } from './report/machine.ts';
import { packageVersions } from './report/packages.ts';
import type { Attribution, Report } from './report/report.ts';
import type { Row } from './report/row.ts';
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
  const { device, threads, passedOver } = await openDevice(
    options.backend,
    options.threads ?? suite.defaultThreads,
    options.revectorize,
  );
  // As it is now: later it says that it was disposed of.
  const deviceName = String(device);
  const progress = progressOn(stream);
  const notes = [...passedOver];
  const attributions = new Map<string, Attribution>();
  const rows: Row[] = [];
  let facts: Pick<Report, 'sessions' | 'recipe'> = {};
  progress.note(`${suite.name}, ${options.profile} profile, on ${deviceName}`);
  try {
    const results = suite.run({
      options,
      device,
      threads,
      progress,
      signal,
      note: (sentence) => notes.push(sentence),
      attribute: ({ name, origin, licence }) => attributions.set(name, { name, origin, licence }),
      describe: (described) => (facts = described),
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
    device: deviceName,
    packages: packageVersions(),
    ...facts,
    attributions: [...attributions.values()],
    notes,
    rows,
  };
  const files = await writeReport(
    report,
    suite,
    options.out,
    options.json,
    suite.fileName?.(options),
  );
  stream.write(`\n${closing(report, suite.columns, files, stream.columns)}\n`);
  if (report.interrupted) return exitCodes.interrupted;
  return rows.some(({ error }) => error !== undefined) ? exitCodes.failed : exitCodes.ok;
}
