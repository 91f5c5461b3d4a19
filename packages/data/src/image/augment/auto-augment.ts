import { checkOptions, integerFrom, oneOf, optionKinds } from '@convnet/tensor-core';
import { DatasetError } from '../../errors.ts';
import { anAffineInterpolation, type AffineInterpolation } from '../ops/affine.ts';
import { aFill, type Fill } from '../ops/geometry.ts';
import { requireImage, type Image } from '../image.ts';
import { requireStream, type RandomStream } from '../../random/random-stream.ts';
import { keepsNothing } from '../../transform/keeps-nothing.ts';
import type { ImageTransform } from '../transforms.ts';
import { applyOperation, augmentationSpace, wideSpace, type Sampling } from './operations.ts';
import { policies, type AutoAugmentPolicy } from './policies.ts';

interface SamplingOptions {
  /** Default 'nearest', as in torchvision. */
  readonly interpolation?: AffineInterpolation;
  /** Of what comes from outside; default black. */
  readonly fill?: Fill;
}

const samplingOptions = { interpolation: anAffineInterpolation, fill: aFill } as const;

const samplingOf = ({ interpolation = 'nearest', fill = 0 }: SamplingOptions): Sampling => ({
  interpolation,
  fill,
});

export interface AutoAugmentOptions extends SamplingOptions {
  /** Set that the policy was learned on; default 'imagenet'. */
  readonly policy?: AutoAugmentPolicy;
}

const autoAugmentOptions = optionKinds<AutoAugmentOptions>({
  ...samplingOptions,
  policy: oneOf(...Object.keys(policies)),
});

/** Two operations of a learned policy: `AutoAugment` (E. Cubuk et al., CVPR 2019). */
export function autoAugment(options: AutoAugmentOptions = {}): ImageTransform {
  checkOptions('autoAugment', options, autoAugmentOptions);
  const { policy = 'imagenet' } = options;
  const pairs = policies[policy];
  const sampling = samplingOf(options);
  return keepsNothing((image: Image, random: RandomStream) => {
    requireImage('autoAugment', image);
    requireStream('autoAugment', random);
    const space = augmentationSpace(image.height, image.width);
    let changed = image;
    for (const [name, probability, bin] of pairs[random.below(pairs.length)]!) {
      const applies = random.chance(probability);
      const negative = random.chance(0.5);
      if (!applies) continue;
      const [magnitudeAt, signed] = space[name]!;
      const magnitude = bin === null ? 0 : magnitudeAt(bin, 10);
      changed = applyOperation(
        changed,
        name,
        signed && negative ? -magnitude : magnitude,
        sampling,
      );
    }
    return changed;
  });
}

export interface RandAugmentOptions extends SamplingOptions {
  /** Operations in a row; default 2. */
  readonly numOps?: number;
  /** Level of all operations, below `numMagnitudeBins`; default 9. */
  readonly magnitude?: number;
  /** Default 31. */
  readonly numMagnitudeBins?: number;
}

const randAugmentOptions = optionKinds<RandAugmentOptions>({
  ...samplingOptions,
  numOps: integerFrom(0),
  magnitude: integerFrom(0),
  numMagnitudeBins: integerFrom(2),
});

/** Operations drawn at random, all at one level: `RandAugment` (E. Cubuk et al., CVPR workshops 2020). */
export function randAugment(options: RandAugmentOptions = {}): ImageTransform {
  checkOptions('randAugment', options, randAugmentOptions);
  const { numOps = 2, magnitude = 9, numMagnitudeBins = 31 } = options;
  if (magnitude >= numMagnitudeBins) {
    throw new DatasetError(
      'transform',
      `randAugment: expected magnitude as a whole number from 0 to ${numMagnitudeBins - 1}, got ${magnitude}`,
    );
  }
  const sampling = samplingOf(options);
  return keepsNothing((image: Image, random: RandomStream) => {
    requireImage('randAugment', image);
    requireStream('randAugment', random);
    const space = augmentationSpace(image.height, image.width);
    // Inverting belongs to AutoAugment only.
    const names = Object.keys(space).filter((name) => name !== 'Invert');
    let changed = image;
    for (let i = 0; i < numOps; i++) {
      const name = names[random.below(names.length)]!;
      const [magnitudeAt, signed] = space[name]!;
      const value = magnitudeAt(magnitude, numMagnitudeBins);
      const negative = signed && random.chance(0.5);
      changed = applyOperation(changed, name, negative ? -value : value, sampling);
    }
    return changed;
  });
}

export interface TrivialAugmentOptions extends SamplingOptions {
  /** Default 31. */
  readonly numMagnitudeBins?: number;
}

const trivialAugmentOptions = optionKinds<TrivialAugmentOptions>({
  ...samplingOptions,
  numMagnitudeBins: integerFrom(2),
});

/** One operation at a random level: `TrivialAugmentWide` (S. Müller, F. Hutter, ICCV 2021). */
export function trivialAugmentWide(options: TrivialAugmentOptions = {}): ImageTransform {
  checkOptions('trivialAugmentWide', options, trivialAugmentOptions);
  const { numMagnitudeBins = 31 } = options;
  const sampling = samplingOf(options);
  const names = Object.keys(wideSpace);
  return keepsNothing((image: Image, random: RandomStream) => {
    requireImage('trivialAugmentWide', image);
    requireStream('trivialAugmentWide', random);
    const name = names[random.below(names.length)]!;
    const [magnitudeAt, signed] = wideSpace[name]!;
    const value = magnitudeAt(random.below(numMagnitudeBins), numMagnitudeBins);
    const negative = signed && random.chance(0.5);
    return applyOperation(image, name, negative ? -value : value, sampling);
  });
}
