import { readFileSync } from 'node:fs';

import { isRecord } from '../is-record.ts';
import type { Report } from '../report/report.ts';

/** An earlier result that cannot be compared with. */
export class EarlierReportError extends Error {
  override readonly name = 'EarlierReportError';
}

/** @throws EarlierReportError for a file that is no result of `suite`. */
export function readEarlierReport(file: string, suite: string): Report {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new EarlierReportError(`--compare: ${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  const report: Partial<Report> = isRecord(content) ? content : {};
  if (report.format !== 'convnet-bench-1' || !Array.isArray(report.rows)) {
    throw new EarlierReportError(
      `--compare: expected results of format 'convnet-bench-1' in ${file}, got ${JSON.stringify(report.format) ?? 'none'}`,
    );
  }
  if (report.suite !== suite) {
    throw new EarlierReportError(
      `--compare: expected results of '${suite}' in ${file}, got those of '${report.suite}'`,
    );
  }
  const fault = faultOf(report);
  if (fault !== null) {
    throw new EarlierReportError(`--compare: ${file} is damaged: ${fault}`);
  }
  return report as Report;
}

/** What of a report that is compared is not what it should be; told before a run, since its results would be lost after it. */
function faultOf({ date, node, machine, rows }: Partial<Report>): string | null {
  if (typeof date !== 'string') return 'it has no date';
  if (typeof node !== 'string' || !isRecord(machine)) return 'it names no machine';
  const broken = rows!.findIndex((row: unknown) => !isRow(row));
  return broken === -1 ? null : `row ${broken + 1} of ${rows!.length} is no result`;
}

function isRow(row: unknown): boolean {
  if (!isRecord(row)) return false;
  const { model, dims, backend, threads, accuracy, accuracies, ms, comparison, onDevice } = row;
  return (
    typeof model === 'string' &&
    typeof backend === 'string' &&
    typeof threads === 'number' &&
    isNumberOrNull(dims) &&
    isNumberOrNull(accuracy) &&
    (accuracies === undefined || isList(accuracies)) &&
    (ms === null || isTiming(ms)) &&
    [comparison, onDevice].every(
      (figures) => figures === undefined || (isRecord(figures) && isTiming(figures['inference'])),
    )
  );
}

function isTiming(timing: unknown): boolean {
  if (!isRecord(timing)) return false;
  const { median, min, interval } = timing;
  return isList([median, min]) && (interval === undefined || isList(interval));
}

const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === 'number';

const isList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'number');
