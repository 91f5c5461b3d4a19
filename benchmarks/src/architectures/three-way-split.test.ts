import { ArrayDataset, type BlockDataset } from '@convnet/data';
import { expect, test } from 'vitest';

import { validationOfEachClass } from './three-way-split.ts';

/** Samples of one number each. */
const samples = (labels: readonly number[], first: number): ArrayDataset =>
  new ArrayDataset({
    data: Float32Array.from(labels, (_, i) => first + i),
    labels,
    inputShape: [1, 1],
    classes: ['a', 'b'],
  });

function numbersOf(dataset: BlockDataset): number[] {
  const values = new Float32Array(dataset.length);
  const indices = Int32Array.from(values, (_, i) => i);
  dataset.fill(indices, values, new Int32Array(dataset.length));
  return [...values];
}

test('the last of each class validate as they are, in whatever order the classes come', () => {
  const labels = [0, 1, 0, 0, 1, 1, 1];
  const [plain, changed] = [samples(labels, 0), samples(labels, 100)];
  const { train, validation } = validationOfEachClass(plain, changed, (count) =>
    Math.floor(count / 2),
  );
  expect(numbersOf(train)).toEqual([100, 101, 102, 104]);
  expect(numbersOf(validation)).toEqual([3, 5, 6]);
});
