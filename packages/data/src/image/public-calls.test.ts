import { ConvnetError } from '@convnet/tensor-core';
import {
  alsoTakes,
  describePublicCalls,
  named,
  type Arguments,
  type Samples,
} from '@convnet/testing';
import { join } from 'node:path';
import { describe } from 'vitest';
import * as picture from '../image.ts';
import {
  random,
  Shaped,
  Picture,
  Files,
  png,
  source,
  fileBytes,
  step,
  composing,
  listing,
  listedFiles,
  folder,
} from '../testing/public-call-samples.ts';

class Place {
  readonly top = 0;
  readonly left = 0;
  readonly height = 4;
  readonly width = 4;
}

const onImage =
  (...chance: (() => unknown)[]) =>
  (...args: unknown[]): Samples[string] =>
    step(
      () => args,
      () => new Picture(),
      'source',
      ...chance,
    );

const imageStep = onImage();

const randomImageStep = onImage(random);

const tensorStep = (args: readonly unknown[], ...chance: (() => unknown)[]): Samples[string] =>
  step(
    () => args,
    () => new Shaped(3, 8, 8),
    'sample',
    ...chance,
  );

const size = (): unknown => alsoTakes(4, 'list');

const fill = (): unknown => alsoTakes(0, 'list');

const padding = (): unknown => alsoTakes(1, 'list');

const sampling = { interpolation: 'nearest', fill: fill() };

const amount = (value: number): unknown => alsoTakes(value, 'list');

const decoding = { applyExifOrientation: true, grey16: 'clip' };

const imageFiles = (): Files => new Files({ 'a/1.png': png, 'b/2.png': png });

const imageSamples: Samples = {
  ...composing,
  autoAugment: randomImageStep({ policy: 'imagenet', ...sampling }),
  randAugment: randomImageStep({ numOps: 2, magnitude: 9, numMagnitudeBins: 31, ...sampling }),
  trivialAugmentWide: randomImageStep({ numMagnitudeBins: 31, ...sampling }),
  decodeImage: () => [fileBytes(png), source(), decoding],
  imageFolder: () => [folder(imageFiles), { ...decoding, transform: () => 1, classes: ['a', 'b'] }],
  imageList: () => [folder(listedFiles), { ...decoding, transform: () => 1, ...listing }],
  image: () => [new Uint8Array(12), 2, 2],
  normalize: tensorStep([
    [0, 0, 0],
    [1, 1, 1],
  ]),
  randomErasing: tensorStep(
    [
      {
        probability: 1,
        scale: [0.1, 0.2],
        ratio: [1, 1],
        value: alsoTakes(0, 'list', 'string'),
      },
    ],
    random,
  ),
  toByteTensor: imageStep(),
  toTensor: imageStep({ mean: [0, 0, 0], std: [1, 1, 1] }),
  centerCrop: imageStep(size()),
  colorJitter: randomImageStep({
    brightness: amount(0.1),
    contrast: amount(0.1),
    saturation: amount(0.1),
    hue: amount(0.1),
  }),
  grayscale: imageStep(),
  pad: imageStep(padding(), { fill: fill(), mode: 'edge' }),
  randomAffine: randomImageStep({
    degrees: amount(1),
    translate: [0.1, 0.1],
    scale: [1, 2],
    shear: amount(1),
    ...sampling,
    center: [1, 1],
  }),
  randomCrop: randomImageStep(size(), {
    padding: padding(),
    padIfNeeded: true,
    fill: fill(),
    mode: 'constant',
  }),
  randomGrayscale: randomImageStep({ probability: 1 }),
  randomHorizontalFlip: randomImageStep({ probability: 1 }),
  randomVerticalFlip: randomImageStep({ probability: 1 }),
  randomResizedCrop: randomImageStep(size(), {
    scale: [0.1, 1],
    ratio: [1, 1],
    interpolation: 'bilinear',
  }),
  randomRotation: randomImageStep(amount(1), { ...sampling, expand: true, center: [1, 1] }),
  resize: imageStep(size(), { interpolation: 'bilinear' }),
};

const onPicture =
  (...rest: unknown[]): Arguments =>
  () => [named('source', new Picture()), ...rest];

const functionalSamples: Samples = {
  adjustBrightness: onPicture(1),
  adjustContrast: onPicture(1),
  adjustHue: onPicture(0.1),
  adjustSaturation: onPicture(1),
  adjustSharpness: onPicture(1),
  affine: onPicture({
    angle: 1,
    translate: [1, 1],
    scale: 1,
    shear: [1, 1],
    center: [1, 1],
    ...sampling,
  }),
  autoContrast: onPicture(),
  centerCrop: onPicture(size()),
  crop: onPicture(alsoTakes(new Place()), fill()),
  equalize: onPicture(),
  erase: () => [named('source', new Shaped(3, 8, 8)), alsoTakes(new Place()), () => 0],
  grayscale: onPicture(),
  horizontalFlip: onPicture(),
  invert: onPicture(),
  pad: onPicture(padding(), { fill: fill(), mode: 'edge' }),
  posterize: onPicture(4),
  resize: onPicture(size(), 'bilinear'),
  resizedCrop: onPicture(alsoTakes(new Place()), size(), 'bilinear'),
  rotate: onPicture(30, { ...sampling, expand: true, center: [1, 1] }),
  solarize: onPicture(4),
  verticalFlip: onPicture(),
};

const entries = [
  ['data/image', picture, imageSamples],
  ['data/image, functional', picture.functional, functionalSamples],
] as const;

describe.each(entries)('public calls of %s', (_, exports, given) => {
  describePublicCalls({
    exports,
    samples: given,
    errorClass: ConvnetError,
    folder: join(import.meta.dirname, '..'),
  });
});
