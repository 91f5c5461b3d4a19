import { nameOf } from '../report/failures.ts';
import { count } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import type { Row, Timing } from '../report/row.ts';
import { medianOfSorted, spreadOf } from '../report/statistics.ts';

/** What changed between two reports beyond noise. */
export interface Change {
  readonly kind: 'faster' | 'slower' | 'better' | 'worse';
  /** The row, and what of it. */
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** For times the share by which the median changed, for accuracies the difference. */
  readonly difference: number;
  /** Of times, what all of the backend have together, or 0. */
  readonly shift: number;
  /** A smaller difference, of times beyond that, would be noise. */
  readonly noise: number;
}

/** A row that was trained or tested otherwise: '15 passes over 2,000 and a test on 500'. */
export interface OtherTraining {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** Figures that both have. */
  readonly compared: number;
  /** Share by which the times of each backend changed all together, by the median figure; 0 where they are too few to tell. */
  readonly shifts: ReadonlyMap<string, number>;
  /** Rows that only one of the reports has. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** Rows that were trained or tested otherwise in the one report than in the other. */
  readonly otherwise: readonly OtherTraining[];
}

/**
 * Medians of two runs on an idle machine differ by 5 % although nothing has changed: what other processes, the placement of memory
 * and the heat of the processor do between runs does not show within one. As a logarithm.
 */
const betweenRuns = Math.log(1.05);

/**
 * Two intervals of 95 % that just touch are 2.8 standard errors apart, which one of 200 figures reaches by chance; so much farther
 * apart are 3.5, which one of 2,000 reaches: a report has dozens.
 */
const widening = 1.25;

/** Standard deviation that one training is taken to have over seeds, where there is no more to tell it from. */
const unknownSpread = 0.02;

/** Standard errors that a difference of accuracies must exceed. */
const standardErrors = 2.5;

/** Times that tell by which factor all changed together. */
const leastForShift = 8;

/**
 * Compares the rows of two reports that are about the same; each figure by itself, times by what goes beyond both their earlier value
 * and the change of all of them together: an hour in which the machine is slower says nothing of any.
 */
export function changesBetween(before: Report, after: Report): Comparison {
  const old = byKey(before.rows);
  const fresh = byKey(after.rows);
  const shared = [...fresh].flatMap(([key, row]): [Row, Row][] => {
    const other = old.get(key);
    return other === undefined ? [] : [[other, row]];
  });
  const times = shared.flatMap(([then, now]) => timesOf(then, now));
  const shifts = shiftsOf(times);
  const figures = [
    ...times.map((pair) => ofTimes(pair, shifts.get(pair.backend)!)),
    ...shared.flatMap(([then, now]) => ofAccuracies(then, now) ?? []),
  ];
  return {
    changes: figures
      .filter(({ size }) => size > 1)
      .toSorted((a, b) => b.size - a.size)
      .map(({ change }) => change),
    compared: figures.length,
    shifts: new Map([...shifts].map(([backend, shift]) => [backend, Math.expm1(shift)])),
    onlyBefore: missing(old, fresh),
    onlyAfter: missing(fresh, old),
    otherwise: shared.flatMap(([then, now]) => otherTraining(then, now) ?? []),
  };
}

/** A figure, and its difference over its noise: what is beyond 1 has changed. */
interface Figure {
  readonly change: Change;
  readonly size: number;
}

/**
 * Rows that are about the same have the same key: rows beside several peers too, since they have one time of convnet, and that is what is
 * compared.
 */
function keyOf({ suite, model, dims, backend, threads, dataset, inputShape }: Row): string {
  return JSON.stringify([suite, model, dims, backend, threads, dataset, inputShape]);
}

const byKey = (rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.filter(({ error }) => error === undefined).map((row) => [keyOf(row), row]));

const missing = (from: ReadonlyMap<string, Row>, other: ReadonlyMap<string, Row>): string[] =>
  [...from].flatMap(([key, row]) => (other.has(key) ? [] : [label(row)]));

const label = (row: Row): string => `${nameOf(row)} (${row.backend})`;

/** How a row was trained or tested, where that differs. */
function otherTraining(old: Row, fresh: Row): OtherTraining | null {
  const [before, after] = [old, fresh].map(({ training }) =>
    training === undefined
      ? null
      : `${training.epochs} ${training.epochs === 1 ? 'pass' : 'passes'} over ${count(training.trainSamples)} and a test on ${count(training.testSamples)}`,
  ) as [string | null, string | null];
  if (before === null || after === null || before === after) return null;
  return { name: label(fresh), before, after };
}

