import { nameOf } from '../report/failures.ts';
import { extents } from '../report/format.ts';
import { geometricMean } from '../report/geometric-mean.ts';
import type { Report } from '../report/report.ts';
import type { Row, Timing } from '../report/row.ts';
import { estimateOf, type Estimate } from './estimate.ts';

/** What the two versions measured one right after the other. */
export interface Round {
  readonly old: Pick<Report, 'rows'>;
  readonly new: Pick<Report, 'rows'>;
}

/** Old time over new: above 1, the new version is faster. */
export interface Ratios {
  /** Of the least times. */
  readonly least: Estimate;
  /** Of the median times, which other work on the machine disturbs more. */
  readonly median: Estimate;
}

export interface ComparedRow extends Ratios {
  readonly name: string;
}

export interface Comparison {
  readonly rows: readonly ComparedRow[];
  /** Of the geometric means of the rounds; null where no row can be compared. */
  readonly mean: Ratios | null;
  /** Rows that have times, but not in every round on both sides, with the reason. */
  readonly left: readonly string[];
}

type Side = 'old' | 'new';

/** Compares the rows that both versions have in every round. @throws RangeError where there are too few rounds. */
export function compareRounds(rounds: readonly Round[]): Comparison {
  const timings = {
    old: rounds.map((round) => timingsOf(round.old.rows)),
    new: rounds.map((round) => timingsOf(round.new.rows)),
  };
  const countOf = (side: Side, name: string): number =>
    timings[side].filter((times) => times.has(name)).length;
  const names = [
    ...new Set([...timings.new, ...timings.old].flatMap((times) => [...times.keys()])),
  ];
  const isWhole = (name: string): boolean =>
    countOf('old', name) === rounds.length && countOf('new', name) === rounds.length;
  const common = names.filter(isWhole);
  const ratio = (name: string, round: number, time: 'median' | 'min'): number =>
    timings.old[round]!.get(name)![time] / timings.new[round]!.get(name)![time];
  const rows = common.map((name) => ({
    name,
    least: estimateOf(rounds.map((_, i) => ratio(name, i, 'min'))),
    median: estimateOf(rounds.map((_, i) => ratio(name, i, 'median'))),
  }));
  const meanOf = (time: 'median' | 'min'): Estimate =>
    estimateOf(rounds.map((_, i) => geometricMean(common.map((name) => ratio(name, i, time)))));
  return {
    rows,
    mean: rows.length === 0 ? null : { least: meanOf('min'), median: meanOf('median') },
    left: names
      .filter((name) => !isWhole(name))
      .map((name) => whyLeft(name, countOf('old', name), countOf('new', name), rounds.length)),
  };
}

function whyLeft(name: string, old: number, ours: number, rounds: number): string {
  if (old === 0) return `${name}: only in the new version`;
  if (ours === 0) return `${name}: only in the old version`;
  return `${name}: has times in ${old} rounds of the old version and in ${ours} of the new, of ${rounds}`;
}

/** The times of the rows that have some, by name; rows of one name are numbered, as the parts of several networks are. */
function timingsOf(rows: readonly Row[]): ReadonlyMap<string, Timing> {
  const seen = new Map<string, number>();
  const times = new Map<string, Timing>();
  for (const row of rows) {
    const name = distinctName(row);
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    if (row.ms !== null) times.set(number === 1 ? name : `${name} (${number})`, row.ms);
  }
  return times;
}

function distinctName(row: Row): string {
  const { suite, inputShape, peer } = row;
  const shape = inputShape === null ? '' : ` ${extents(inputShape)}`;
  return `${suite}: ${nameOf(row)}${shape}${peer === undefined ? '' : ` beside ${peer.name} ${peer.version}`}`;
}
