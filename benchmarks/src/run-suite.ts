import { readEarlierReport } from './compare-reports/read-report.ts';
import { comparisonSentences } from './compare-reports/sentences.ts';
import { openDevices, type OpenedDevice } from './devices/open-device.ts';
import type { BenchOptions } from './options.ts';
import { progressOn } from './progress/progress-on.ts';
import type { OutputStream } from './progress/progress.ts';
import { closing } from './report/closing.ts';
import { checkedOutCommit } from './report/commit.ts';
import { errorText } from './report/failures.ts';
import { describeMachine } from './report/machine.ts';
import { packageVersions } from './report/packages.ts';
import type { Attribution, Report, Session } from './report/report.ts';
import type { Row } from './report/row.ts';
import { requirePlaces } from './report/results-folder.ts';
import { writeReport } from './report/write-report.ts';
import { exitCodes } from './exit-codes.ts';
import type { Suite, SuiteContext } from './suite.ts';

/**
 * Runs a suite, shows it on `stream` and writes its results. Where `signal` aborts, what was finished is
 * written all the same; where nothing was, nothing is, and the files of an earlier run stand.
 * @returns the exit code: 1 where a row failed, 130 after an interruption.
 */
export async function runSuite(
  suite: Suite,
  options: BenchOptions,
  stream: OutputStream,
  signal: AbortSignal,
): Promise<number> {
  const started = new Date();
  // Before anything takes time: what cannot be compared with, or written, is told at once. The earlier file is read first,
  // since a place may be made, and be the same.
  const earlier =
    options.compare === undefined ? null : readEarlierReport(options.compare, suite.name);
  requirePlaces(options.out, options.json);
  const { opened, absent } = await openDevices(options.backend, {
    threads: options.threads ?? suite.defaultThreads,
    revectorize: options.revectorize,
  });
  // As they are now: later they say that they were disposed of.
  const deviceName = opened.map(({ device }) => String(device)).join('; ');
  const progress = progressOn(stream);
  // Runs on several devices may say the same.
  const notes = new Set(absent);
  const attributions = new Map<string, Attribution>();
  const rows: Row[] = [];
  /** Of devices that could not run the suite. */
  const errors: unknown[] = [];
  let facts: Pick<Report, 'sessions' | 'recipe'> = {};
  progress.note(`${suite.name}, ${options.profile} profile, on ${deviceName}`);
  const contextOn = (devices: readonly OpenedDevice[]): SuiteContext => {
    const [{ device, threads, backend }] = devices as readonly [OpenedDevice];
    return {
      options: { ...options, backend },
      device,
      devices,
      threads,
      progress,
      signal,
      note: (sentence) => notes.add(sentence),
      attribute: ({ name, origin, licence }) => attributions.set(name, { name, origin, licence }),
      // A run on several devices describes the sessions of each.
      describe: (described) => {
        const sessions = [...(facts.sessions ?? []), ...(described.sessions ?? [])];
        facts = { ...facts, ...described, ...(sessions.length === 0 ? {} : { sessions }) };
      },
    };
  };
  try {
    const turns = suite.together === true ? [opened] : opened.map((one) => [one]);
    for (const devices of turns) {
      try {
        for await (const row of suite.run(contextOn(devices))) rows.push(row);
      } catch (error) {
        if (signal.aborted) throw error;
        errors.push(error);
        // What one device cannot do takes nothing from the others.
        if (errors.length === turns.length) throw errors[0];
        const sentence = `Failed on ${devices[0]!.device.name}: ${errorText(error)}.`;
        notes.add(sentence);
        progress.note(sentence);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    notes.add(
      rows.length === 0
        ? 'The run was interrupted before its first result; no report was written.'
        : 'The run was interrupted; the results are those of the parts that were finished.',
    );
  } finally {
    progress.close();
    for (const { device } of opened) device.dispose();
  }
  const own: Session = {
    id: 'this',
    date: started.toISOString(),
    machine: describeMachine(),
    node: process.versions.node,
    device: deviceName,
    threads: opened[0]?.threads ?? 1,
    commit: checkedOutCommit(),
    packages: packageVersions(),
  };
  const result: Report = {
    format: 'convnet-bench-1',
    suite: suite.name,
    profile: options.profile,
    seed: options.seed,
    date: own.date,
    seconds: (Date.now() - started.getTime()) / 1000,
    interrupted: signal.aborted,
    machine: own.machine,
    node: own.node,
    device: deviceName,
    packages: own.packages,
    sessions: [own],
    ...facts,
    attributions: [...attributions.values()],
    notes: [...notes],
    rows: rows.map((row) => ({ session: own.id, ...row })),
  };
  const report =
    earlier === null
      ? result
      : { ...result, notes: [...comparisonSentences(earlier, result), ...result.notes] };
  const isEmpty = report.interrupted && rows.length === 0;
  const files = isEmpty
    ? []
    : await writeReport(report, suite, options.out, options.json, suite.fileName?.(options));
  stream.write(`\n${closing(report, suite.columns, files, stream.columns)}\n`);
  if (report.interrupted) return exitCodes.interrupted;
  const hasFailed = errors.length > 0 || rows.some(({ error }) => error !== undefined);
  return hasFailed ? exitCodes.failed : exitCodes.ok;
}
