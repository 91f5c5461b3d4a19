import { formatValue, optionNames, refuseUnknownOptions } from '@convnet/tensor-core';
import { DatasetError } from '../../errors.ts';
import type { AffineInterpolation } from '../ops/affine.ts';
import type { Fill } from '../ops/geometry.ts';
import type { ImageTransform } from '../transforms.ts';
import { applyOperation, augmentationSpace, wideSpace, type Sampling } from './operations.ts';
import { policies, type AutoAugmentPolicy } from './policies.ts';

interface SamplingOptions {
  /** Default 'nearest', as in torchvision. */
  readonly interpolation?: AffineInterpolation;
  /** Of what comes from outside; default black. */
  readonly fill?: Fill;
}

const samplingOf = ({ interpolation = 'nearest', fill = 0 }: SamplingOptions): Sampling => ({
  interpolation,
  fill,
});

export interface AutoAugmentOptions extends SamplingOptions {
  /** Set that the policy was learned on; default 'imagenet'. */
  readonly policy?: AutoAugmentPolicy;
}

/** Two operations of a learned policy: `AutoAugment` (E. Cubuk et al., CVPR 2019). */
export function autoAugment(options: AutoAugmentOptions = {}): ImageTransform {
  refuseUnknownOptions(
    'autoAugment',
    options,
    optionNames<AutoAugmentOptions>({ policy: true, interpolation: true, fill: true }),
  );
  const { policy = 'imagenet' } = options;
  const pairs = policies[policy];
  if (pairs === undefined) {
    throw new DatasetError(
      'transform',
      `autoAugment: expected policy as one of ${Object.keys(policies).join(', ')}, got ${formatValue(policy)}`,
    );
  }
  const sampling = samplingOf(options);
  return (image, random) => {
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
  };
}

export interface RandAugmentOptions extends SamplingOptions {
  /** Operations in a row; default 2. */
  readonly numOps?: number;
  /** Level of all operations, below `numMagnitudeBins`; default 9. */
  readonly magnitude?: number;
  /** Default 31. */
  readonly numMagnitudeBins?: number;
}

/** Operations drawn at random, all at one level: `RandAugment` (E. Cubuk et al., CVPR workshops 2020). */
export function randAugment(options: RandAugmentOptions = {}): ImageTransform {
  refuseUnknownOptions(
    'randAugment',
    options,
    optionNames<RandAugmentOptions>({
      numOps: true,
      magnitude: true,
      numMagnitudeBins: true,
      interpolation: true,
      fill: true,
    }),
  );
  const { numOps = 2, magnitude = 9, numMagnitudeBins = 31 } = options;
  requireWhole('randAugment', 'numOps', numOps, 0, Infinity);
  requireWhole('randAugment', 'numMagnitudeBins', numMagnitudeBins, 2, Infinity);
  requireWhole('randAugment', 'magnitude', magnitude, 0, numMagnitudeBins - 1);
  const sampling = samplingOf(options);
  return (image, random) => {
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
  };
}

export interface TrivialAugmentOptions extends SamplingOptions {
  /** Default 31. */
  readonly numMagnitudeBins?: number;
}

/** One operation at a random level: `TrivialAugmentWide` (S. Müller, F. Hutter, ICCV 2021). */
export function trivialAugmentWide(options: TrivialAugmentOptions = {}): ImageTransform {
  refuseUnknownOptions(
    'trivialAugmentWide',
    options,
    optionNames<TrivialAugmentOptions>({ numMagnitudeBins: true, interpolation: true, fill: true }),
  );
  const { numMagnitudeBins = 31 } = options;
  requireWhole('trivialAugmentWide', 'numMagnitudeBins', numMagnitudeBins, 2, Infinity);
  const sampling = samplingOf(options);
  const names = Object.keys(wideSpace);
  return (image, random) => {
    const name = names[random.below(names.length)]!;
    const [magnitudeAt, signed] = wideSpace[name]!;
    const value = magnitudeAt(random.below(numMagnitudeBins), numMagnitudeBins);
    const negative = signed && random.chance(0.5);
    return applyOperation(image, name, negative ? -value : value, sampling);
  };
}

function requireWhole(
  where: string,
  name: string,
  value: unknown,
  least: number,
  most: number,
): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return;
  throw new DatasetError(
    'transform',
    `${where}: expected ${name} as a whole number from ${least}${most === Infinity ? '' : ` to ${most}`}, got ${formatValue(value)}`,
  );
}
