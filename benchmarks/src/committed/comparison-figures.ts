import { paretoFront } from '../charts/points.ts';
import * as columns from '../report/columns.ts';
import { coreHours } from '../report/format.ts';
import { markdownTable } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import type { Row } from '../report/row.ts';
import { spreadOf } from '../report/statistics.ts';

/** What a table of the best networks shows of each. */
const shown = [
  columns.datasetAndDims,
  columns.model,
  columns.accuracyAndSpread,
  columns.macs,
  columns.params,
  columns.inferenceMedian,
];

/**
 * What a comparison of architectures has found, for who reads no further: how many networks trained, and those that no other
 * surpasses in accuracy at as many MACs or fewer, the cheapest first, set by set.
 */
export function comparisonFigures({ rows, seconds }: Report): string {
  const trained = rows.filter(({ accuracy }) => accuracy !== null);
  const sets = [...new Set(trained.map(setOf))].map((set) => ({
    set,
    own: trained.filter((row) => setOf(row) === set),
  }));
  const counts = sets.map(({ set, own }) => {
    const repeated = own.filter((row) => spreadOf(row) !== null).length;
    return `${own.length} ${own.length === 1 ? 'network' : 'networks'} on ${set}, ${repeated} of them with several seeds`;
  });
  const front = sets.flatMap(({ own }) =>
    paretoFront(
      own,
      ({ macs }) => macs!,
      ({ accuracy }) => accuracy!,
    ),
  );
  return [
    `${counts.join('; ')}: ${coreHours(seconds)} core-hours, trials of rates among them. Those that no other surpasses at as many MACs or fewer:`,
    markdownTable(
      shown.map(({ title }) => title.join(' ')),
      shown.map(({ align }) => align),
      front.map((row) => shown.map(({ cell }) => cell(row))),
    ),
  ].join('\n\n');
}

const setOf = (row: Row): string => columns.datasetAndDims.cell(row);
