/** Steps for `compose` on pictures: the classes of `torchvision.transforms`, under their names. */
import {
  aBoolean,
  checkOptions,
  either,
  numberFrom,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import type { Step } from '../transform/compose.ts';
import { keepsNothing } from '../transform/keeps-nothing.ts';
import { cropFirst, type PictureSize } from './crop-first.ts';
import { requireImage, sizePair, type Image } from './image.ts';
import { affine, rotate, rotateOptions, type RotateOptions } from './ops/affine.ts';
import * as colour from './ops/colour.ts';
import * as ops from './ops/geometry.ts';
import type { Box } from './ops/box.ts';
import type { Interpolation } from './ops/resize.ts';
import { affineDraw, randomAffineOptions, type RandomAffineOptions } from './random-affine.ts';
import { anAmount, rangeWithin, symmetric } from './ranges.ts';

/** A step from picture to picture. */
export type ImageTransform = Step<Image, Image>;

/** [height, width], or one number for both. */
export type Size = number | readonly [height: number, width: number];

/** Options of `resize`. */
export interface ResizeOptions {
  /** Default 'bilinear', antialiased. */
  readonly interpolation?: Interpolation;
}

const resizeOptions = optionKinds<ResizeOptions>({ interpolation: ops.anInterpolation });

/** @throws ArgumentError for what a step of chance cannot begin with. */
function requireStep(where: string, source: Image, random: RandomStream): void {
  requireImage(where, source);
  requireStream(where, random);
}

/** To [height, width], or, by one number, so that the shorter side has that many pixels: `Resize`. */
export function resize(size: Size, options: ResizeOptions = {}): ImageTransform {
  checkOptions('resize', options, resizeOptions);
  const { interpolation = 'bilinear' } = options;
  sizePair('resize', size);
  return keepsNothing((image: Image) => ops.resize(image, size, interpolation));
}

/** The middle: `CenterCrop`. */
export function centerCrop(size: Size): ImageTransform {
  sizePair('centerCrop', size);
  return keepsNothing((image: Image) => ops.centerCrop(image, size));
}

/** A border: `Pad`. */
export function pad(padding: ops.Padding, options: ops.PadOptions = {}): ImageTransform {
  requireKind('pad', 'padding', padding, ops.somePadding);
  checkOptions('pad', options, ops.padOptions);
  return keepsNothing((image: Image) => ops.pad(image, padding, options));
}

/** Options of `randomCrop`. */
export interface RandomCropOptions {
  /** A border that is put around first; default none. */
  readonly padding?: ops.Padding;
  /** Puts a border around where the picture is too small; default false. */
  readonly padIfNeeded?: boolean;
  /** Of the border; default black. */
  readonly fill?: ops.Fill;
  /** Default 'constant'. */
  readonly mode?: ops.PaddingMode;
}

const randomCropOptions = optionKinds<RandomCropOptions>({
  padding: ops.somePadding,
  padIfNeeded: aBoolean,
  fill: ops.aFill,
  mode: ops.aPaddingMode,
});

/**
 * A random part: `RandomCrop`.
 *
 * @throws DatasetError (fault 'transform'), for a picture, where it is too small and not padded.
 */
export function randomCrop(size: Size, options: RandomCropOptions = {}): ImageTransform {
  checkOptions('randomCrop', options, randomCropOptions);
  const [height, width] = sizePair('randomCrop', size);
  const { padding, padIfNeeded = false, fill = 0, mode = 'constant' } = options;
  const padded = (given: Image): Image => {
    let image = padding === undefined ? given : ops.pad(given, padding, { fill, mode });
    if (padIfNeeded && image.width < width) {
      image = ops.pad(image, [width - image.width, 0], { fill, mode });
    }
    if (padIfNeeded && image.height < height) {
      image = ops.pad(image, [0, height - image.height], { fill, mode });
    }
    return image;
  };
  const box = (picture: PictureSize, random: RandomStream): Box => {
    if (picture.width < width || picture.height < height) {
      throw new DatasetError(
        'transform',
        `randomCrop: expected a picture of at least ${height}x${width} (height x width), got ${picture.height}x${picture.width}; ` +
          'resize it first, or set padIfNeeded',
      );
    }
    const top = random.below(picture.height - height + 1);
    return { top, left: random.below(picture.width - width + 1), height, width };
  };
  const cropped = cropFirst('randomCrop', { box, within: ops.crop });
  if (padding === undefined && !padIfNeeded) return cropped;
  return keepsNothing((given: Image, random: RandomStream) => {
    requireStep('randomCrop', given, random);
    return cropped(padded(given), random);
  });
}

/** Options of `randomResizedCrop`. */
export interface RandomResizedCropOptions extends ResizeOptions {
  /** Share of the picture's area; default [0.08, 1]. */
  readonly scale?: readonly [number, number];
  /** Width over height; default [3/4, 4/3]. */
  readonly ratio?: readonly [number, number];
}

const randomResizedCropOptions = optionKinds<RandomResizedCropOptions>({
  scale: rangeWithin(Number.MIN_VALUE, 1),
  ratio: rangeWithin(Number.MIN_VALUE, Infinity),
  interpolation: ops.anInterpolation,
});

/** A random part of random shape, scaled: `RandomResizedCrop` (C. Szegedy et al., "Going Deeper with Convolutions"). */
export function randomResizedCrop(
  size: Size,
  options: RandomResizedCropOptions = {},
): ImageTransform {
  checkOptions('randomResizedCrop', options, randomResizedCropOptions);
  const { scale = [0.08, 1], ratio = [3 / 4, 4 / 3], interpolation = 'bilinear' } = options;
  const target = sizePair('randomResizedCrop', size);
  const box = (picture: PictureSize, random: RandomStream): Box =>
    randomBox(picture, scale, ratio, random);
  const within = (image: Image, part: Box): Image =>
    ops.resizedCrop(image, part, target, interpolation);
  return cropFirst('randomResizedCrop', { box, within });
}

/** A part of a random share of the area and a random shape; where ten draws do not fit, the middle. */
export function randomBox(
  { width: columns, height: rows }: PictureSize,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  random: RandomStream,
): Box {
  const [low, high] = [Math.log(ratio[0]), Math.log(ratio[1])];
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = rows * columns * random.between(scale[0], scale[1]);
    const aspect = Math.exp(random.between(low, high));
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width < 1 || height < 1 || width > columns || height > rows) continue;
    const top = random.below(rows - height + 1);
    return { top, left: random.below(columns - width + 1), height, width };
  }
  const given = columns / rows;
  let [height, width] = [rows, columns];
  if (given < ratio[0]) height = Math.round(columns / ratio[0]);
  else if (given > ratio[1]) width = Math.round(rows * ratio[1]);
  return {
    top: Math.floor((rows - height) / 2),
    left: Math.floor((columns - width) / 2),
    height,
    width,
  };
}

