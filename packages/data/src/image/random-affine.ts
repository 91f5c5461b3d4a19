import { numbers, optionKinds, type Kind } from '@convnet/tensor-core';

import { aPair } from '../kinds.ts';
import type { RandomStream } from '../random/random-stream.ts';
import type { Image } from './image.ts';
import {
  anAffineInterpolation,
  type AffineInterpolation,
  type AffineOptions,
} from './ops/affine.ts';
import { aFill, type Fill } from './ops/geometry.ts';
import { anAmount, rangeWithin, symmetric } from './ranges.ts';

/** Options of `randomAffine`. */
export interface RandomAffineOptions {
  /** Angle from -`degrees` to `degrees`, or from [low, high]; default 0. */
  readonly degrees?: number | readonly [number, number];
  /** Greatest shift as shares of width and height; default none. */
  readonly translate?: readonly [x: number, y: number];
  /** Default 1. */
  readonly scale?: readonly [number, number];
  /** Along x, in degrees, as `degrees`; or [low x, high x, low y, high y]. Default none. */
  readonly shear?: number | readonly [number, number] | readonly [number, number, number, number];
  readonly interpolation?: AffineInterpolation;
  readonly fill?: Fill;
  readonly center?: readonly [x: number, y: number];
}

const aPairOfShares: Kind = {
  expected: 'a list of two numbers from 0 to 1',
  accepts: (value) => aPair.accepts(value) && (value as number[]).every((x) => x >= 0 && x <= 1),
};
const aShear: Kind = {
  expected: 'a finite number or a list of two or four',
  accepts: (value) =>
    anAmount.accepts(value) || (numbers.accepts(value) && (value as number[]).length === 4),
};
export const randomAffineOptions: Readonly<Record<keyof RandomAffineOptions, Kind>> =
  optionKinds<RandomAffineOptions>({
    degrees: anAmount,
    translate: aPairOfShares,
    scale: rangeWithin(Number.MIN_VALUE, Infinity),
    shear: aShear,
    interpolation: anAffineInterpolation,
    fill: aFill,
    center: aPair,
  });

/** What draws an affine change for a picture, as torchvision's `RandomAffine.get_params`. */
export function affineDraw(
  where: string,
  options: RandomAffineOptions,
): (image: Image, random: RandomStream) => AffineOptions {
  const { degrees = 0, translate = [0, 0], scale = [1, 1], shear = 0, ...rest } = options;
  const angles = symmetric(where, 'degrees', degrees);
  const isPair = Array.isArray(shear) && shear.length === 4;
  const shearX = symmetric(
    where,
    'shear',
    isPair ? [shear[0]!, shear[1]!] : (shear as number | readonly [number, number]),
  );
  const shearY = symmetric(where, 'shear', isPair ? [shear[2]!, shear[3]!] : 0);
  const { interpolation, fill, center } = rest;
  const fixed: AffineOptions = {
    ...(interpolation === undefined ? {} : { interpolation }),
    ...(fill === undefined ? {} : { fill }),
    ...(center === undefined ? {} : { center }),
  };
  return (image, random) => {
    const shift = (share: number, extent: number): number =>
      Math.round(random.between(-share * extent, share * extent));
    return {
      ...fixed,
      angle: random.between(angles[0], angles[1]),
      translate: [shift(translate[0], image.width), shift(translate[1], image.height)],
      scale: random.between(scale[0], scale[1]),
      shear: [random.between(shearX[0], shearX[1]), random.between(shearY[0], shearY[1])],
    };
  };
}
