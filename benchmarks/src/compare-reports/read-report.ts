import { readFileSync } from 'node:fs';

import type { Report } from '../report/report.ts';

/** An earlier result that cannot be compared with. */
export class EarlierReportError extends Error {
  override readonly name = 'EarlierReportError';
}

/** @throws EarlierReportError for a file that is no result of `suite`. */
export function readEarlierReport(file: string, suite: string): Report {
  let report: Partial<Report>;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>;
  } catch (cause) {
    throw new EarlierReportError(`--compare: ${file} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
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
  return report as Report;
}
