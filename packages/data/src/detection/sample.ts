import {
  aBoolean,
  aCount,
  aFunction,
  checkOptions,
  numbers,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';

import { indexError } from '../dataset/shape.ts';
import type { Dataset } from '../dataset/dataset.ts';
import { FileError } from '../errors.ts';
import { aFileSource, type FileSource } from '../files/file-source.ts';
import { decodeImage } from '../image/decode/decode.ts';
import { anImage, type Image } from '../image/image.ts';
import { classNames } from '../kinds.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import { randomFor } from '../random/streams.ts';
import type { Step } from '../transform/compose.ts';

/** A picture and the objects in it. */
export interface DetectionSample {
  readonly image: Image;
  /** Rows [x1, y1, x2, y2] in pixels, one behind the other. */
  readonly boxes: Float32Array<ArrayBuffer>;
  /** The class of each box, from 1 on; 0 is the background. */
  readonly labels: Int32Array<ArrayBuffer>;
  /** 1 for a box around a crowd (COCO). */
  readonly crowd: Uint8Array<ArrayBuffer>;
  /** 1 for an object that need not be found (VOC). */
  readonly difficult: Uint8Array<ArrayBuffer>;
  /** What COCO tells areas apart by: that of the mask, where the file says so, else that of the box. */
  readonly areas: Float64Array<ArrayBuffer>;
}

/** An object as a file of annotations describes it. */
export interface AnnotatedObject {
  /** [x1, y1, x2, y2], in pixels or, where the file has it so, as shares of the picture. */
  readonly box: readonly [number, number, number, number];
  readonly label: number;
  readonly crowd?: boolean;
  readonly difficult?: boolean;
  readonly area?: number;
}

/** A picture's file and its objects. */
export interface AnnotatedImage {
  readonly file: string;
  readonly objects: readonly AnnotatedObject[];
}

/** Options of data sets of images with boxes. */
export interface DetectionDatasetOptions<S> {
  /** What becomes of each picture with its boxes. Default: nothing. */
  readonly transform?: Step<DetectionSample, S> | undefined;
}

const datasetOptions = optionKinds<DetectionDatasetOptions<unknown>>({ transform: aFunction });

const aBox: Kind = {
  expected: 'a list of four finite numbers',
  accepts: (value) => numbers.accepts(value) && (value as readonly number[]).length === 4,
};

/** What callers write themselves, too. */
const someAnnotated: Kind = {
  expected: 'a list of { file, objects: [{ box: [x1, y1, x2, y2], label }, …] }',
  accepts: (value) =>
    Array.isArray(value) &&
    (value as readonly (Partial<AnnotatedImage> | null)[]).every(
      (entry) =>
        typeof entry?.file === 'string' &&
        Array.isArray(entry.objects) &&
        entry.objects.every(
          (object: Partial<AnnotatedObject> | null) =>
            aBox.accepts(object?.box) && aCount.accepts(object?.label),
        ),
    ),
};

/** A picture with boxes, for a step. */
const aSample: Kind = {
  expected: 'a picture with boxes { image, boxes, labels, crowd, difficult, areas }',
  accepts: (value) => {
    const { image, boxes, labels, crowd, difficult, areas } = (value ??
      {}) as Partial<DetectionSample>;
    const count = labels?.length;
    return (
      anImage.accepts(image) &&
      labels instanceof Int32Array &&
      boxes instanceof Float32Array &&
      boxes.length === 4 * count! &&
      [crowd, difficult, areas].every((each) => each?.length === count)
    );
  },
};

/** @throws ArgumentError for what is no picture with boxes. */
export function requireSample(where: string, sample: DetectionSample): void {
  requireKind(where, 'sample', sample, aSample);
}

/**
 * Pictures with the objects in them; a picture is read when it is asked for. Give detectors `{ boxes, labels }` of a sample as
 * their target.
 */
export class DetectionDataset<S = DetectionSample> implements Dataset<S> {
  readonly length: number;
  /** Paths of the pictures. */
  readonly files: readonly string[];
  /** Names of the classes; label `i` means `classes[i]`, of which the first is the background. */
  readonly classes: readonly string[];
  readonly #source: FileSource;
  readonly #images: readonly AnnotatedImage[];
  readonly #relative: boolean;
  readonly #transform: Step<DetectionSample, S> | undefined;

  /** @param relative whether boxes are shares of the picture. */
  constructor(
    source: FileSource,
    images: readonly AnnotatedImage[],
    classes: readonly string[],
    options: DetectionDatasetOptions<S> = {},
    relative = false,
  ) {
    requireKind('DetectionDataset', 'source', source, aFileSource);
    requireKind('DetectionDataset', 'images', images, someAnnotated);
    requireKind('DetectionDataset', 'classes', classes, classNames);
    checkOptions('DetectionDataset', options, datasetOptions);
    requireKind('DetectionDataset', 'relative', relative, aBoolean);
    this.length = images.length;
    this.files = images.map(({ file }) => file);
    this.classes = ['background', ...classes];
    this.#source = source;
    this.#images = images;
    this.#relative = relative;
    this.#transform = options.transform;
  }

  /** Without `random`, random transforms draw the same numbers for a picture each time. */
  async get(index: number, random?: RandomStream): Promise<S> {
    if (random !== undefined) requireStream('DetectionDataset.get', random);
    const found = this.#images[index];
    if (found === undefined) throw indexError(index, this.length, 'DetectionDataset');
    const image = await decodeImage(await this.#source.read(found.file), found.file);
    const sample = sampleOf(image, found.objects, this.#relative);
    if (this.#transform === undefined) return sample as S;
    return this.#transform(sample, random ?? randomFor(index));
  }

  /** The path of a picture. @throws DatasetError (fault 'index'). */
  nameOf(index: number): string {
    const file = this.files[index];
    if (file === undefined) throw indexError(index, this.length, 'DetectionDataset.nameOf');
    return file;
  }
}

function sampleOf(
  image: Image,
  objects: readonly AnnotatedObject[],
  relative: boolean,
): DetectionSample {
  const scales = relative ? [image.width, image.height] : [1, 1];
  const boxes = Float32Array.from(
    objects.flatMap(({ box }) => box.map((value, i) => value * scales[i % 2]!)),
  );
  const sizeOf = (i: number): number =>
    (boxes[i * 4 + 2]! - boxes[i * 4]!) * (boxes[i * 4 + 3]! - boxes[i * 4 + 1]!);
  return {
    image,
    boxes,
    labels: Int32Array.from(objects, ({ label }) => label),
    crowd: Uint8Array.from(objects, ({ crowd }) => Number(crowd === true)),
    difficult: Uint8Array.from(objects, ({ difficult }) => Number(difficult === true)),
    areas: Float64Array.from(objects, ({ area }, i) => area ?? sizeOf(i)),
  };
}

/** The label of a class by its name. @throws FileError (fault 'label') for a name that is none. */
export function labelOf(name: string, classes: readonly string[], file: string): number {
  const at = classes.indexOf(name);
  if (at >= 0) return at + 1;
  throw new FileError('label', file, `expected a class of ${classes.join(', ')}, got '${name}'`);
}
