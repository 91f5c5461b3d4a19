import { aDataset } from '../kinds.ts';
import { anyNumbers, requireKind } from '@convnet/tensor-core';
import type { RandomStream } from '../random/random-stream.ts';
import { Blocks } from './blocks.ts';
import { isBlockDataset, type BlockDataset, type Dataset } from './dataset.ts';
import { indexError } from './shape.ts';

/** A dataset whose samples are some of another's. */
export interface SubsetOf<S> extends Dataset<S> {
  readonly source: Dataset<S>;
  /** Sample i is sample `indices[i]` of the source. */
  readonly indices: Int32Array;
}

class SampleSubset<S> implements SubsetOf<S> {
  readonly source: Dataset<S>;
  readonly indices: Int32Array;
  readonly length: number;
  readonly classes?: readonly string[];
  readonly labels?: Int32Array;

  constructor(source: Dataset<S>, indices: Int32Array) {
    this.source = source;
    this.indices = indices;
    this.length = indices.length;
    if (source.classes !== undefined) this.classes = source.classes;
    if (source.labels !== undefined) this.labels = selected(source.labels, indices);
  }

  get(index: number, random?: RandomStream): S | Promise<S> {
    return this.source.get(this.#target(index), random);
  }

  nameOf(index: number): string {
    const target = this.#target(index);
    return this.source.nameOf?.(target) ?? `sample ${target} of the set it was taken from`;
  }

  #target(index: number): number {
    const target = this.indices[index];
    if (target === undefined) throw indexError(index, this.length, 'subset');
    return target;
  }
}

class BlockSubset extends Blocks {
  readonly source: BlockDataset;
  readonly indices: Int32Array;
  readonly length: number;
  readonly inputShape: readonly number[];
  readonly classes: readonly string[];
  readonly labels?: Int32Array;

  constructor(source: BlockDataset, indices: Int32Array) {
    super();
    this.source = source;
    this.indices = indices;
    this.length = indices.length;
    this.inputShape = source.inputShape;
    this.classes = source.classes;
    if (source.labels !== undefined) this.labels = selected(source.labels, indices);
  }

  fill(indices: Int32Array, inputs: Float32Array, labels: Int32Array, random?: RandomStream): void {
    const mapped = indices.map((index) => {
      const target = this.indices[index];
      if (target === undefined) throw indexError(index, this.length, 'subset');
      return target;
    });
    this.source.fill(mapped, inputs, labels, random);
  }
}

const selected = (labels: ArrayLike<number>, indices: Int32Array): Int32Array =>
  indices.map((index) => labels[index]!);

/** Whether the samples of `dataset` are some of another's. */
export function isSubset<S>(dataset: Dataset<S>): dataset is SubsetOf<S> {
  return dataset instanceof SampleSubset || dataset instanceof BlockSubset;
}

/** The samples `indices` of `dataset`, without a check. */
export function subsetOf<S>(dataset: Dataset<S>, indices: Int32Array): Dataset<S> {
  if (!isBlockDataset(dataset)) return new SampleSubset(dataset, indices);
  return new BlockSubset(dataset, indices) as unknown as Dataset<S>;
}

/**
 * The samples `indices` of `dataset`, in that order; an index may come twice. Nothing is copied.
 *
 * @throws DatasetError (fault 'index') where an index is outside the dataset.
 */
export function subset(dataset: BlockDataset, indices: ArrayLike<number>): BlockDataset;
export function subset<S>(dataset: Dataset<S>, indices: ArrayLike<number>): Dataset<S>;
export function subset<S>(dataset: Dataset<S>, indices: ArrayLike<number>): Dataset<S> {
  requireKind('subset', 'dataset', dataset, aDataset);
  requireKind('subset', 'indices', indices, anyNumbers);
  const kept = Int32Array.from(indices);
  for (let i = 0; i < kept.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= dataset.length) {
      throw indexError(index, dataset.length, 'subset');
    }
  }
  return subsetOf(dataset, kept);
}