/** The times of one thing in both reports. */
interface TimePair {
  readonly name: string;
  readonly backend: string;
  readonly before: Timing;
  readonly after: Timing;
}

function timesOf(before: Row, after: Row): TimePair[] {
  const pairs: [string, Timing | null | undefined, Timing | null | undefined][] = [
    ['', before.ms, after.ms],
    [', inference', before.comparison?.inference, after.comparison?.inference],
    [', inference', before.onDevice?.inference, after.onDevice?.inference],
  ];
  return pairs.flatMap(([what, old, fresh]): TimePair[] =>
    old === null || old === undefined || fresh === null || fresh === undefined
      ? []
      : [{ name: `${label(after)}${what}`, backend: after.backend, before: old, after: fresh }],
  );
}

/** By how much the median grew, as a logarithm. */
const factorOf = ({ before, after }: TimePair): number => Math.log(after.median / before.median);

/** Logarithms of the factors by which the times of each backend grew all together. */
function shiftsOf(times: readonly TimePair[]): ReadonlyMap<string, number> {
  const backends = [...new Set(times.map(({ backend }) => backend))];
  return new Map(
    backends.map((backend) => {
      const factors = times.filter((pair) => pair.backend === backend).map(factorOf);
      const isKnown = factors.length >= leastForShift;
      return [backend, isKnown ? medianOfSorted(factors.toSorted((a, b) => a - b)) : 0];
    }),
  );
}

/** @param shift logarithm of the factor of all times together. */
function ofTimes(pair: TimePair, shift: number): Figure {
  const { name, before, after } = pair;
  const factor = factorOf(pair);
  // What slows a machine slows some of its work more than other: between no change and that of all, a time tells nothing.
  const beyond = factor - Math.min(Math.max(factor, Math.min(shift, 0)), Math.max(shift, 0));
  const isSlower = beyond > 0;
  // What shows within the runs and what comes between them add up as errors that know nothing of each other.
  const noise = Math.hypot(betweenRuns, widening * touching(before, after, isSlower));
  return {
    size: Math.abs(beyond) / noise,
    change: {
      kind: isSlower ? 'slower' : 'faster',
      name,
      before: before.median,
      after: after.median,
      difference: after.median / before.median - 1,
      shift: Math.expm1(shift),
      noise: Math.abs(Math.expm1(isSlower ? noise : -noise)),
    },
  };
}

/** How far a median may be off, up and down, where nothing is known of it. */
const unknownFactor = 1.3;

/** Logarithm of the ratio of the medians at which their intervals would touch. */
function touching(before: Timing, after: Timing, isSlower: boolean): number {
  return toEnd(before, isSlower) + toEnd(after, !isSlower);
}

/** Logarithm of the way from a median to the upper or the lower end of its interval. */
function toEnd({ median, interval }: Timing, isUpper: boolean): number {
  if (interval === undefined) return Math.log(unknownFactor);
  return Math.abs(Math.log(interval[isUpper ? 1 : 0] / median));
}

function ofAccuracies(before: Row, after: Row): Figure | null {
  if (before.accuracy === null || after.accuracy === null) return null;
  const difference = after.accuracy - before.accuracy;
  const noise = standardErrors * Math.hypot(standardError(before), standardError(after));
  return {
    size: Math.abs(difference) / noise,
    change: {
      kind: difference < 0 ? 'worse' : 'better',
      name: `${label(after)}, accuracy`,
      before: before.accuracy,
      after: after.accuracy,
      difference,
      shift: 0,
      noise,
    },
  };
}

/** Of the accuracy: what the seeds and the number of test samples leave open. */
function standardError({ accuracy, accuracies, training }: Row): number {
  const measured = spreadOf({ accuracies: accuracies ?? [] });
  // Some seeds may agree by chance.
  const spread = measured === null ? unknownSpread : Math.max(measured, unknownSpread / 2);
  const ofSeeds = spread / Math.sqrt(accuracies?.length ?? 1);
  const ofSamples = Math.sqrt((accuracy! * (1 - accuracy!)) / (training?.testSamples ?? 1000));
  return Math.hypot(ofSeeds, ofSamples);
}
