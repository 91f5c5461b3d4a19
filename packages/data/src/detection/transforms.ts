import { checkOptions, listOf, numberFrom, optionKinds, type Kind } from '@convnet/tensor-core';

import { DatasetError } from '../errors.ts';
import { sizePair, type Image } from '../image/image.ts';
import {
  affine as affineImage,
  affineOptions,
  inverseMatrix,
  type AffineOptions,
} from '../image/ops/affine.ts';
import type { Box } from '../image/ops/box.ts';
import * as ops from '../image/ops/geometry.ts';
import {
  affineDraw,
  randomAffineOptions,
  type RandomAffineOptions,
} from '../image/random-affine.ts';
import type { Size } from '../image/transforms.ts';
import { requireStream } from '../random/random-stream.ts';
import type { Step } from '../transform/compose.ts';
import { growth, moveObjects, type Motion } from './move-objects.ts';
import { requireSample, type DetectionSample } from './sample.ts';

/** A step from picture with objects to picture with objects. */
export type DetectionTransform = Step<DetectionSample, DetectionSample>;

/** A step that looks at what it gets before it begins. */
function detectionStep(
  where: string,
  map: DetectionTransform,
  isRandom = false,
): DetectionTransform {
  return (sample, random) => {
    requireSample(where, sample);
    if (isRandom || random !== undefined) requireStream(where, random);
    return map(sample, random);
  };
}

/** Options of `randomHorizontalFlip`. */
export interface DetectionFlipOptions {
  /** Default 0.5. */
  readonly probability?: number;
  /** Keypoints that take each other's place, such as left and right eye, by their numbers from 0. Default: none. */
  readonly keypointPairs?: readonly (readonly [number, number])[];
}

const aKeypointPair: Kind = {
  expected: 'a pair of numbers of keypoints',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((point) => Number.isSafeInteger(point) && point >= 0),
};

const probabilityOptions = optionKinds<Pick<DetectionFlipOptions, 'probability'>>({
  probability: numberFrom(0, 1),
});
const flipOptions = optionKinds<DetectionFlipOptions>({
  ...probabilityOptions,
  keypointPairs: listOf(aKeypointPair),
});

/**
 * Left and right exchanged with the given probability, objects too: torchvision's `RandomHorizontalFlip`. Keypoints are places, so
 * that x becomes W - x, as in the recipe of torchvision's Keypoint R-CNN.
 */
export function randomHorizontalFlip(options: DetectionFlipOptions = {}): DetectionTransform {
  checkOptions('randomHorizontalFlip', options, flipOptions);
  const { probability = 0.5, keypointPairs = [] } = options;
  return detectionStep(
    'randomHorizontalFlip',
    (sample, random) => (random.chance(probability) ? flipped(sample, 0, keypointPairs) : sample),
    true,
  );
}

/** Top and bottom exchanged with the given probability, objects too: torchvision's `RandomVerticalFlip`. */
export function randomVerticalFlip(
  options: Pick<DetectionFlipOptions, 'probability'> = {},
): DetectionTransform {
  checkOptions('randomVerticalFlip', options, probabilityOptions);
  const { probability = 0.5 } = options;
  return detectionStep(
    'randomVerticalFlip',
    (sample, random) => (random.chance(probability) ? flipped(sample, 1, []) : sample),
    true,
  );
}

function flipped(
  sample: DetectionSample,
  axis: 0 | 1,
  swaps: readonly (readonly [number, number])[],
): DetectionSample {
  const { width, height } = sample.image;
  const image = axis === 0 ? ops.horizontalFlip(sample.image) : ops.verticalFlip(sample.image);
  const motion: Motion = {
    extents: [width, height],
    point: ([x, y]) => (axis === 0 ? [width - x!, y!] : [x!, height - y!]),
    sources: () =>
      fromPlaces(image, (x, y) =>
        axis === 0 ? y * width + width - 1 - x : (height - 1 - y) * width + x,
      ),
    cuts: false,
    swaps,
  };
  return moved(axis === 0 ? 'randomHorizontalFlip' : 'randomVerticalFlip', sample, image, motion);
}

/**
 * To [height, width], or, by one number, so that the shorter side has that many pixels; objects grow with the picture, masks by
 * the nearest pixel.
 */
export function resize(size: Size): DetectionTransform {
  sizePair('resize', size);
  return detectionStep('resize', (sample) => {
    const { width, height } = sample.image;
    const image = ops.resize(sample.image, size, 'bilinear');
    const [across, down] = [image.width / width, image.height / height];
    const nearest = (place: number, scale: number, extent: number): number =>
      Math.min(Math.floor(place / scale), extent - 1);
    return moved('resize', sample, image, {
      extents: [image.width, image.height],
      point: ([x, y]) => [x! * across, y! * down],
      sources: () =>
        fromPlaces(image, (x, y) => nearest(y, down, height) * width + nearest(x, across, width)),
      cuts: false,
    });
  });
}

/** Options of what may cut objects: `crop`, `randomCrop`, `affine` and `randomAffine`. */
export interface DetectionCropOptions {
  /** Objects of which less than this share is left go: of the mask, where there is one, else of the box. Default 0.25. */
  readonly leastVisible?: number;
}

const leastVisibleKind = { leastVisible: numberFrom(0, 1) };
const cropOptions = optionKinds<DetectionCropOptions>(leastVisibleKind);

/**
 * A part of the picture, with what is left of the objects in it.
 * @throws DatasetError (fault 'transform') for a part that reaches beyond the picture.
 */
