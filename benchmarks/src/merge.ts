import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { JournalError } from './architectures/errors.ts';
import { JournalLock } from './architectures/journal-lock.ts';
import { mergeJournals, writeMerged, type MergedJournals } from './architectures/merge-journals.ts';
import { mergedReport } from './architectures/merged-report.ts';
import type { OutputStream } from './progress/progress.ts';
import { closing } from './report/closing.ts';
import { requirePlaces } from './report/results-folder.ts';
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
  const name = `${architectures.name}-full`;
  const file = join(out, `${name}.jsonl`);
  const isInput = journals.some((path) => resolve(path) === resolve(file));
  const exists = existsSync(file);
  if (exists && !isInput) {
    throw new JournalError(
      'exists',
      `${file} exists: name it too, to join it with the others, or write to another folder by --out`,
    );
  }
  if (exists) requirePlaces(out);
  // A run that goes on would lose what it adds meanwhile.
  const lock = exists ? JournalLock.take(file) : null;
  let merged: MergedJournals;
  try {
    merged = mergeJournals(journals);
    requirePlaces(out);
    writeMerged(file, merged);
  } finally {
    lock?.release();
  }
  const report = mergedReport(merged, journals.length, architectures.name);
  const files = await writeReport(report, architectures, out, undefined, name);
  stream.write(`${closing(report, architectures.columns, [file, ...files], stream.columns)}\n`);
}