const probabilityOptions = optionKinds<{ readonly probability?: number }>({
  probability: numberFrom(0, 1),
});

/** Mirrored left to right with the given probability: `RandomHorizontalFlip`. */
export function randomHorizontalFlip(
  options: { readonly probability?: number } = {},
): ImageTransform {
  checkOptions('randomHorizontalFlip', options, probabilityOptions);
  const { probability = 0.5 } = options;
  return keepsNothing((image: Image, random: RandomStream) => {
    requireStep('randomHorizontalFlip', image, random);
    return random.chance(probability) ? ops.horizontalFlip(image) : image;
  });
}

/** Mirrored top to bottom with the given probability: `RandomVerticalFlip`. */
export function randomVerticalFlip(
  options: { readonly probability?: number } = {},
): ImageTransform {
  checkOptions('randomVerticalFlip', options, probabilityOptions);
  const { probability = 0.5 } = options;
  return keepsNothing((image: Image, random: RandomStream) => {
    requireStep('randomVerticalFlip', image, random);
    return random.chance(probability) ? ops.verticalFlip(image) : image;
  });
}

/** Options of `randomRotation`. */
export type RandomRotationOptions = RotateOptions;

/** Turned by a random angle from -`degrees` to `degrees`, or from [low, high]: `RandomRotation`. */
export function randomRotation(
  degrees: number | readonly [number, number],
  options: RandomRotationOptions = {},
): ImageTransform {
  requireKind('randomRotation', 'degrees', degrees, anAmount);
  checkOptions('randomRotation', options, rotateOptions);
  const [low, high] = symmetric('randomRotation', 'degrees', degrees);
  return keepsNothing((image: Image, random: RandomStream) => {
    requireStep('randomRotation', image, random);
    return rotate(image, random.between(low, high), options);
  });
}