export function crop(box: Box, options: DetectionCropOptions = {}): DetectionTransform {
  ops.requireBox('crop', box);
  checkOptions('crop', options, cropOptions);
  const { leastVisible = 0.25 } = options;
  return detectionStep('crop', (sample) => cropped('crop', sample, box, leastVisible));
}

/** A part of that size anywhere, or the whole extent where the picture is smaller; objects are cut with it. */
export function randomCrop(size: Size, options: DetectionCropOptions = {}): DetectionTransform {
  checkOptions('randomCrop', options, cropOptions);
  const { leastVisible = 0.25 } = options;
  const [wantedHeight, wantedWidth] = sizePair('randomCrop', size);
  const map: DetectionTransform = (sample, random) => {
    const { image } = sample;
    const [height, width] = [
      Math.min(wantedHeight, image.height),
      Math.min(wantedWidth, image.width),
    ];
    const top = random.below(image.height - height + 1);
    const left = random.below(image.width - width + 1);
    return cropped('randomCrop', sample, { top, left, height, width }, leastVisible);
  };
  return detectionStep('randomCrop', map, true);
}

function cropped(
  where: string,
  sample: DetectionSample,
  box: Box,
  leastVisible: number,
): DetectionSample {
  const { width, height } = sample.image;
  const { top, left } = box;
  if (top < 0 || left < 0 || top + box.height > height || left + box.width > width) {
    throw new DatasetError(
      'transform',
      `${where}: expected a part of the picture of ${width}x${height}, got ${box.width}x${box.height} at ${left}, ${top}`,
    );
  }
  const image = ops.crop(sample.image, box);
  const motion: Motion = {
    extents: [box.width, box.height],
    point: ([x, y]) => [x! - left, y! - top],
    sources: () => fromPlaces(image, (x, y) => (y + top) * width + x + left),
    cuts: true,
  };
  return moved(where, sample, image, motion, leastVisible);
}

/** Options of `affine`. */
export interface DetectionAffineOptions extends AffineOptions, DetectionCropOptions {}

const detectionAffineOptions = optionKinds<DetectionAffineOptions>({
  ...affineOptions,
  ...leastVisibleKind,
});

/**
 * Turned, sheared, scaled and moved about its middle, objects too; boxes become the least ones around their turned corners:
 * torchvision's `affine`.
 */
export function affine(options: DetectionAffineOptions = {}): DetectionTransform {
  checkOptions('affine', options, detectionAffineOptions);
  const { leastVisible = 0.25, ...change } = options;
  return detectionStep('affine', (sample) => turned('affine', sample, change, leastVisible));
}

/** Options of `randomAffine`. */
export interface DetectionRandomAffineOptions extends RandomAffineOptions, DetectionCropOptions {}

const detectionRandomAffineOptions = optionKinds<DetectionRandomAffineOptions>({
  ...randomAffineOptions,
  ...leastVisibleKind,
});

/** Turned, moved, scaled and sheared by chance, objects too: torchvision's `RandomAffine`. */
export function randomAffine(options: DetectionRandomAffineOptions = {}): DetectionTransform {
  checkOptions('randomAffine', options, detectionRandomAffineOptions);
  const { leastVisible = 0.25, ...ranges } = options;
  const drawn = affineDraw('randomAffine', ranges);
  return detectionStep(
    'randomAffine',
    (sample, random) => turned('randomAffine', sample, drawn(sample.image, random), leastVisible),
    true,
  );
}

function turned(
  where: string,
  sample: DetectionSample,
  change: AffineOptions,
  leastVisible: number,
): DetectionSample {
  const { width, height } = sample.image;
  const [a, b, c, d, e, f] = inverseMatrix(change.center ?? [width / 2, height / 2], change);
  const determinant = a * e - b * d;
  const motion: Motion = {
    extents: [width, height],
    // The matrix says where pixels come from; here is where they go.
    point: ([x, y]) => [
      (e * (x! - c) - b * (y! - f)) / determinant,
      (a * (y! - f) - d * (x! - c)) / determinant,
    ],
    sources: () =>
      fromPlaces(sample.image, (x, y) => {
        const column = Math.floor(a * (x + 0.5) + b * (y + 0.5) + c);
        const row = Math.floor(d * (x + 0.5) + e * (y + 0.5) + f);
        return column < 0 || row < 0 || column >= width || row >= height
          ? -1
          : row * width + column;
      }),
    cuts: true,
  };
  return moved(where, sample, affineImage(sample.image, change), motion, leastVisible);
}

/** For each pixel what a function says of its place. */
function fromPlaces(
  { width, height }: Image,
  source: (x: number, y: number) => number,
): Int32Array {
  const places = new Int32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) places[i] = source(x, y);
  }
  return places;
}

function moved(
  where: string,
  sample: DetectionSample,
  image: Image,
  motion: Motion,
  leastVisible = 0,
): DetectionSample {
  const extents = [sample.image.width, sample.image.height];
  const { kept, shares, ...objects } = moveObjects(where, sample, extents, motion, leastVisible);
  const picked = (values: ArrayLike<number>): number[] => kept.map((i) => values[i]!);
  const scale = growth(extents, motion);
  return {
    ...sample,
    ...objects,
    image,
    crowd: Uint8Array.from(picked(sample.crowd)),
    difficult: Uint8Array.from(picked(sample.difficult)),
    areas: Float64Array.from(picked(sample.areas), (area, i) => area * scale * shares[i]!),
  };
}
