import {
  aCount,
  aFunction,
  aString,
  checkOptions,
  listOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';

import { FileError } from '../errors.ts';
import { fileSource, hasEnding, type FilesOf } from '../files/file-source.ts';
import { imageEndings } from '../image/image-folder.ts';
import {
  DetectionDataset,
  type AnnotatedImage,
  type AnnotatedObject,
  type DetectionDatasetOptions,
  type DetectionSample,
} from './sample.ts';
import { decodeText } from '../files/decode-text.ts';

/** How annotations of YOLO are read. */
export interface YoloOptions<S> extends DetectionDatasetOptions<S> {
  /** Names of the classes: number 0 of the files is the first, and label 1. */
  readonly classes: readonly string[];
  /** The folder of the pictures. Default 'images'. */
  readonly images?: string;
  /** The folder of the texts, named as the pictures. Default 'labels'. */
  readonly labels?: string;
}

const yoloOptions = optionKinds<YoloOptions<unknown>>({
  transform: aFunction,
  classes: listOf(aString),
  images: aString,
  labels: aString,
});

/**
 * Reads boxes in YOLO's text: a line `class x y width height` for each, with the centre and the sides as shares of the
 * picture. Boxes of the result are corners, as shares.
 * @throws FileError (fault 'format', 'label') that names the line.
 */
export function parseYolo(text: string, source: string, classCount: number): AnnotatedObject[] {
  requireKind('parseYolo', 'text', text, aString);
  requireKind('parseYolo', 'source', source, aString);
  requireKind('parseYolo', 'classCount', classCount, aCount);
  return text.split('\n').flatMap((line, i): AnnotatedObject[] => {
    const fields = line.trim().split(/\s+/);
    if (fields.length === 1 && fields[0] === '') return [];
    const [label, x, y, width, height] = fields.map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (fields.length !== 5 || !fields.every((field) => Number.isFinite(Number(field)))) {
      throw new FileError(
        'format',
        source,
        `line ${i + 1}: expected five numbers (class x y width height), got '${line.trim()}'`,
      );
    }
    if (!Number.isInteger(label) || label < 0 || label >= classCount) {
      throw new FileError(
        'label',
        source,
        `line ${i + 1}: expected a class from 0 to ${classCount - 1}, got ${label}`,
      );
    }
    return [
      {
        box: [x - width / 2, y - height / 2, x + width / 2, y + height / 2],
        label: label + 1,
      },
    ];
  });
}

/**
 * Pictures with a text of boxes each, as the YOLO tools have them. A picture without a text has no objects.
 * @throws FileError where there are no pictures, or a text is not as expected.
 */
export async function yoloDetection<S = DetectionSample>(
  folder: FilesOf,
  options: YoloOptions<S>,
): Promise<DetectionDataset<S>> {
  checkOptions('yoloDetection', options, yoloOptions, ['classes']);
  const { classes, images: pictures = 'images', labels = 'labels', transform } = options;
  const source = fileSource('yoloDetection', folder);
  const files = await source.list();
  const known = new Set(files);
  const found = files
    .filter((file) => file.startsWith(`${pictures}/`) && hasEnding(file, imageEndings))
    .sort();
  if (found.length === 0) {
    throw new FileError('empty', source.name, `expected pictures in the folder ${pictures}`);
  }
  const images: AnnotatedImage[] = [];
  for (const file of found) {
    const text = `${labels}${file.slice(pictures.length).replace(/\.\w+$/, '.txt')}`;
    const objects = known.has(text)
      ? parseYolo(decodeText(await source.read(text)), text, classes.length)
      : [];
    images.push({ file, objects });
  }
  return new DetectionDataset(source, images, classes, { transform }, { relative: true });
}
