import { aDataset } from '../kinds.ts';
import {
  formatShape,
  Generator,
  aBoolean,
  anyNumbers,
  aSeed,
  checkOptions,
  either,
  formatValue,
  numbers,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import type { BlockDataset, Dataset } from './dataset.ts';
import { subsetOf } from './subset.ts';

/** What belongs to a sample where sets are cut: a recording, a patient, a speaker. */
export type Group = string | number;

/** Options of `randomSplit`. */
export interface SplitOptions {
  /** Fixes the parts; default 0. */
  readonly seed?: number;
  /**
   * The group of each sample. A group falls into one part as a whole, so that no recording, patient or speaker is
   * both trained on and tested with.
   */
  readonly groups?: ArrayLike<Group>;
  /**
   * Gives each part the classes in the shares that the whole set has: true for the dataset's own `labels`, or the class
   * of each sample. With `groups`, as near as whole groups allow. Default false.
   */
  readonly stratify?: boolean | ArrayLike<number>;
}

const aGroupList: Kind = {
  expected: 'a list of numbers or texts',
  accepts: (value) =>
    anyNumbers.accepts(value) ||
    (Array.isArray(value) &&
      value.every((group) => ['number', 'string', 'undefined'].includes(typeof group))),
};

const splitKinds = {
  seed: aSeed,
  groups: aGroupList,
  stratify: either(aBoolean, anyNumbers),
} as const;
const splitOptions = optionKinds<SplitOptions>(splitKinds);

/** Samples that stay together. */
interface Unit {
  readonly members: readonly number[];
  /** How many samples of each class. */
  readonly classes: ReadonlyMap<number, number>;
}

/**
 * Splits `dataset` at random into parts of the given lengths, or of the given fractions (which add up to
 * 1; what rounding leaves over goes to the first parts). The same seed gives the same parts.
 *
 * With `groups` or `stratify` the parts are as near to these lengths as whole groups and classes allow.
 *
 * @throws DatasetError (fault 'split') where the lengths do not add up to the length of the dataset, or there are
 *   fewer groups than parts with samples; (fault 'labels') where a class or group is missing.
 */
export function randomSplit(
  dataset: BlockDataset,
  lengths: readonly number[],
  options?: SplitOptions,
): BlockDataset[];
export function randomSplit<S>(
  dataset: Dataset<S>,
  lengths: readonly number[],
  options?: SplitOptions,
): Dataset<S>[];
export function randomSplit<S>(
  dataset: Dataset<S>,
  lengths: readonly number[],
  options: SplitOptions = {},
): Dataset<S>[] {
  requireKind('randomSplit', 'dataset', dataset, aDataset);
  requireKind('randomSplit', 'lengths', lengths, numbers);
  checkOptions('randomSplit', options, splitOptions);
  const counts = partLengths(dataset.length, lengths);
  const order = new Generator(options.seed ?? 0).permutation(dataset.length);
  if (options.groups === undefined && !isStratified(options.stratify)) {
    let start = 0;
    return counts.map((count) => {
      const part = order.subarray(start, start + count);
      start += count;
      return subsetOf(dataset, part);
    });
  }
  const units = unitsOf('randomSplit', dataset, order, options);
  const parts = share(units, counts);
  const empty = parts.findIndex((part, i) => part.length === 0 && counts[i]! > 0);
  if (empty >= 0) {
    throw new DatasetError(
      'split',
      `randomSplit: part ${empty} would be empty: ${units.length} groups for ${counts.length} parts`,
    );
  }
  return parts.map((part) => subsetOf(dataset, part));
}

/** Options of `kFold`. */
export interface KFoldOptions extends SplitOptions {
  /** Whether samples are shuffled before they are cut; default true. */
  readonly shuffle?: boolean;
}

const kFoldOptions = optionKinds<KFoldOptions>({ ...splitKinds, shuffle: aBoolean });

/** One turn of a cross-validation. */
export interface Fold<D> {
  readonly train: D;
  readonly test: D;
}

/**
 * `k` folds of `dataset`: each sample is tested in one of them and trained on in the others. Folds differ by one sample
 * at most; with `groups` by what whole groups ask for.
 *
 * @throws DatasetError (fault 'split') where there are fewer samples, or groups, than folds; (fault 'labels') where a
 *   class or group is missing.
 */
export function kFold(
  dataset: BlockDataset,
  k: number,
  options?: KFoldOptions,
): Fold<BlockDataset>[];
export function kFold<S>(
  dataset: Dataset<S>,
  k: number,
  options?: KFoldOptions,
): Fold<Dataset<S>>[];
export function kFold<S>(
  dataset: Dataset<S>,
  k: number,
  options: KFoldOptions = {},
): Fold<Dataset<S>>[] {
  requireKind('kFold', 'dataset', dataset, aDataset);
  checkOptions('kFold', options, kFoldOptions);
  const { length } = dataset;
  const { shuffle = true, seed = 0 } = options;
  if (!Number.isSafeInteger(k) || k < 2 || k > length) {
    throw new DatasetError(
      'split',
      `kFold: expected k as a whole number from 2 to the ${length} samples, got ${formatValue(k)}`,
    );
  }
  const order = shuffle
    ? new Generator(seed).permutation(length)
    : Int32Array.from({ length }, (_, i) => i);
  const counts = Array.from(
    { length: k },
    (_, i) => Math.floor(length / k) + (i < length % k ? 1 : 0),
  );
  const units = unitsOf('kFold', dataset, order, options);
  if (units.length < k) {
    throw new DatasetError('split', `kFold: expected at least ${k} groups, got ${units.length}`);
  }
  const parts = isGroupedOrStratified(options) ? share(units, counts) : cut(order, counts);
  return parts.map((test, fold) => {
    const train = parts.filter((_, other) => other !== fold).flatMap((part) => [...part]);
    return {
      train: subsetOf(dataset, Int32Array.from(train)),
      test: subsetOf(dataset, test),
    };
  });
}

function isStratified(stratify: SplitOptions['stratify']): boolean {
  return stratify !== undefined && stratify !== false;
}

function isGroupedOrStratified(options: SplitOptions): boolean {
  return options.groups !== undefined || isStratified(options.stratify);
}

function cut(order: Int32Array, counts: readonly number[]): Int32Array[] {
  let start = 0;
  return counts.map((count) => {
    start += count;
    return order.slice(start - count, start);
  });
}

function partLengths(total: number, lengths: readonly number[]): number[] {
  const sum = lengths.reduce((a, b) => a + b, 0);
  const usable = lengths.every((length) => length >= 0);
  if (usable && sum === total && lengths.every((length) => Number.isInteger(length)))
    return [...lengths];
  if (usable && Math.abs(sum - 1) < 1e-9) {
    const counts = lengths.map((fraction) => Math.floor(fraction * total));
    const rest = total - counts.reduce((a, b) => a + b, 0);
    return counts.map((count, i) => (i < rest ? count + 1 : count));
  }
  throw new DatasetError(
    'split',
    `randomSplit: expected whole lengths that add up to ${total}, or fractions that add up to 1, got ${formatShape(lengths)}`,
  );
}

/** The class of each sample, or nothing where classes do not count. */
function classesOf(
  where: string,
  dataset: Dataset,
  stratify: SplitOptions['stratify'],
): ArrayLike<number> | undefined {
  if (!isStratified(stratify)) return undefined;
  const labels = stratify === true ? dataset.labels : (stratify as ArrayLike<number>);
  if (labels === undefined) {
    throw new DatasetError(
      'labels',
      `${where}: the dataset has no labels to stratify by; give the class of each sample as stratify`,
    );
  }
  requireOnePerSample(where, 'stratify', labels, dataset.length);
  return labels;
}

function requireOnePerSample(
  where: string,
  name: string,
  given: ArrayLike<unknown>,
  length: number,
): void {
  if (given.length !== length) {
    throw new DatasetError(
      'labels',
      `${where}: expected ${name} with one entry for each of ${length} samples, got ${given.length}`,
    );
  }
  for (let i = 0; i < length; i++) {
    if (given[i] === undefined || given[i] === null || Number.isNaN(given[i])) {
      throw new DatasetError('labels', `${where}: ${name} has no entry for sample ${i}`);
    }
  }
}

/** Samples that stay together, in the order in which the first of each comes. */
function unitsOf(
  where: string,
  dataset: Dataset,
  order: Int32Array,
  { groups, stratify }: SplitOptions,
): Unit[] {
  const labels = classesOf(where, dataset, stratify);
  if (groups !== undefined) requireOnePerSample(where, 'groups', groups, dataset.length);
  const members = new Map<Group, number[]>();
  for (const index of order) {
    const group = groups === undefined ? index : groups[index]!;
    const found = members.get(group);
    if (found === undefined) members.set(group, [index]);
    else found.push(index);
  }
  return Array.from(members.values(), (indices) => {
    const classes = new Map<number, number>();
    for (const index of indices) {
      const label = labels?.[index] ?? 0;
      classes.set(label, (classes.get(label) ?? 0) + 1);
    }
    return { members: indices, classes };
  });
}

/**
 * Deals single samples, class by class, each to the part that has fallen behind its share the most: parts get the
 * lengths asked for, and of each class the nearest whole number or its neighbour.
 */
function deal(units: readonly Unit[], counts: readonly number[]): Int32Array[] {
  const total = units.length;
  const classOf = ({ classes }: Unit): number => [...classes.keys()][0]!;
  const parts: number[][] = counts.map(() => []);
  [...units]
    .sort((a, b) => classOf(a) - classOf(b))
    .forEach(({ members }, place) => {
      const behind = counts.map((count, i) =>
        parts[i]!.length < count ? (count * (place + 1)) / total - parts[i]!.length : -Infinity,
      );
      parts[behind.indexOf(Math.max(...behind))]!.push(members[0]!);
    });
  return parts.map((part) => Int32Array.from(part));
}

/**
 * Shares units among parts of about `counts` samples: each goes, the largest first, where most is missing of its
 * classes, and among equals where most samples are missing. (K. Sechidis, G. Tsoumakas, I. Vlahavas, "On the
 * Stratification of Multi-Label Data", 2011, section 3.2, for whole groups.)
 */
function share(units: readonly Unit[], counts: readonly number[]): Int32Array[] {
  const total = counts.reduce((a, b) => a + b, 0);
  if (units.every(({ members }) => members.length === 1)) return deal(units, counts);
  const perClass = new Map<number, number>();
  for (const { classes } of units) {
    for (const [label, count] of classes) perClass.set(label, (perClass.get(label) ?? 0) + count);
  }
  const missing = counts.map(
    (count) => new Map(Array.from(perClass, ([label, all]) => [label, (all * count) / total])),
  );
  const room = [...counts];
  const parts: number[][] = counts.map(() => []);
  // Of equal sizes the rare classes first: for the frequent ones there is room to even things out.
  const rarity = (unit: Unit): number =>
    Math.min(...Array.from(unit.classes.keys(), (label) => perClass.get(label)!));
  const largestFirst = [...units].sort(
    (a, b) => b.members.length - a.members.length || rarity(a) - rarity(b),
  );
  for (const [place, unit] of largestFirst.entries()) {
    const isEmpty = (part: number): boolean => counts[part]! > 0 && parts[part]!.length === 0;
    const empty = counts.filter((_, part) => isEmpty(part)).length;
    // No part is left empty while there are units enough.
    const mustFill = largestFirst.length - place <= empty;
    let best = -1;
    let bestNeed = -Infinity;
    for (let part = 0; part < counts.length; part++) {
      if (counts[part] === 0 || (mustFill && !isEmpty(part))) continue;
      let need = 0;
      for (const [label, count] of unit.classes) need += missing[part]!.get(label)! * count;
      need /= unit.members.length;
      if (need > bestNeed + 1e-9 || (need > bestNeed - 1e-9 && room[part]! > room[best]!)) {
        best = part;
        bestNeed = need;
      }
    }
    parts[best]!.push(...unit.members);
    room[best]! -= unit.members.length;
    for (const [label, count] of unit.classes) {
      missing[best]!.set(label, missing[best]!.get(label)! - count);
    }
  }
  return parts.map((part) => Int32Array.from(part));
}
