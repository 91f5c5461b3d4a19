import {
  Generator,
  anInteger,
  checkOptions,
  elementCount,
  formatShape,
  numbers,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import type { Dataset } from './dataset.ts';
import { DatasetError } from './errors.ts';
import { requireDataset } from './require-dataset.ts';
import type { RandomStream } from './random-stream.ts';
import { checkFillArrays, checkInputShape, indexError } from './shape.ts';

class Subset implements Dataset {
  readonly length: number;
  readonly inputShape: readonly number[];
  readonly classes: readonly string[];
  readonly #source: Dataset;
  readonly #indices: Int32Array;

  constructor(source: Dataset, indices: Int32Array) {
    this.length = indices.length;
    this.inputShape = source.inputShape;
    this.classes = source.classes;
    this.#source = source;
    this.#indices = indices;
  }

  fill(indices: Int32Array, inputs: Float32Array, labels: Int32Array, random?: RandomStream): void {
    const mapped = indices.map((index) => {
      const target = this.#indices[index];
      if (target === undefined) throw indexError(index, this.length, 'subset');
      return target;
    });
    this.#source.fill(mapped, inputs, labels, random);
  }
}

const aNumberList: Kind = {
  expected: 'a list of numbers',
  accepts: (value) => Array.isArray(value) || ArrayBuffer.isView(value),
};

/**
 * The samples `indices` of `dataset`, in that order; an index may come twice. Nothing is copied.
 *
 * @throws DatasetError (fault 'index') where an index is outside the dataset.
 */
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  requireDataset('subset', dataset);
  requireKind('subset', 'indices', indices, aNumberList);
  const kept = Int32Array.from(indices);
  for (let i = 0; i < kept.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= dataset.length) {
      throw indexError(index, dataset.length, 'subset');
    }
  }
  return new Subset(dataset, kept);
}

/**
 * Splits `dataset` at random into parts of the given lengths, or of the given fractions (which add up to
 * 1; what rounding leaves over goes to the first parts). The same seed gives the same parts.
 *
 * @throws DatasetError (fault 'split') where the lengths do not add up to the length of the dataset.
 */
export function randomSplit(
  dataset: Dataset,
  lengths: readonly number[],
  options: { readonly seed?: number } = {},
): Dataset[] {
  requireDataset('randomSplit', dataset);
  requireKind('randomSplit', 'lengths', lengths, numbers);
  checkOptions('randomSplit', options, splitOptions);
  const counts = partLengths(dataset.length, lengths);
  const order = new Generator(options.seed ?? 0).permutation(dataset.length);
  let start = 0;
  return counts.map((count) => {
    const part = order.subarray(start, start + count);
    start += count;
    return new Subset(dataset, part);
  });
}

const splitOptions = optionKinds<{ seed: number }>({ seed: anInteger });

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

/**
 * `dataset` with samples read under another shape of the same number of elements, row-major, so that
 * nothing moves: images [1, 28, 28] read as `[28, 28]` are signals of 28 channels and length 28, the
 * channel being the row and the position the column.
 *
 * @throws DatasetError (fault 'shape') where the number of elements differs.
 */
export function reshape(dataset: Dataset, inputShape: readonly number[]): Dataset {
  requireDataset('reshape', dataset);
  checkInputShape(inputShape, 'reshape');
  if (elementCount(inputShape) !== elementCount(dataset.inputShape)) {
    throw new DatasetError(
      'shape',
      `reshape: samples ${formatShape(dataset.inputShape)} have ${elementCount(dataset.inputShape)} elements, ` +
        `${formatShape(inputShape)} has ${elementCount(inputShape)}`,
    );
  }
  return {
    length: dataset.length,
    inputShape: [...inputShape],
    classes: dataset.classes,
    fill: (indices, inputs, labels, random) => dataset.fill(indices, inputs, labels, random),
  };
}

/**
 * `dataset` with every element repeated `times` times along each spatial axis: images [1, 32, 32] become
 * [1, 64, 64]. Nothing is smoothed, so the samples say no more than before; it serves networks whose strides
 * need a greater extent.
 *
 * @throws DatasetError (fault 'shape') where `times` is no whole number from 1.
 */
export function enlarge(dataset: Dataset, times: number): Dataset {
  requireDataset('enlarge', dataset);
  if (!Number.isSafeInteger(times) || times < 1) {
    throw new DatasetError(
      'shape',
      `enlarge: expected times as a whole number from 1, got ${times}`,
    );
  }
  const [channels, ...extents] = dataset.inputShape;
  const size = elementCount(dataset.inputShape);
  const largeSize = size * times ** extents.length;
  return {
    length: dataset.length,
    inputShape: [channels!, ...extents.map((extent) => extent * times)],
    classes: dataset.classes,
    fill: (indices, inputs, labels, random) => {
      checkFillArrays(indices, largeSize, inputs, labels, 'enlarge');
      let values = new Float32Array(indices.length * size);
      dataset.fill(indices, values, labels, random);
      let block = 1;
      for (let axis = extents.length - 1; axis >= 0; axis--) {
        const extent = extents[axis]!;
        values = repeatBlocks(values, block, times);
        block *= extent * times;
      }
      inputs.set(values);
    },
  };
}

/** Each run of `block` elements `times` times, one after another. */
function repeatBlocks(
  values: Float32Array,
  block: number,
  times: number,
): Float32Array<ArrayBuffer> {
  const repeated = new Float32Array(values.length * times);
  for (let from = 0, to = 0; from < values.length; from += block) {
    for (let time = 0; time < times; time++, to += block) {
      for (let i = 0; i < block; i++) repeated[to + i] = values[from + i]!;
    }
  }
  return repeated;
}

/** Number of samples of each class, in the order of `dataset.classes`. Reads the whole dataset. */
export function classCounts(dataset: Dataset): number[] {
  requireDataset('classCounts', dataset);
  const counts = dataset.classes.map(() => 0);
  const chunk = 256;
  const inputs = new Float32Array(chunk * elementCount(dataset.inputShape));
  const labels = new Int32Array(chunk);
  for (let start = 0; start < dataset.length; start += chunk) {
    const indices = Int32Array.from(
      { length: Math.min(chunk, dataset.length - start) },
      (_, i) => start + i,
    );
    dataset.fill(indices, inputs, labels);
    for (const label of labels.subarray(0, indices.length)) counts[label]! += 1;
  }
  return counts;
}
