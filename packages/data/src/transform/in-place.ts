import { aFloat32Array } from '../kinds.ts';
import {
  aNumber,
  checkOptions,
  elementCount,
  optionKinds,
  aShape,
  formatShape,
  integerFrom,
  numberFrom,
  requireKind,
} from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';

/**
 * A random change, in place, of the sample of `shape` [C, spatial…] that starts at `offset` in `values`.
 * It draws all its chance from `random`, so a seed fixes the result.
 */
export type Transform = (
  values: Float32Array,
  offset: number,
  shape: readonly number[],
  random: RandomStream,
) => void;

const anOffset = integerFrom(0);
const aDistance = integerFrom(0, 2 ** 30);
const anExtent = numberFrom(0, Infinity);
const cropOptions = optionKinds<{ padding: number; fill: number }>({
  padding: aDistance,
  fill: aNumber,
});
const rollOptions = optionKinds<{ max: number }>({ max: aDistance });
const flipOptions = optionKinds<{ probability: number }>({ probability: numberFrom(0, 1) });
const gainOptions = optionKinds<{ decibels: number }>({ decibels: anExtent });
const noiseOptions = optionKinds<{ std: number }>({ std: anExtent });

/** A transform that looks at what it gets before it begins. */
function checked(where: string, transform: Transform): Transform {
  return (values, offset, shape, random) => {
    requireKind(where, 'values', values, aFloat32Array);
    requireKind(where, 'offset', offset, anOffset);
    requireKind(where, 'shape', shape, aShape);
    requireStream(where, random);
    const size = elementCount(shape);
    if (offset + size > values.length) {
      throw new DatasetError(
        'transform',
        `${where}: expected values with ${size} elements for shape ${formatShape(shape)} from offset ${offset} on, got ` +
          `${values.length} in all`,
      );
    }
    transform(values, offset, shape, random);
  };
}

/** `position` brought into 0 … `extent` - 1 by going round. */
const wrapped = (position: number, extent: number): number =>
  ((position % extent) + extent) % extent;

/**
 * Moves a sample of `extents` from `source` to `values` at `offset`, by `shift` along each axis (position p
 * comes from p + shift); positions that come from outside become `fill`, or wrap round if `circular`.
 */
function shiftSample(
  values: Float32Array,
  offset: number,
  source: Float32Array,
  extents: readonly number[],
  shift: readonly number[],
  fill: number,
  circular: boolean,
): void {
  const width = extents[extents.length - 1]!;
  const across = shift[shift.length - 1]!;
  const copyRow = circular ? rollRow : shiftRow;
  const end = offset + source.length;
  for (let row = 0, to = offset; to < end; row++, to += width) {
    const from = movedRow(row, extents, shift, circular);
    if (from === outside) values.fill(fill, to, to + width);
    else copyRow(values, to, source, from * width, width, across, fill);
  }
}

const outside = -1;

/** The row that moves to `row`, rows counted through all axes but the last, or `outside`. */
function movedRow(
  row: number,
  extents: readonly number[],
  shift: readonly number[],
  circular: boolean,
): number {
  let rest = row;
  let from = 0;
  let stride = 1;
  for (let axis = extents.length - 2; axis >= 0; axis--) {
    const extent = extents[axis]!;
    const moved = (rest % extent) + shift[axis]!;
    if (!circular && (moved < 0 || moved >= extent)) return outside;
    from += wrapped(moved, extent) * stride;
    rest = Math.floor(rest / extent);
    stride *= extent;
  }
  return from;
}

// The rows are mostly too short for `set` and `subarray`: loops take half the time.

function rollRow(
  values: Float32Array,
  to: number,
  source: Float32Array,
  from: number,
  width: number,
  across: number,
): void {
  const start = wrapped(across, width);
  const split = width - start;
  for (let i = 0; i < split; i++) values[to + i] = source[from + start + i]!;
  for (let i = split; i < width; i++) values[to + i] = source[from - split + i]!;
}

function shiftRow(
  values: Float32Array,
  to: number,
  source: Float32Array,
  from: number,
  width: number,
  across: number,
  fill: number,
): void {
  const first = Math.min(width, Math.max(0, -across));
  const last = Math.max(first, Math.min(width, width - across));
  for (let i = 0; i < first; i++) values[to + i] = fill;
  for (let i = first; i < last; i++) values[to + i] = source[from + across + i]!;
  for (let i = last; i < width; i++) values[to + i] = fill;
}

function randomShiftBy(where: string, max: number, fill: number, circular: boolean): Transform {
  let scratch = new Float32Array(0);
  return checked(where, (values, offset, shape, random) => {
    const size = elementCount(shape);
    const shift = shape.map((_, axis) => (axis === 0 ? 0 : random.below(2 * max + 1) - max));
    if (shift.every((distance) => distance === 0)) return;
    if (scratch.length !== size) scratch = new Float32Array(size);
    scratch.set(values.subarray(offset, offset + size));
    shiftSample(values, offset, scratch, shape, shift, fill, circular);
  });
}

/**
 * Pads every spatial axis by `padding` elements of `fill` (default 0) at both ends and cuts a sample of
 * the old shape from a random place: torchvision's `RandomCrop(size, padding)`, for any spatial rank.
 */
export function randomCrop(options: {
  readonly padding: number;
  readonly fill?: number;
}): Transform {
  checkOptions('randomCrop', options, cropOptions, ['padding']);
  const { padding, fill = 0 } = options;
  return randomShiftBy('randomCrop', padding, fill, false);
}

/** Moves a sample by up to `max` positions along each spatial axis; what leaves one end enters at the other. */
export function randomRoll(options: { readonly max: number }): Transform {
  checkOptions('randomRoll', options, rollOptions, ['max']);
  const { max } = options;
  return randomShiftBy('randomRoll', max, 0, true);
}

/** Reverses the last axis with the given probability (default 0.5): torchvision's `RandomHorizontalFlip`. */
export function randomHorizontalFlip(options: { readonly probability?: number } = {}): Transform {
  checkOptions('randomHorizontalFlip', options, flipOptions);
  const { probability = 0.5 } = options;
  return checked('randomHorizontalFlip', (values, offset, shape, random) => {
    if (random.uniform() >= probability) return;
    const width = shape[shape.length - 1]!;
    const size = elementCount(shape);
    for (let start = offset; start < offset + size; start += width) {
      values.subarray(start, start + width).reverse();
    }
  });
}

/** Multiplies a sample by a random gain, uniform in decibels from -`decibels` to +`decibels`. */
export function randomGain(options: { readonly decibels: number }): Transform {
  checkOptions('randomGain', options, gainOptions, ['decibels']);
  const { decibels } = options;
  return checked('randomGain', (values, offset, shape, random) => {
    const gain = 10 ** (((random.uniform() * 2 - 1) * decibels) / 20);
    const end = offset + elementCount(shape);
    for (let i = offset; i < end; i++) values[i]! *= gain;
  });
}

/** Adds independent normal noise with standard deviation `std` to every element. */
export function randomNoise(options: { readonly std: number }): Transform {
  checkOptions('randomNoise', options, noiseOptions, ['std']);
  const { std } = options;
  return checked('randomNoise', (values, offset, shape, random) => {
    const end = offset + elementCount(shape);
    for (let i = offset; i < end; i += 2) {
      const [first, second] = random.normals();
      values[i]! += first * std;
      if (i + 1 < end) values[i + 1]! += second * std;
    }
  });
}
