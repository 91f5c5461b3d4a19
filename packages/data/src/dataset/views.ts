import { aBlockDataset } from '../kinds.ts';
import { elementCount, formatShape, requireKind, formatValue } from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import type { RandomStream } from '../random/random-stream.ts';
import { Blocks } from './blocks.ts';
import type { BlockDataset } from './dataset.ts';
import { checkFillArrays, checkInputShape } from './shape.ts';

/** A dataset whose blocks are made from those of another with as many samples. */
class View extends Blocks {
  readonly length: number;
  readonly inputShape: readonly number[];
  readonly classes: readonly string[];
  readonly labels?: ArrayLike<number>;
  readonly #fill: BlockDataset['fill'];

  constructor(source: BlockDataset, inputShape: readonly number[], fill: BlockDataset['fill']) {
    super();
    this.length = source.length;
    this.inputShape = inputShape;
    this.classes = source.classes;
    if (source.labels !== undefined) this.labels = source.labels;
    this.#fill = fill;
  }

  fill(indices: Int32Array, inputs: Float32Array, labels: Int32Array, random?: RandomStream): void {
    this.#fill(indices, inputs, labels, random);
  }
}

/**
 * `dataset` with samples read under another shape of the same number of elements, row-major, so that
 * nothing moves: images [1, 28, 28] read as `[28, 28]` are signals of 28 channels and length 28, the
 * channel being the row and the position the column.
 *
 * @throws DatasetError (fault 'shape') where the number of elements differs.
 */
export function reshape(dataset: BlockDataset, inputShape: readonly number[]): BlockDataset {
  requireKind('reshape', 'dataset', dataset, aBlockDataset);
  checkInputShape(inputShape, 'reshape');
  if (elementCount(inputShape) !== elementCount(dataset.inputShape)) {
    throw new DatasetError(
      'shape',
      `reshape: samples ${formatShape(dataset.inputShape)} have ${elementCount(dataset.inputShape)} elements, ` +
        `${formatShape(inputShape)} has ${elementCount(inputShape)}`,
    );
  }
  return new View(dataset, [...inputShape], (indices, inputs, labels, random) =>
    dataset.fill(indices, inputs, labels, random),
  );
}

/**
 * `dataset` with every element repeated `times` times along each spatial axis: images [1, 32, 32] become
 * [1, 64, 64]. Nothing is smoothed, so the samples say no more than before; it serves networks whose strides
 * need a greater extent.
 *
 * @throws DatasetError (fault 'shape') where `times` is no whole number from 1.
 */
export function enlarge(dataset: BlockDataset, times: number): BlockDataset {
  requireKind('enlarge', 'dataset', dataset, aBlockDataset);
  if (!Number.isSafeInteger(times) || times < 1) {
    throw new DatasetError(
      'shape',
      `enlarge: expected times as a whole number from 1, got ${formatValue(times)}`,
    );
  }
  const [channels, ...extents] = dataset.inputShape;
  const size = elementCount(dataset.inputShape);
  const largeSize = size * times ** extents.length;
  const inputShape = [channels!, ...extents.map((extent) => extent * times)];
  return new View(dataset, inputShape, (indices, inputs, labels, random) => {
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
  });
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
export function classCounts(dataset: BlockDataset): number[] {
  requireKind('classCounts', 'dataset', dataset, aBlockDataset);
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
