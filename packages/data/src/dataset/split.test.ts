import { describe, expect, it } from 'vitest';
import { DatasetError } from '../errors.ts';
import { requireSameClasses } from './class-lists.ts';
import type { Dataset } from './dataset.ts';
import { concatDatasets, mapDataset } from './map.ts';
import { kFold, randomSplit } from './split.ts';
import { subset } from './subset.ts';

const numbers = (length: number, labels?: readonly number[]): Dataset<number> => ({
  length,
  ...(labels === undefined ? {} : { labels }),
  get: (index) => index,
});
const contents = (dataset: Dataset<number>): number[] =>
  Array.from({ length: dataset.length }, (_, i) => dataset.get(i) as number);
const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('randomSplit', () => {
  it('never puts a group into two parts, and meets the lengths nearly', () => {
    // 40 recordings of 1 to 7 windows.
    const groups = range(40).flatMap((i) => Array<string>(1 + (i % 7)).fill(`recording ${i}`));
    const parts = randomSplit(numbers(groups.length), [0.7, 0.15, 0.15], { groups, seed: 4 });
    const seen = parts.map((part) => new Set(contents(part).map((i) => groups[i])));
    for (const group of new Set(groups)) {
      expect(seen.filter((part) => part.has(group))).toHaveLength(1);
    }
    expect(ascending(parts.flatMap(contents))).toEqual(range(groups.length));
    [0.7, 0.15, 0.15].forEach((share, i) => {
      expect(Math.abs(parts[i]!.length - share * groups.length)).toBeLessThanOrEqual(4);
    });
    const again = randomSplit(numbers(groups.length), [0.7, 0.15, 0.15], { groups, seed: 4 });
    expect(again.map(contents)).toEqual(parts.map(contents));
    const other = randomSplit(numbers(groups.length), [0.7, 0.15, 0.15], { groups, seed: 5 });
    expect(other.map(contents)).not.toEqual(parts.map(contents));
  });

  it('leaves no part empty where there are groups enough', () => {
    const groups = ['a', 'a', 'b', 'b', 'c', 'c'];
    for (let seed = 0; seed < 10; seed++) {
      const parts = randomSplit(numbers(6), [0.67, 0.33], { groups, seed });
      expect(parts.map((part) => part.length)).toEqual([4, 2]);
      const three = randomSplit(numbers(6), [4, 1, 1], { groups, seed });
      expect(three.map((part) => part.length)).toEqual([2, 2, 2]);
    }
  });

  it('keeps the shares of the classes, with and without groups', () => {
    const labels = range(200).map((i) => (i % 20 === 0 ? 1 : 0));
    const parts = randomSplit(numbers(200, labels), [0.8, 0.2], { stratify: true });
    expect(parts.map((part) => part.length)).toEqual([160, 40]);
    expect(parts.map((part) => contents(part).filter((i) => labels[i] === 1).length)).toEqual([
      8, 2,
    ]);
    const groups = range(200).map((i) => Math.floor(i / 20) * 2 + labels[i]!);
    const grouped = randomSplit(numbers(200), [0.5, 0.5], { stratify: labels, groups });
    expect(grouped.map((part) => contents(part).filter((i) => labels[i] === 1).length)).toEqual([
      5, 5,
    ]);
  });

  it.each([
    ['the dataset has no labels to stratify by', { stratify: true }],
    ['expected groups with one entry for each of 4 samples, got 2', { groups: ['a', 'b'] }],
    ['stratify has no entry for sample 1', { stratify: [0, Number.NaN, 0, 0] }],
    ['part 1 would be empty: 1 groups for 2 parts', { groups: [1, 1, 1, 1] }],
  ])('says: %s', (message, options) => {
    expect(() => randomSplit(numbers(4), [2, 2], options)).toThrow(DatasetError);
    expect(() => randomSplit(numbers(4), [2, 2], options)).toThrow(message);
  });
});

describe('kFold', () => {
  it.each([{}, { shuffle: false }, { stratify: range(23).map((i) => i % 3) }])(
    'tests each sample once and trains on the others (%j)',
    (options) => {
      const folds = kFold(numbers(23), 5, options);
      expect(ascending(folds.flatMap(({ test }) => contents(test)))).toEqual(range(23));
      for (const { train, test } of folds) {
        expect(ascending([...contents(train), ...contents(test)])).toEqual(range(23));
        expect([4, 5]).toContain(test.length);
      }
    },
  );

  it('cuts in order without shuffle', () => {
    const [first] = kFold(numbers(23), 5, { shuffle: false });
    expect(contents(first!.test)).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps groups whole', () => {
    const groups = range(30).map((i) => Math.floor(i / 3));
    for (const { train, test } of kFold(numbers(30), 4, { groups })) {
      const trained = new Set(contents(train).map((i) => groups[i]));
      expect(contents(test).some((i) => trained.has(groups[i]))).toBe(false);
    }
    expect(() => kFold(numbers(30), 11, { groups })).toThrow('expected at least 11 groups, got 10');
    expect(() => kFold(numbers(3), 4)).toThrow(
      'expected k as a whole number from 2 to the 3 samples',
    );
  });
});

describe('datasets made of others', () => {
  it('subset has names, labels and errors of its own', () => {
    const part = subset(
      { ...numbers(5, [5, 6, 7, 8, 9]), nameOf: (i: number) => `${i}.wav` },
      [3, 1],
    );
    expect(contents(part)).toEqual([3, 1]);
    expect(part.nameOf!(0)).toBe('3.wav');
    expect(Array.from(part.labels!)).toEqual([8, 6]);
    expect(() => part.get(2)).toThrow('subset: expected a sample index from 0 to 1, got 2');
    expect(() => subset(numbers(5), [5])).toThrow('from 0 to 4, got 5');
  });

  it('mapDataset maps when asked', async () => {
    const mapped = mapDataset(numbers(3), (i) => 2 * i);
    expect(contents(mapped)).toEqual([0, 2, 4]);
    const later = mapDataset({ length: 1, get: async () => 4 }, (i) => i + 1);
    expect(await later.get(0)).toBe(5);
    expect(() => mapDataset([] as never, (i) => i)).toThrow('expected dataset as a data set');
  });

  it('concatDatasets has one after another', () => {
    const joined = concatDatasets([numbers(2, [0, 1]), numbers(0, []), numbers(3, [2, 1, 0])]);
    expect(contents(joined)).toEqual([0, 1, 0, 1, 2]);
    expect(Array.from(joined.labels!)).toEqual([0, 1, 2, 1, 0]);
    expect(joined.nameOf!(3)).toBe('sample 1 of one of 3 sets');
    expect(() => joined.get(5)).toThrow('from 0 to 4, got 5');
  });
});

describe('requireSameClasses', () => {
  it('says which classes differ', () => {
    const check = (a: string[], b: string[]) => () =>
      requireSameClasses({ classes: a }, { classes: b });
    expect(check(['a', 'b'], ['a', 'b'])).not.toThrow();
    expect(check(['a', 'cat'], ['a', 'dog', 'z'])).toThrow(
      "expected the same classes in train and test (2 and 3): only train has 'cat'; only test has 'dog', 'z'",
    );
    expect(check(['a', 'b'], ['b', 'a'])).toThrow("label 0 means 'a' in train and 'b' in test");
    expect(check(['a'], ['a', 'a'])).toThrow(DatasetError);
  });
});
