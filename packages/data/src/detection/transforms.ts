import { checkOptions, numberFrom, optionKinds } from '@convnet/tensor-core';

import { DatasetError } from '../errors.ts';
import { sizePair } from '../image/image.ts';
import type { Box } from '../image/ops/box.ts';
import * as ops from '../image/ops/geometry.ts';
import type { Size } from '../image/transforms.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import { requireProbability, type Step } from '../transform/compose.ts';
import { requireSample, type DetectionSample } from './sample.ts';

/** A step from picture with boxes to picture with boxes. */
export type DetectionTransform = Step<DetectionSample, DetectionSample>;

/** @throws ArgumentError for what a step of chance cannot begin with. */
function requireStep(where: string, sample: DetectionSample, random: RandomStream): void {
  requireSample(where, sample);
  requireStream(where, random);
}

/** Left and right exchanged with the given probability, boxes too: torchvision's `RandomHorizontalFlip`. */
export function randomHorizontalFlip(probability = 0.5): DetectionTransform {
  requireProbability('randomHorizontalFlip', probability);
  return (sample, random) => {
    requireStep('randomHorizontalFlip', sample, random);
    return random.chance(probability) ? flipped(sample, 0) : sample;
  };
}

/** Top and bottom exchanged with the given probability, boxes too: torchvision's `RandomVerticalFlip`. */
export function randomVerticalFlip(probability = 0.5): DetectionTransform {
  requireProbability('randomVerticalFlip', probability);
  return (sample, random) => {
    requireStep('randomVerticalFlip', sample, random);
    return random.chance(probability) ? flipped(sample, 1) : sample;
  };
}

function flipped(sample: DetectionSample, axis: 0 | 1): DetectionSample {
  const { width, height } = sample.image;
  const extent = axis === 0 ? width : height;
  const boxes = sample.boxes.map((value, i, all) => {
    if (i % 2 !== axis) return value;
    // The greatest coordinate becomes the least.
    return extent - (i % 4 < 2 ? all[i + 2]! : all[i - 2]!);
  });
  const image = axis === 0 ? ops.horizontalFlip(sample.image) : ops.verticalFlip(sample.image);
  return { ...sample, image, boxes };
}

/** To [height, width], or, by one number, so that the shorter side has that many pixels; boxes grow with the picture. */
export function resize(size: Size): DetectionTransform {
  sizePair('resize', size);
  return (sample) => {
    requireSample('resize', sample);
    const image = ops.resize(sample.image, size, 'bilinear');
    const scales = [image.width / sample.image.width, image.height / sample.image.height] as const;
    return {
      ...sample,
      image,
      boxes: sample.boxes.map((value, i) => value * scales[i % 2]!),
      areas: sample.areas.map((area) => area * scales[0] * scales[1]),
    };
  };
}

/** Options of `crop` and `randomCrop`. */
export interface DetectionCropOptions {
  /** Objects of which less than this share of the area is left go. Default 0.25. */
  readonly leastVisible?: number;
}

const cropOptions = optionKinds<DetectionCropOptions>({ leastVisible: numberFrom(0, 1) });

/**
 * A part of the picture, with what is left of the boxes in it.
 * @throws DatasetError (fault 'transform') for a part that reaches beyond the picture.
 */
export function crop(box: Box, options: DetectionCropOptions = {}): DetectionTransform {
  ops.requireBox('crop', box);
  checkOptions('crop', options, cropOptions);
  const { leastVisible = 0.25 } = options;
  return (sample) => {
    requireSample('crop', sample);
    return cropped(sample, box, leastVisible);
  };
}

/** A part of that size anywhere, or the whole extent where the picture is smaller; boxes are cut with it. */
export function randomCrop(size: Size, options: DetectionCropOptions = {}): DetectionTransform {
  checkOptions('randomCrop', options, cropOptions);
  const { leastVisible = 0.25 } = options;
  const [wantedHeight, wantedWidth] = sizePair('randomCrop', size);
  return (sample, random) => {
    requireStep('randomCrop', sample, random);
    const { image } = sample;
    const [height, width] = [
      Math.min(wantedHeight, image.height),
      Math.min(wantedWidth, image.width),
    ];
    const top = random.below(image.height - height + 1);
    const left = random.below(image.width - width + 1);
    return cropped(sample, { top, left, height, width }, leastVisible);
  };
}

function cropped(sample: DetectionSample, box: Box, leastVisible: number): DetectionSample {
  const { image, boxes } = sample;
  const { top, left, height, width } = box;
  if (top < 0 || left < 0 || top + height > image.height || left + width > image.width) {
    throw new DatasetError(
      'transform',
      `crop: expected a part of the picture of ${image.width}x${image.height}, got ${width}x${height} at ${left}, ${top}`,
    );
  }
  const cut = boxes.map((value, i) => {
    const moved = value - (i % 2 === 0 ? left : top);
    return Math.min(Math.max(moved, 0), i % 2 === 0 ? width : height);
  });
  const size = (of: Float32Array, i: number): number =>
    (of[i * 4 + 2]! - of[i * 4]!) * (of[i * 4 + 3]! - of[i * 4 + 1]!);
  const kept = [...sample.labels.keys()].filter((i) => {
    const share = size(cut, i) / size(boxes, i);
    return share > 0 && share >= leastVisible;
  });
  const picked = (values: ArrayLike<number>): number[] => kept.map((i) => values[i]!);
  return {
    image: ops.crop(image, box),
    boxes: Float32Array.from(kept.flatMap((i) => [...cut.subarray(i * 4, i * 4 + 4)])),
    labels: Int32Array.from(picked(sample.labels)),
    crowd: Uint8Array.from(picked(sample.crowd)),
    difficult: Uint8Array.from(picked(sample.difficult)),
    areas: Float64Array.from(kept, (i) => (sample.areas[i]! * size(cut, i)) / size(boxes, i)),
  };
}