/** Turned, moved, scaled and sheared at random about its middle: `RandomAffine`. */
export function randomAffine(options: RandomAffineOptions = {}): ImageTransform {
  checkOptions('randomAffine', options, randomAffineOptions);
  const drawn = affineDraw('randomAffine', options);
  return keepsNothing((image: Image, random: RandomStream) => {
    requireStep('randomAffine', image, random);
    return affine(image, drawn(image, random));
  });
}

/** Options of `colorJitter`. */
export interface ColorJitterOptions {
  /** A factor from 1 - brightness (at least 0) to 1 + brightness, or from [low, high]; default 0: none. */
  readonly brightness?: number | readonly [number, number];
  readonly contrast?: number | readonly [number, number];
  readonly saturation?: number | readonly [number, number];
  /** A share of a full turn from -hue to hue, at most 0.5, or from [low, high]; default 0: none. */
  readonly hue?: number | readonly [number, number];
}

const aChange = either(numberFrom(0, Infinity), rangeWithin(0, Infinity));
const colorJitterOptions = optionKinds<ColorJitterOptions>({
  brightness: aChange,
  contrast: aChange,
  saturation: aChange,
  hue: either(numberFrom(0, 0.5), rangeWithin(-0.5, 0.5)),
});

/** Brightness, contrast, saturation and hue changed at random, in random order: `ColorJitter`. */
export function colorJitter(options: ColorJitterOptions = {}): ImageTransform {
  checkOptions('colorJitter', options, colorJitterOptions);
  const factors = (name: 'brightness' | 'contrast' | 'saturation'): readonly [number, number] => {
    const given = options[name] ?? 0;
    return typeof given === 'number' ? [Math.max(0, 1 - given), 1 + given] : given;
  };
  const given = options.hue ?? 0;
  const hue = typeof given === 'number' ? ([-given, given] as const) : given;
  const changes = [
    [factors('brightness'), 1, colour.adjustBrightness],
    [factors('contrast'), 1, colour.adjustContrast],
    [factors('saturation'), 1, colour.adjustSaturation],
    [hue, 0, colour.adjustHue],
  ] as const;
  return keepsNothing((image: Image, random: RandomStream) => {
    requireStep('colorJitter', image, random);
    let changed = image;
    for (const place of random.permutation(changes.length)) {
      const [[low, high], none, change] = changes[place]!;
      if (low !== none || high !== none) changed = change(changed, random.between(low, high));
    }
    return changed;
  });
}

/** Grey, in three equal colours: `Grayscale(3)`. */
export function grayscale(): ImageTransform {
  return keepsNothing((image: Image) => colour.grayscale(image));
}

/** Grey with the given probability: `RandomGrayscale`. */
export function randomGrayscale(options: { readonly probability?: number } = {}): ImageTransform {
  checkOptions('randomGrayscale', options, probabilityOptions);
  const { probability = 0.1 } = options;
  return keepsNothing((image: Image, random: RandomStream) => {
    requireStep('randomGrayscale', image, random);
    return random.chance(probability) ? colour.grayscale(image) : image;
  });
}
