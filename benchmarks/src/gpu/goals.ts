import { geometricMean } from '../report/geometric-mean.ts';
import type { CaseReport, FamilyReport } from './correctness.ts';
import type { Rate } from './rates.ts';
import type { GpuMode, LongRun, TimedRow } from './timings.ts';

/** A number that is to be reached, and what was found. */
export interface Goal {
  readonly what: string;
  /** What is wanted, in words. */
  readonly wanted: string;
  /** Null where nothing was measured, such as without PyTorch. */
  readonly found: number | null;
  readonly met: boolean | null;
}

/** Something on a device of ieee float32, and on one of TF32. */
export interface OnBoth<Result> {
  readonly float32: Result;
  readonly tf32: Result;
}

function goal(
  what: string,
  found: number | null,
  comparison: 'at least' | 'at most',
  limit: number,
): Goal {
  const met = found === null ? null : comparison === 'at least' ? found >= limit : found <= limit;
  return { what, wanted: `${comparison} ${limit}`, found, met };
}

const precisions = ['float32', 'tf32'] as const;

/** How far numbers may be from PyTorch's and from those of `reference`, where float32 has no tolerance of its own. */
export const deviationLimits: OnBoth<number> = { float32: 1e-3, tf32: 1e-2 };

/** No case fails. */
export function goalsOfCases(found: OnBoth<CaseReport>): Goal[] {
  return precisions.map((precision) =>
    goal(`failures, ${precision}`, found[precision].failures.length, 'at most', 0),
  );
}

/** The worst of all families: of outputs and running statistics, and of gradients. */
export function goalsOfFamilies(found: OnBoth<readonly FamilyReport[]>): Goal[] {
  return precisions.flatMap((precision) => {
    const greatest = (what: string, of: (report: FamilyReport) => readonly number[]): Goal => {
      const all = found[precision].flatMap(of);
      // NaN is no number that would be small enough.
      const worst = all.some(Number.isNaN) ? Infinity : Math.max(...all);
      const name = `greatest deviation of ${what}, ${precision}`;
      return goal(name, worst, 'at most', deviationLimits[precision]);
    };
    return [
      greatest('outputs', (report) => [report.eval, report.train, report.statistics]),
      greatest('gradients', ({ gradients }) => [gradients]),
    ];
  });
}

/** The large product, with libraries and without, and convolutions without. */
export function goalsOfRates(rates: readonly Rate[]): Goal[] {
  const ofIeee = rates.filter(({ tf32 }) => !tf32);
  const products = rates.filter(({ what }) => what === 'product 4096');
  return [
    ...products
      .filter(({ isOwn }) => !isOwn)
      .map((rate) => goal(`${rate.what}, tf32 ${rate.tf32}`, rate.ratio, 'at least', 0.95)),
    ...products
      .filter(({ isOwn, tf32 }) => isOwn && !tf32)
      .map((rate) => goal(`${rate.what}, own kernel`, rate.ratio, 'at least', 0.6)),
    ...ofIeee
      .filter(({ what, isOwn }) => isOwn && what.startsWith('conv '))
      .map((rate) => goal(`${rate.what}, own kernel`, rate.ratio, 'at least', 0.7)),
  ];
}

const nameOf = ({ model, dims, batch }: TimedRow): string => `${model} ${dims}D b${batch}`;

/** The geometric mean and the least of ratios. */
function goalsOfColumn(
  what: string,
  rows: readonly TimedRow[],
  mean: number,
  least: number,
): Goal[] {
  const ratios = rows.flatMap(({ ratio }) => (ratio === null ? [] : [ratio]));
  const isWhole = rows.length > 0 && ratios.length === rows.length;
  return [
    goal(`${what}, geometric mean`, isWhole ? geometricMean(ratios) : null, 'at least', mean),
    goal(`${what}, least`, isWhole ? Math.min(...ratios) : null, 'at least', least),
  ];
}

/** Rows of small work, whose captured steps are compared with PyTorch's eager ones. */
const isSmall = ({ model, batch }: TimedRow): boolean => model === 'lenet5_relu' || batch <= 8;

/** The four columns of training steps, and small work captured over PyTorch's eager steps. */
export function goalsOfTraining(rows: readonly TimedRow[]): Goal[] {
  const columns = (['eager', 'graph'] as const).flatMap((mode: GpuMode) =>
    [false, true].flatMap((tf32) =>
      goalsOfColumn(
        `training ${mode}, tf32 ${tf32}`,
        rows.filter((row) => row.mode === mode && row.tf32 === tf32 && !isSmall(row)),
        1,
        0.8,
      ),
    ),
  );
  const small = rows.filter((row) => isSmall(row) && row.mode === 'graph');
  return [
    ...columns,
    ...small.map((row) => {
      const eager = rows.find(
        (other) =>
          other.mode === 'eager' && other.tf32 === row.tf32 && nameOf(other) === nameOf(row),
      );
      const theirs = eager?.pytorch ?? null;
      const ratio = theirs === null ? null : theirs / row.own;
      const what = `${nameOf(row)}, tf32 ${row.tf32}: captured over PyTorch's eager speed`;
      return goal(what, ratio, 'at least', 3);
    }),
  ];
}

/** Captured inference over PyTorch's eager one. */
export function goalsOfInference(rows: readonly TimedRow[]): Goal[] {
  return rows.map((row) =>
    goal(`${nameOf(row)}, tf32 ${row.tf32}`, row.ratio, 'at least', row.batch === 1 ? 2 : 1),
  );
}

/** Memory that stays, and a host that does not wait. */
export function goalsOfLong(run: LongRun): Goal[] {
  return [
    goal('bytes reserved more at the end', run.reservedLate - run.reservedEarly, 'at most', 0),
    goal('bytes live more at the end', run.liveLate - run.liveEarly, 'at most', 0),
    goal('waits of the host inside steps', run.waits, 'at most', 0),
  ];
}
