import { nameOf } from '../report/failures.ts';
import { count } from '../report/format.ts';
import type { Report } from '../report/report.ts';
import type { Row, Timing } from '../report/row.ts';
import { spreadOf } from '../report/statistics.ts';

/** What changed between two reports beyond noise. */
export interface Change {
  readonly kind: 'faster' | 'slower' | 'better' | 'worse';
  /** The row, and what of it. */
  readonly name: string;
  readonly before: number;
  readonly after: number;
  /** For times the share by which the median changed, for accuracies the difference. */
  readonly difference: number;
  /** A smaller difference would be noise. */
  readonly noise: number;
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** Figures that both have. */
  readonly compared: number;
  /** Rows that only one of the reports has. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  /** Rows that were trained or tested otherwise in the one report than in the other, and how. */
  readonly otherwise: readonly string[];
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

/** Compares the rows of two reports that are about the same; each figure by itself. */
export function changesBetween(before: Report, after: Report): Comparison {
  const old = byKey(before.rows);
  const fresh = byKey(after.rows);
  const changes: Change[] = [];
  const otherwise: string[] = [];
  let compared = 0;
  for (const [key, row] of fresh) {
    const other = old.get(key);
    if (other === undefined) continue;
    otherwise.push(...otherTraining(other, row));
    for (const change of [...timeChanges(other, row), accuracyChange(other, row)]) {
      if (change === null) continue;
      compared++;
      if (Math.abs(change.difference) > change.noise) changes.push(change);
    }
  }
  return {
    changes: changes.toSorted(
      (a, b) => Math.abs(b.difference) / b.noise - Math.abs(a.difference) / a.noise,
    ),
    compared,
    onlyBefore: missing(old, fresh),
    onlyAfter: missing(fresh, old),
    otherwise,
  };
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

/** 'lenet5 2D on mnist (wasm), 2 passes over 60,000 and a test on 10,000 then, 1 over 8 and a test on 8 now', where they differ. */
function otherTraining(before: Row, after: Row): string[] {
  const [then, now] = [before, after].map(({ training }) =>
    training === undefined
      ? null
      : `${training.epochs} ${training.epochs === 1 ? 'pass' : 'passes'} over ${count(training.trainSamples)} and a test on ${count(training.testSamples)}`,
  );
  if (then === null || now === null || then === now) return [];
  return [`${label(after)}, ${then} then, ${now} now`];
}

function timeChanges(before: Row, after: Row): (Change | null)[] {
  const pairs: [string, Timing | null | undefined, Timing | null | undefined][] = [
    ['', before.ms, after.ms],
    [', inference', before.comparison?.inference, after.comparison?.inference],
    [', inference', before.onDevice?.inference, after.onDevice?.inference],
  ];
  return pairs.map(([what, old, fresh]) => {
    if (old === null || old === undefined || fresh === null || fresh === undefined) return null;
    const isSlower = fresh.median > old.median;
    // What shows within the runs and what comes between them add up as errors that know nothing of each other.
    const factor = Math.exp(Math.hypot(betweenRuns, widening * touching(old, fresh, isSlower)));
    return {
      kind: isSlower ? 'slower' : 'faster',
      name: `${label(after)}${what}`,
      before: old.median,
      after: fresh.median,
      difference: fresh.median / old.median - 1,
      noise: isSlower ? factor - 1 : 1 - 1 / factor,
    };
  });
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

function accuracyChange(before: Row, after: Row): Change | null {
  if (before.accuracy === null || after.accuracy === null) return null;
  const difference = after.accuracy - before.accuracy;
  return {
    kind: difference < 0 ? 'worse' : 'better',
    name: `${label(after)}, accuracy`,
    before: before.accuracy,
    after: after.accuracy,
    difference,
    noise: standardErrors * Math.hypot(standardError(before), standardError(after)),
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
