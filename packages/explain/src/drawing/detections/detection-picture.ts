import {
  aCount,
  ArgumentError,
  aString,
  checkOptions,
  formatShape,
  listOf,
  numberFrom,
  numbers,
  anything,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

import { drawingKinds } from '../../kinds.ts';
import { readNumbers, type Drawable, type Numbers } from '../numbers.ts';
import { drawImage, drawSignal, type Brightness } from '../picture.ts';
import { Drawing, margin, type DrawingOptions } from '../svg.ts';
import { imageObjects } from './image-objects.ts';
import { readObjects, type DrawnObject, type DrawnObjects } from './objects.ts';
import { intervalGrounds, strips, tagLanes } from './signal-objects.ts';

export interface DetectionPictureOptions extends DrawingOptions, Brightness {
  /** What is there in truth: dashed boxes and edges of masks, without tags; in signals rows below. */
  readonly truth?: DrawnObjects;
  /** Names of the classes, `classes[label]`; else their numbers are shown. The first is the background's. */
  readonly classes?: readonly string[];
  /** Objects with a smaller score are not drawn. Default 0. */
  readonly minScore?: number;
  /** A pixel belongs to an object where its mask is greater. Default 0.5. */
  readonly maskThreshold?: number;
  /** Pairs of keypoints, by their numbers from 0, that lines join. Default: none. */
  readonly skeleton?: readonly (readonly [number, number])[];
  /** Of the input in the picture. Default: 900 for signals; images are enlarged to about 640, and shrunk to 1,000. */
  readonly width?: number;
}

const aPair: Kind = {
  expected: 'a pair of numbers of keypoints',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((point) => Number.isSafeInteger(point) && point >= 0),
};

const detectionPictureOptions = optionKinds<DetectionPictureOptions>({
  ...drawingKinds,
  mean: numbers,
  std: numbers,
  truth: anything,
  classes: listOf(aString),
  minScore: numberFrom(-Infinity, Infinity),
  maskThreshold: numberFrom(0, 1),
  skeleton: listOf(aPair),
  width: aCount,
});

/**
 * What a detector found, over its input, as SVG: boxes with class and score, masks and keypoints over an image; intervals,
 * the samples that belong to them, and fiducial points over a signal. What `detect` of `@convnet/detection` gives for an image
 * is taken as it is.
 *
 * @param input [C, H, W] or [C, L]
 * @throws ArgumentError for objects that are none or do not fit the input, by their number; ShapeError.
 */
export async function detectionPicture(
  input: Drawable,
  found: DrawnObjects,
  options: DetectionPictureOptions = {},
): Promise<string> {
  const where = 'detectionPicture';
  checkOptions(where, options, detectionPictureOptions);
  const { minScore = 0, maskThreshold = 0.5, skeleton = [], classes } = options;
  const picture = await readNumbers(where, 'the input', input, [2, 3]);
  const size = picture.shape.slice(1);
  const objects = readObjects(where, 'the objects', found, size).filter(
    ({ score }) => score === undefined || score >= minScore,
  );
  const truth = options.truth === undefined ? [] : readObjects(where, 'truth', options.truth, size);
  requireSkeleton(where, skeleton, [...objects, ...truth]);
  const nameOf = (label: number): string => {
    const name = classes === undefined ? String(label) : classes[label];
    if (name !== undefined) return name;
    throw new ArgumentError(
      `${where}: an object is of class ${label}, but classes names 0 to ${classes!.length - 1}`,
    );
  };
  for (const { label } of [...objects, ...truth]) if (label !== undefined) nameOf(label);
  const style = { nameOf, maskThreshold, skeleton };
  return size.length === 1
    ? signalPicture(picture, objects, truth, style, options)
    : imagePicture(picture, objects, truth, style, options);
}

interface Style {
  readonly nameOf: (label: number) => string;
  readonly maskThreshold: number;
  readonly skeleton: readonly (readonly number[])[];
}

function imagePicture(
  image: Numbers,
  found: readonly DrawnObject[],
  truth: readonly DrawnObject[],
  style: Style,
  options: DetectionPictureOptions,
): string {
  const drawing = new Drawing(options);
  const [rows, columns] = image.shape.slice(1) as [number, number];
  const width = options.width ?? columns * imageScale(Math.max(rows, columns));
  const at = { x: margin, y: drawing.top, width, height: Math.round((width * rows) / columns) };
  const parts = imageObjects(found, truth, { ...style, size: [rows, columns], at });
  const legend =
    truth.length === 0
      ? []
      : [
          `<path d="M${margin} ${at.y + at.height + 16}h28" stroke-width="1.5" stroke-dasharray="5 4" ${drawing.stroke('soft')}/>`,
          drawing.text(margin + 36, at.y + at.height + 20, 'truth', { role: 'soft', size: 11 }),
        ];
  return drawing.document(
    width + 2 * margin,
    at.y + at.height + margin + (truth.length === 0 ? 0 : 14),
    [drawImage(image, at, options), ...parts, ...legend],
  );
}

/** Small images by a whole number, so that their pixels keep one size; large ones by what makes them fit. */
function imageScale(longest: number): number {
  if (longest > 1000) return 1000 / longest;
  return Math.max(1, Math.round(640 / longest));
}

function signalPicture(
  signal: Numbers,
  found: readonly DrawnObject[],
  truth: readonly DrawnObject[],
  style: Style,
  options: DetectionPictureOptions,
): string {
  const drawing = new Drawing(options);
  const [channels, length] = signal.shape as [number, number];
  const { width = 900 } = options;
  const own = { ...style, length };
  const lanes = tagLanes(found, { x: margin, width }, own);
  const height = Math.max(120, Math.min(52 * channels, 640));
  const at = { x: margin, y: drawing.top + lanes.height, width, height };
  const below = strips(drawing, found, truth, at, own);
  return drawing.document(width + 2 * margin + 70, at.y + height + below.height + margin / 2, [
    ...intervalGrounds(found, at, own),
    `<rect x="${at.x}" y="${at.y}" width="${width}" height="${height}" ${drawing.stroke('rule')}/>`,
    drawSignal(drawing, signal, at),
    ...lanes.tags(drawing.top),
    ...below.parts,
  ]);
}

function requireSkeleton(
  where: string,
  skeleton: DetectionPictureOptions['skeleton'] & object,
  objects: readonly DrawnObject[],
): void {
  for (const pair of skeleton) {
    for (const { keypoints } of objects) {
      if (keypoints.length === 0 || pair.every((point) => point < keypoints.length)) continue;
      throw new ArgumentError(
        `${where}: expected skeleton to join keypoints from 0 to ${keypoints.length - 1}, got ${formatShape(pair)}`,
      );
    }
  }
}
