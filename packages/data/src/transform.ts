import { elementCount } from '@convnet/tensor-core';
import { DatasetError } from './errors.ts';
import type { RandomStream } from './random-stream.ts';

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

function requireNumber(
  owner: string,
  name: string,
  value: number,
  valid: boolean,
  range: string,
): void {
  if (!valid)
    throw new DatasetError('transform', `${owner}: expected ${name} ${range}, got ${value}`);
}

/**
 * Moves the content of one channel by `shift` along each spatial axis (position p comes from p + shift)
 * from `source` to `values`; positions that come from outside become `fill`, or wrap round if `circular`.
 */
function shiftChannel(
  values: Float32Array,
  offset: number,
  source: Float32Array,
  extents: readonly number[],
  shift: readonly number[],
  fill: number,
  circular: boolean,
): void {
  const width = extents[extents.length - 1]!;
  const rows = source.length / width;
  const across = shift[shift.length - 1]!;
  for (let row = 0; row < rows; row++) {
    let rest = row;
    let sourceRow = 0;
    let rowStride = 1;
    let inside = true;
    for (let axis = extents.length - 2; axis >= 0; axis--) {
      const extent = extents[axis]!;
      const moved = (rest % extent) + shift[axis]!;
      rest = Math.floor(rest / extent);
      if (!circular && (moved < 0 || moved >= extent)) inside = false;
      sourceRow += (((moved % extent) + extent) % extent) * rowStride;
      rowStride *= extent;
    }
    const target = offset + row * width;
    for (let column = 0; column < width; column++) {
      const moved = column + across;
      if (circular) {
        values[target + column] = source[sourceRow * width + (((moved % width) + width) % width)]!;
      } else {
        values[target + column] =
          inside && moved >= 0 && moved < width ? source[sourceRow * width + moved]! : fill;
      }
    }
  }
}

function randomShiftBy(max: number, fill: number, circular: boolean): Transform {
  let scratch = new Float32Array(0);
  return (values, offset, shape, random) => {
    const extents = shape.slice(1);
    const size = elementCount(extents);
    const shift = extents.map(() => random.below(2 * max + 1) - max);
    if (scratch.length !== size) scratch = new Float32Array(size);
    for (let channel = 0; channel < shape[0]!; channel++) {
      const start = offset + channel * size;
      scratch.set(values.subarray(start, start + size));
      shiftChannel(values, start, scratch, extents, shift, fill, circular);
    }
  };
}

/**
 * Pads every spatial axis by `padding` elements of `fill` (default 0) at both ends and cuts a sample of
 * the old shape from a random place: torchvision's `RandomCrop(size, padding)`, for any spatial rank.
 */
export function randomCrop(options: {
  readonly padding: number;
  readonly fill?: number;
}): Transform {
  const { padding, fill = 0 } = options;
  requireNumber(
    'randomCrop',
    'padding',
    padding,
    Number.isInteger(padding) && padding >= 0,
    'from 0',
  );
  return randomShiftBy(padding, fill, false);
}

/** Moves a sample by up to `max` positions along each spatial axis; what leaves one end enters at the other. */
export function randomRoll(options: { readonly max: number }): Transform {
  const { max } = options;
  requireNumber('randomRoll', 'max', max, Number.isInteger(max) && max >= 0, 'from 0');
  return randomShiftBy(max, 0, true);
}

/** Reverses the last axis with the given probability (default 0.5): torchvision's `RandomHorizontalFlip`. */
export function randomHorizontalFlip(options: { readonly probability?: number } = {}): Transform {
  const { probability = 0.5 } = options;
  const valid = probability >= 0 && probability <= 1;
  requireNumber('randomHorizontalFlip', 'probability', probability, valid, 'from 0 to 1');
  return (values, offset, shape, random) => {
    if (random.uniform() >= probability) return;
    const width = shape[shape.length - 1]!;
    const size = elementCount(shape);
    for (let start = offset; start < offset + size; start += width) {
      values.subarray(start, start + width).reverse();
    }
  };
}

/** Multiplies a sample by a random gain, uniform in decibels from -`decibels` to +`decibels`. */
export function randomGain(options: { readonly decibels: number }): Transform {
  const { decibels } = options;
  requireNumber(
    'randomGain',
    'decibels',
    decibels,
    Number.isFinite(decibels) && decibels >= 0,
    'from 0',
  );
  return (values, offset, shape, random) => {
    const gain = 10 ** (((random.uniform() * 2 - 1) * decibels) / 20);
    const end = offset + elementCount(shape);
    for (let i = offset; i < end; i++) values[i]! *= gain;
  };
}

/** Adds independent normal noise with standard deviation `std` to every element. */
export function randomNoise(options: { readonly std: number }): Transform {
  const { std } = options;
  requireNumber('randomNoise', 'std', std, Number.isFinite(std) && std >= 0, 'from 0');
  return (values, offset, shape, random) => {
    const end = offset + elementCount(shape);
    for (let i = offset; i < end; i += 2) {
      const [first, second] = random.normals();
      values[i]! += first * std;
      if (i + 1 < end) values[i + 1]! += second * std;
    }
  };
}
