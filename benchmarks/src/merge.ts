import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { JournalError } from './architectures/errors.ts';
import { isWork } from './architectures/journal.ts';
import { mergeJournals, writeMerged, type MergedJournals } from './architectures/merge-journals.ts';
import { networksOnSets } from './architectures/plan.ts';
import { resultsOf, sessionsOf } from './architectures/summarise.ts';
import type { OutputStream } from './progress/progress.ts';
import { closing } from './report/closing.ts';
import { describeMachine } from './report/machine.ts';
import { packageVersions } from './report/packages.ts';
import type { Report } from './report/report.ts';
import { writeReport } from './report/write-report.ts';
import { architectures } from './suites/architectures.ts';

/** What `pnpm bench merge` is asked for. */
export interface MergeRequest {
  readonly journals: readonly string[];
  /** Folder of the joined journal and its report. */
  readonly out: string;
}

/**
 * Joins the journals of shards, or of parts of a run, into one that can be resumed, and reports on it.
 * @throws JournalError.
 */
export async function runMerge(
  { journals, out }: MergeRequest,
  stream: OutputStream,
): Promise<void> {
  const merged = mergeJournals(journals);
  const name = `${architectures.name}-full`;
  const file = join(out, `${name}.jsonl`);
  const isInput = journals.some((path) => resolve(path) === resolve(file));
  if (existsSync(file) && !isInput) {
    throw new JournalError(
      'exists',
      `${file} exists: name it too, to join it with the others, or write to another folder by --out`,
    );
  }
  mkdirSync(out, { recursive: true });
  writeMerged(file, merged);
  const report = mergedReport(merged, journals.length);
  const files = await writeReport(report, architectures, out, undefined, name);
  stream.write(`${closing(report, architectures.columns, [file, ...files], stream.columns)}\n`);
}

/** The report on joined journals; no data set has to be there. */
function mergedReport(
  { recipe, finished, entries, repeated }: MergedJournals,
  count: number,
): Report {
  const networks = networksOnSets(finished.sets);
  const { rows, notes } = resultsOf(finished, networks, recipe, architectures.name);
  const sessions = sessionsOf(finished);
  return {
    format: 'convnet-bench-1',
    suite: architectures.name,
    profile: 'full',
    seed: 0,
    date: sessions.map(({ date }) => date).toSorted()[0] ?? new Date().toISOString(),
    seconds: entries.filter(isWork).reduce((sum, entry) => sum + secondsOf(entry), 0),
    interrupted: false,
    machine: sessions[0]?.machine ?? describeMachine(),
    node: sessions[0]?.node ?? process.versions.node,
    device: [...new Set(sessions.map(({ device }) => device))].join('; ') || 'none',
    packages: sessions[0]?.packages ?? packageVersions(),
    sessions,
    recipe: { ...recipe },
    attributions: finished.sets.map(({ source }) => source),
    notes: [
      ...notes,
      ...(count > 1 ? [`Joined from ${count} journals.`] : []),
      ...(repeated > 0
        ? [`${repeated} pieces of work were in more than one; the first counts.`]
        : []),
    ],
    rows,
  };
}

/** Of training: what the journal knows of. */
function secondsOf(entry: MergedJournals['entries'][number]): number {
  if (entry.kind === 'rate') return entry.seconds;
  return entry.kind === 'training' ? (entry.outcome?.seconds ?? 0) : 0;
}
