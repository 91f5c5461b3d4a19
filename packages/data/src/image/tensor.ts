import { requireStream } from '../random/random-stream.ts';
import { aFloatArray } from '../kinds.ts';
import {
  elementCount,
  formatShape,
  formatValue,
  aFiniteNumber,
  aFunction,
  checkOptions,
  either,
  numberFrom,
  numbers,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';
import { deferredArray } from '../dataset/deferred-array.ts';
import type { HostArray } from '../dataset/host-array.ts';
import { DatasetError } from '../errors.ts';
import { partsOf, type Step } from '../transform/compose.ts';
import { keepsNothing } from '../transform/keeps-nothing.ts';
import { rangeWithin } from './ranges.ts';
import { isOwn, requireImage, type Image } from './image.ts';
import { requireBox } from './ops/geometry.ts';
import { runOnOwn } from './own-pictures.ts';
import { planesBy, resizeKernels } from './ops/resize-kernels.ts';
import type { Box } from './ops/box.ts';

/** float32 [channels, …], as networks take it. */
export type ImageTensor = HostArray<Float32Array>;

/** Options of `toTensor`. */
export interface ToTensorOptions {
  /** Subtracted from each colour after it was brought to 0 … 1; default 0. */
  readonly mean?: readonly number[];
  /** Divides it then; default 1. */
  readonly std?: readonly number[];
}

const toTensorOptions = optionKinds<ToTensorOptions>({ mean: numbers, std: numbers });

/** What each byte of each colour becomes: without SIMD a look-up is quicker than the arithmetic, and the same. */
function bytesTable(mean: number, std: number): Float32Array {
  const [shift, factor] = [Math.fround(mean), Math.fround(std)];
  return Float32Array.from(
    { length: 256 },
    (_, byte) => Math.fround(Math.fround(byte / 255) - shift) / factor,
  );
}

/**
 * A picture as float32 [3, height, width], from 0 to 1: torchvision's `ToTensor`. With `mean` and `std` of each colour it
 * is `ToTensor` and `Normalize` in one, in half the time.
 *
 * @throws DatasetError (fault 'normalisation') for a mean or std that is not one of three colours, or a std of 0.
 */
export function toTensor(options: ToTensorOptions = {}): Step<Image, ImageTensor> {
  checkOptions('toTensor', options, toTensorOptions);
  const { mean = [0, 0, 0], std = [1, 1, 1] } = options;
  checkNormalisation('toTensor', mean, std);
  if (mean.length !== 3) {
    throw new DatasetError(
      'normalisation',
      `toTensor: expected mean and std of 3 colours, got ${mean.length}`,
    );
  }
  const [means, stds] = [Float32Array.from(mean), Float32Array.from(std)];
  const [red, green, blue] = mean.map((value, i) => bytesTable(value, std[i]!)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const write: PlaneWriter = ({ data }, out) => {
    const kernels = resizeKernels();
    if (kernels !== null) return planesBy(kernels, data, means, stds, out);
    const size = out.length / 3;
    for (let i = 0, from = 0; i < size; i++, from += 3) {
      out[i] = red[data[from]!]!;
      out[size + i] = green[data[from + 1]!]!;
      out[2 * size + i] = blue[data[from + 2]!]!;
    }
  };
  const step: Step<Image, ImageTensor> = keepsNothing((source: Image) => {
    requireImage('toTensor', source);
    const { width, height, data } = source;
    const out = new Float32Array(data.length);
    write(source, out);
    return { data: out, shape: [3, height, width] };
  });
  planeWriters.set(step, write);
  return step;
}

/** Writes the planes of a picture, [3, height, width]. */
type PlaneWriter = (source: Image, out: Float32Array) => void;

/** What the steps of `toTensor` write. */
const planeWriters = new WeakMap<object, PlaneWriter>();

/**
 * A transform for pictures that nobody else has. Its `toTensor`, where it ends with it, waits until a batch has memory for the
 * planes, or somebody looks into them: where nobody else can change the picture meanwhile.
 */
export function onOwnPictures<X>(transform: Step<Image, X>): Step<Image, X> {
  const steps = partsOf(transform as Step<unknown, unknown>);
  const last = steps[steps.length - 1]!;
  const write = planeWriters.get(last);
  if (write === undefined) return (source, random) => runOnOwn(steps, source, random) as X;
  const before = steps.slice(0, -1);
  const deferred: Step<Image, unknown> = (source, random) => {
    const picture = runOnOwn(before, source, random) as Image;
    if (!isOwn(picture)) return last(picture, random);
    const { width, height, data } = picture;
    return deferredArray(data.length, [3, height, width], (out) => write(picture, out));
  };
  return deferred as Step<Image, X>;
}

/** @throws DatasetError (fault 'normalisation'). */
function checkNormalisation(where: string, mean: readonly number[], std: readonly number[]): void {
  requireKind(where, 'mean', mean, numbers);
  requireKind(where, 'std', std, numbers);
  if (mean.length === std.length && std.every((value) => value > 0)) return;
  throw new DatasetError(
    'normalisation',
    `${where}: expected mean and std, above 0, of each channel, got ${formatValue(mean)} and ${formatValue(std)}`,
  );
}

/** A picture as the bytes it is, uint8 [3, height, width]: a quarter of the memory, to be scaled on the device. */
export function toByteTensor(): Step<Image, HostArray<Uint8Array>> {
  return keepsNothing((source: Image) => {
    requireImage('toByteTensor', source);
    const { width, height, data } = source;
    const size = width * height;
    const out = new Uint8Array(3 * size);
    for (let i = 0, from = 0; i < size; i++, from += 3) {
      out[i] = data[from]!;
      out[size + i] = data[from + 1]!;
      out[2 * size + i] = data[from + 2]!;
    }
    return { data: out, shape: [3, height, width] };
  });
}

/**
 * (x - mean) / std of each channel: torchvision's `Normalize`. For arrays [channels, …] of any rank.
 *
 * @throws DatasetError (fault 'normalisation') for a `std` of 0, and where the number of channels is another.
 */
export function normalize(
  mean: readonly number[],
  std: readonly number[],
): Step<ImageTensor, ImageTensor> {
  checkNormalisation('normalize', mean, std);
  const [means, stds] = [Float32Array.from(mean), Float32Array.from(std)];
  return (sample) => {
    requireKind('normalize', 'sample', sample, aFloatArray);
    const { data, shape } = sample;
    if (shape[0] !== mean.length) {
      throw new DatasetError(
        'normalisation',
        `normalize: expected ${mean.length} channels, as there are means, got an array ${formatShape(shape)}`,
      );
    }
    const extent = elementCount(shape) / mean.length;
    const out = new Float32Array(data.length);
    for (let channel = 0, i = 0; channel < mean.length; channel++) {
      const shift = means[channel]!;
      const factor = stds[channel]!;
      for (const end = i + extent; i < end; i++) out[i] = Math.fround(data[i]! - shift) / factor;
    }
    return { data: out, shape };
  };
}

/** Options of `randomErasing`. */
export interface RandomErasingOptions {
  /** Default 0.5. */
  readonly probability?: number;
  /** Share of the picture's area; default [0.02, 0.33]. */
  readonly scale?: readonly [number, number];
  /** Height over width; default [0.3, 3.3]. */
  readonly ratio?: readonly [number, number];
  /** What comes in: a number, one of each channel, or 'random' for standard normal numbers. Default 0. */
  readonly value?: number | readonly number[] | 'random';
}

const randomErasingOptions = optionKinds<RandomErasingOptions>({
  probability: numberFrom(0, 1),
  scale: rangeWithin(0, 1),
  ratio: rangeWithin(Number.MIN_VALUE, Infinity),
  value: either(either(aFiniteNumber, numbers), oneOf('random')),
});

/** A rectangle of an array [channels, height, width] given `value`: one number a channel, or one for all. */
export function erase(
  source: ImageTensor,
  box: Box,
  value: (channel: number) => number,
): ImageTensor {
  requireKind('erase', 'source', source, aFloatArray);
  requireBox('erase', box);
  requireKind('erase', 'value', value, aFunction);
  const { data, shape } = source;
  const { top, left, height, width } = box;
  const [channels, rows, columns] = shape as readonly [number, number, number];
  if (shape.length !== 3 || top < 0 || left < 0 || top + height > rows || left + width > columns) {
    throw new DatasetError(
      'transform',
      `erase: expected box within an array [channels, height, width], got ${height}x${width} at ${top}, ${left} of ${formatShape(shape)}`,
    );
  }
  const out = data.slice();
  for (let channel = 0; channel < channels; channel++) {
    for (let row = top; row < top + height; row++) {
      const start = (channel * rows + row) * columns + left;
      for (let i = start; i < start + width; i++) out[i] = value(channel);
    }
  }
  return { data: out, shape };
}

/** Erases a random rectangle: torchvision's `RandomErasing` (Z. Zhong et al., "Random Erasing Data Augmentation", 2020). */
export function randomErasing(options: RandomErasingOptions = {}): Step<ImageTensor, ImageTensor> {
  checkOptions('randomErasing', options, randomErasingOptions);
  const { probability = 0.5, scale = [0.02, 0.33], ratio = [0.3, 3.3], value = 0 } = options;
  return (sample, random) => {
    requireKind('randomErasing', 'sample', sample, aFloatArray);
    requireStream('randomErasing', random);
    if (!random.chance(probability)) return sample;
    const [channels, rows, columns] = sample.shape;
    if (rows === undefined || columns === undefined || sample.shape.length !== 3) {
      throw new DatasetError(
        'transform',
        `randomErasing: expected an array [channels, height, width], got ${formatShape(sample.shape)}`,
      );
    }
    for (let attempt = 0; attempt < 10; attempt++) {
      const area = rows * columns * random.between(scale[0], scale[1]);
      const aspect = Math.exp(random.between(Math.log(ratio[0]), Math.log(ratio[1])));
      const height = Math.round(Math.sqrt(area * aspect));
      const width = Math.round(Math.sqrt(area / aspect));
      if (height >= rows || width >= columns) continue;
      const top = random.below(rows - height + 1);
      const left = random.below(columns - width + 1);
      const values = typeof value === 'number' ? new Array<number>(channels!).fill(value) : value;
      const fill =
        values === 'random' ? () => random.normals()[0] : (channel: number) => values[channel]!;
      return erase(sample, { top, left, height, width }, fill);
    }
    return sample;
  };
}
