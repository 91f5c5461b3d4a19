import {
  aFiniteNumber,
  aFunction,
  aShape,
  aString,
  checkOptions,
  elementCount,
  formatShape,
  listOf,
  optionKinds,
  perAxisNumbers,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import { Blocks } from './blocks.ts';
import { checkFillArrays, checkInputShape, indexError } from './shape.ts';
import type { Transform } from '../transform/in-place.ts';

/** Stored elements of samples: bytes of images, 16-bit audio, or numbers ready to use. */
export type SampleArray = Uint8Array | Int16Array | Float32Array;

/** Options of `ArrayDataset`. */
export interface ArrayDatasetOptions {
  /** All samples one after another, each laid out as `inputShape`. */
  readonly data: SampleArray;
  /** One label per sample, from 0 to `classes.length` - 1. */
  readonly labels: ArrayLike<number>;
  /** Shape of one sample, channels first: [C, L] or [C, H, W]. */
  readonly inputShape: readonly number[];
  /** Class names; label `i` means `classes[i]`. */
  readonly classes: readonly string[];
  /** Stored elements are multiplied by this first; 1/255 brings bytes to 0 … 1. Default 1. */
  readonly scale?: number;
  /** Subtracted after `scale`: one number, or one per channel. Default 0. */
  readonly mean?: number | readonly number[];
  /** Divides after `mean`: one number, or one per channel, above 0. Default 1. */
  readonly std?: number | readonly number[];
  /** Random changes to scaled samples before `mean` and `std`, applied where a `random` is given. */
  readonly transforms?: readonly Transform[];
}

const aSampleArray: Kind = {
  expected: 'a Uint8Array, Int16Array or Float32Array',
  accepts: (value) =>
    value instanceof Uint8Array || value instanceof Int16Array || value instanceof Float32Array,
};
const aLabelList: Kind = {
  expected: 'a list of numbers',
  accepts: (value) => Array.isArray(value) || ArrayBuffer.isView(value),
};

const arrayDatasetOptions = optionKinds<ArrayDatasetOptions>({
  data: aSampleArray,
  labels: aLabelList,
  inputShape: aShape,
  classes: listOf(aString),
  scale: aFiniteNumber,
  mean: perAxisNumbers,
  std: perAxisNumbers,
  transforms: listOf(aFunction),
});

const required = ['data', 'labels', 'inputShape', 'classes'] as const;

function perChannel(
  value: number | readonly number[],
  channels: number,
  name: string,
  valid: (entry: number) => boolean,
): Float64Array {
  const values =
    typeof value === 'number' ? new Float64Array(channels).fill(value) : Float64Array.from(value);
  if (values.length !== channels) {
    throw new DatasetError(
      'normalisation',
      `ArrayDataset: expected ${name} to be one number or ${channels}, one per channel, got ${values.length}`,
    );
  }
  if (!values.every(valid)) {
    throw new DatasetError('normalisation', `ArrayDataset: ${name} cannot be ${values.join(', ')}`);
  }
  return values;
}

/** A dataset over one block of memory, normalised while it is read: (element · scale - mean) / std. */
export class ArrayDataset extends Blocks {
  readonly length: number;
  readonly inputShape: readonly number[];
  readonly classes: readonly string[];
  readonly #options: ArrayDatasetOptions;
  /** The class of each sample. */
  readonly labels: Int32Array;
  readonly #scale: number;
  readonly #mean: Float64Array;
  readonly #std: Float64Array;

  /**
   * @throws DatasetError where data, labels, classes and shape do not fit together (faults 'shape' and
   *   'labels'), or `scale`, `mean` or `std` is unusable (fault 'normalisation').
   */
  constructor(options: ArrayDatasetOptions) {
    super();
    checkOptions('ArrayDataset', options, arrayDatasetOptions, required);
    const { data, labels, inputShape, classes } = options;
    checkInputShape(inputShape, 'ArrayDataset');
    const sampleSize = elementCount(inputShape);
    if (data.length !== labels.length * sampleSize) {
      throw new DatasetError(
        'shape',
        `ArrayDataset: ${labels.length} labels and inputShape ${formatShape(inputShape)} need ` +
          `${labels.length * sampleSize} elements, got ${data.length}`,
      );
    }
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (!Number.isInteger(label) || label < 0 || label >= classes.length) {
        throw new DatasetError(
          'labels',
          `ArrayDataset: expected labels from 0 to ${classes.length - 1} for ${classes.length} classes, ` +
            `got ${label} at sample ${i}`,
        );
      }
    }
    const channels = inputShape[0]!;
    this.length = labels.length;
    this.inputShape = [...inputShape];
    this.classes = [...classes];
    this.#options = options;
    this.labels = Int32Array.from(labels);
    this.#scale = perChannel(
      options.scale ?? 1,
      1,
      'scale',
      (v) => Number.isFinite(v) && v !== 0,
    )[0]!;
    this.#mean = perChannel(options.mean ?? 0, channels, 'mean', Number.isFinite);
    this.#std = perChannel(options.std ?? 1, channels, 'std', (v) => Number.isFinite(v) && v > 0);
  }

  /** Writes the samples at `indices` behind each other, transformed. */
  fill(indices: Int32Array, inputs: Float32Array, labels: Int32Array, random?: RandomStream): void {
    if (random !== undefined) requireStream('ArrayDataset.fill', random);
    const size = elementCount(this.inputShape);
    checkFillArrays(indices, size, inputs, labels, 'ArrayDataset.fill');
    const transforms = random === undefined ? [] : (this.#options.transforms ?? []);
    for (let position = 0; position < indices.length; position++) {
      const index = indices[position]!;
      if (index < 0 || index >= this.length)
        throw indexError(index, this.length, 'ArrayDataset.fill');
      labels[position] = this.labels[index]!;
      if (transforms.length === 0 || random === undefined) {
        this.#normalise(this.#options.data, index * size, this.#scale, inputs, position * size);
        continue;
      }
      const { data } = this.#options;
      for (let i = 0, from = index * size, to = position * size; i < size; i++) {
        inputs[to + i] = data[from + i]! * this.#scale;
      }
      for (const transform of transforms)
        transform(inputs, position * size, this.inputShape, random);
      this.#normalise(inputs, position * size, 1, inputs, position * size);
    }
  }

  /** The same samples and memory with other random transforms; none removes them. */
  withTransforms(...transforms: readonly Transform[]): ArrayDataset {
    requireKind('withTransforms', 'transforms', transforms, listOf(aFunction));
    return new ArrayDataset({ ...this.#options, transforms });
  }

  #normalise(
    source: SampleArray,
    from: number,
    scale: number,
    out: Float32Array,
    to: number,
  ): void {
    const channels = this.inputShape[0]!;
    const extent = elementCount(this.inputShape) / channels;
    for (let channel = 0; channel < channels; channel++) {
      const factor = scale / this.#std[channel]!;
      const shift = -this.#mean[channel]! / this.#std[channel]!;
      const start = from + channel * extent;
      const target = to + channel * extent;
      for (let i = 0; i < extent; i++) out[target + i] = source[start + i]! * factor + shift;
    }
  }
}
