import type { TypedArray } from '@convnet/tensor-core';
import type { RandomStream } from '../random/random-stream.ts';
import type { HostArray } from './host-array.ts';

/**
 * What a sample may be made of: arrays with a shape, arrays of one axis, whole numbers (class labels, which become
 * int32), texts (such as the name of a file, which stay on the host), and lists and objects of these. A fraction is
 * given as an array, `Float32Array.of(0.5)`, so that no label becomes one by accident.
 */
export type Sample =
  | HostArray
  | TypedArray
  | number
  | string
  | readonly Sample[]
  | { readonly [key: string]: Sample };

/** An input and the number of its class. */
export type LabelledSample = readonly [input: HostArray<Float32Array>, label: number];

/** Samples that can be had in any order, one at a time, at once or later: from memory, files or the network. */
export interface Dataset<S = unknown> {
  /** Number of samples. */
  readonly length: number;
  /** Class names; label `i` means `classes[i]`. */
  readonly classes?: readonly string[];
  /** The class of each sample, where it is known without reading the sample. */
  readonly labels?: ArrayLike<number>;
  /** Sample `index`. `random` drives random transforms; without it the sample comes untouched. */
  get(index: number, random?: RandomStream): S | Promise<S>;
  /** What errors call sample `index`: its file, as a rule. */
  nameOf?(index: number): string;
}

/**
 * Labelled samples of one shape in host memory, which can be had in blocks, without a wait and without an allocation
 * a sample.
 */
export interface BlockDataset extends Dataset<LabelledSample> {
  /** Shape of one sample without the batch axis, channels first: [C, L] for signals, [C, H, W] for images. */
  readonly inputShape: readonly number[];
  readonly classes: readonly string[];
  get(index: number, random?: RandomStream): LabelledSample;
  /**
   * Writes the samples `indices`, one after another, to the front of `inputs` (float32, `indices.length`
   * times the elements of `inputShape`) and their labels to the front of `labels`. Nothing is kept and
   * nothing is allocated per sample. `random` drives random transforms; without it samples come untouched.
   *
   * @throws DatasetError (fault 'index') where an index is outside the dataset, ('batch') where an array
   *   is too short.
   */
  fill(indices: Int32Array, inputs: Float32Array, labels: Int32Array, random?: RandomStream): void;
}

/** What an iterable dataset is told of the run that asks. */
export interface IterationContext {
  /** Number of the epoch, from 0. */
  readonly epoch: number;
  /** Random numbers that follow from the loader's seed and the epoch, for an order or a buffer of shuffling. */
  readonly random: RandomStream;
}

/** A sample, or a function that makes it: a worker calls only those of the samples that are its own. */
export type Lazy<S> = S | ((random: RandomStream) => S | Promise<S>);

/**
 * Samples that come one after another, such as lines of a large file or messages of a stream. Each epoch must give the
 * same ones in the same order where the context is the same.
 */
export interface IterableDataset<S = unknown> {
  /** Number of samples in an epoch, where it is known. */
  readonly length?: number;
  readonly classes?: readonly string[];
  /** The samples of one pass over the set. */
  iterate(context: IterationContext): Iterable<Lazy<S>> | AsyncIterable<Lazy<S>>;
}

/** Whether samples can be had in blocks. */
export function isBlockDataset(dataset: unknown): dataset is BlockDataset {
  const given = dataset as Partial<BlockDataset> | null | undefined;
  return Array.isArray(given?.inputShape) && typeof given.fill === 'function';
}

export function isIterableDataset(dataset: unknown): dataset is IterableDataset {
  return typeof (dataset as Partial<IterableDataset> | null | undefined)?.iterate === 'function';
}

/** Whether `dataset` has samples by number. */
export function isDataset(dataset: unknown): dataset is Dataset {
  const given = dataset as Partial<Dataset> | null | undefined;
  return Number.isSafeInteger(given?.length) && typeof given?.get === 'function';
}

/** What errors call sample `index`. */
export function nameOfSample(dataset: Dataset, index: number): string {
  const name = dataset.nameOf?.(index);
  return name === undefined ? `sample ${index}` : `sample ${index} (${name})`;
}
