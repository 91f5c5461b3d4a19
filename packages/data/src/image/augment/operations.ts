/** The operations that policies are made of, with torchvision's ranges of their magnitudes. */
import { DatasetError } from '../../errors.ts';
import type { Image } from '../image.ts';
import { affine, rotate, type AffineInterpolation } from '../ops/affine.ts';
import * as colour from '../ops/colour.ts';
import type { Fill } from '../ops/geometry.ts';

/** How pixels are got where pictures are moved. */
export interface Sampling {
  readonly interpolation: AffineInterpolation;
  readonly fill: Fill;
}

type Operation = (image: Image, magnitude: number, sampling: Sampling) => Image;

const degrees = (slope: number): number => (Math.atan(slope) * 180) / Math.PI;

const operations: Readonly<Record<string, Operation>> = {
  Identity: (image) => image,
  // A slope about the upper left corner, as in the papers.
  ShearX: (image, slope, sampling) =>
    affine(image, { ...sampling, shear: [degrees(slope), 0], center: [0, 0] }),
  ShearY: (image, slope, sampling) =>
    affine(image, { ...sampling, shear: [0, degrees(slope)], center: [0, 0] }),
  TranslateX: (image, pixels, sampling) =>
    affine(image, { ...sampling, translate: [Math.trunc(pixels), 0] }),
  TranslateY: (image, pixels, sampling) =>
    affine(image, { ...sampling, translate: [0, Math.trunc(pixels)] }),
  Rotate: (image, angle, sampling) => rotate(image, angle, sampling),
  Brightness: (image, magnitude) => colour.adjustBrightness(image, 1 + magnitude),
  Color: (image, magnitude) => colour.adjustSaturation(image, 1 + magnitude),
  Contrast: (image, magnitude) => colour.adjustContrast(image, 1 + magnitude),
  Sharpness: (image, magnitude) => colour.adjustSharpness(image, 1 + magnitude),
  Posterize: (image, bits) => colour.posterize(image, Math.trunc(bits)),
  Solarize: (image, threshold) => colour.solarize(image, threshold),
  AutoContrast: (image) => colour.autoContrast(image),
  Equalize: (image) => colour.equalize(image),
  Invert: (image) => colour.invert(image),
};

/** @throws DatasetError (fault 'transform') for a name that is none. */
export function applyOperation(
  image: Image,
  name: string,
  magnitude: number,
  sampling: Sampling,
): Image {
  const operation = operations[name];
  if (operation !== undefined) return operation(image, magnitude, sampling);
  throw new DatasetError(
    'transform',
    `expected an operation of ${Object.keys(operations).join(', ')}, got '${name}'`,
  );
}

/** Magnitude of an operation at level `bin` of `bins`, and whether its sign is drawn. */
export type MagnitudeRange = readonly [
  magnitude: (bin: number, bins: number) => number,
  signed: boolean,
];

const upTo = (most: number): MagnitudeRange => [(bin, bins) => (most * bin) / (bins - 1), true];
const none: MagnitudeRange = [() => 0, false];
const down: MagnitudeRange = [(bin, bins) => 255 - (255 * bin) / (bins - 1), false];
/** Halves to the even number, as torch rounds them. */
const bitsDown = (by: number): MagnitudeRange => [
  (bin, bins) => {
    const exact = (bin / (bins - 1)) * by;
    const floor = Math.floor(exact);
    const rounded = exact - floor === 0.5 ? floor + (floor % 2) : Math.round(exact);
    return 8 - rounded;
  },
  false,
];

/** The ranges that AutoAugment and RandAugment use for pictures of a size. */
export function augmentationSpace(
  height: number,
  width: number,
): Readonly<Record<string, MagnitudeRange>> {
  return {
    Identity: none,
    ShearX: upTo(0.3),
    ShearY: upTo(0.3),
    TranslateX: upTo((150 / 331) * width),
    TranslateY: upTo((150 / 331) * height),
    Rotate: upTo(30),
    Brightness: upTo(0.9),
    Color: upTo(0.9),
    Contrast: upTo(0.9),
    Sharpness: upTo(0.9),
    Posterize: bitsDown(4),
    Solarize: down,
    AutoContrast: none,
    Equalize: none,
    Invert: none,
  };
}

/** The wider ranges of TrivialAugment. */
export const wideSpace: Readonly<Record<string, MagnitudeRange>> = {
  Identity: none,
  ShearX: upTo(0.99),
  ShearY: upTo(0.99),
  TranslateX: upTo(32),
  TranslateY: upTo(32),
  Rotate: upTo(135),
  Brightness: upTo(0.99),
  Color: upTo(0.99),
  Contrast: upTo(0.99),
  Sharpness: upTo(0.99),
  Posterize: bitsDown(6),
  Solarize: down,
  AutoContrast: none,
  Equalize: none,
};
