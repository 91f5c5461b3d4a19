import {
  checkOptions,
  listOf,
  aString,
  aFunction,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';
import { SaxesParser } from 'saxes';

import { FileError } from '../errors.ts';
import { fileSource, type FilesOf, type FileSource } from '../files/file-source.ts';
import {
  DetectionDataset,
  labelOf,
  type AnnotatedImage,
  type DetectionDatasetOptions,
  type DetectionSample,
} from './sample.ts';
import { decodeText } from '../files/decode-text.ts';

/** How annotations of Pascal VOC are read. */
export interface VocOptions<S> extends DetectionDatasetOptions<S> {
  /** A list of names in ImageSets/Main, such as 'train'. Default: all files in Annotations. */
  readonly imageSet?: string;
  /** The class list, where it is to be that one. Default: the names that occur, in alphabetical order. */
  readonly classes?: readonly string[];
  /** The number of the first pixel: 1 in VOC's own files, whose boxes name the last pixel inside. Default 0. */
  readonly origin?: 0 | 1;
}

const vocOptions = optionKinds<VocOptions<unknown>>({
  transform: aFunction,
  imageSet: aString,
  classes: listOf(aString),
  origin: oneOf(0, 1),
});

/** One object of an annotation. */
export interface VocObject {
  readonly name: string;
  readonly difficult: boolean;
  /** xmin, ymin, xmax, ymax as written. */
  readonly box: readonly [number, number, number, number];
}

/** What an annotation says. */
export interface VocAnnotation {
  readonly filename: string;
  readonly objects: readonly VocObject[];
}

/**
 * Reads an annotation of PASCAL VOC.
 * @param source what errors call the file
 * @throws FileError (fault 'format') for what is no XML, and for objects that lack a name or a box of numbers.
 */
export function parseVoc(text: string, source: string): VocAnnotation {
  requireKind('parseVoc', 'text', text, aString);
  requireKind('parseVoc', 'source', source, aString);
  const parser = new SaxesParser();
  const path: string[] = [];
  const objects: VocObject[] = [];
  let filename = '';
  let fields: Record<string, string> = {};
  let failure: Error | null = null;
  let content = '';
  parser.on('error', (error) => {
    failure ??= error;
  });
  parser.on('opentag', ({ name }) => {
    path.push(name);
    content = '';
    if (path.join('/') === 'annotation/object') fields = {};
  });
  parser.on('text', (part) => {
    content += part;
  });
  parser.on('closetag', () => {
    const at = path.join('/');
    if (at === 'annotation/filename') filename = content.trim();
    else if (at === 'annotation/object') objects.push(objectOf(fields, objects.length, source));
    else if (at.startsWith('annotation/object/')) fields[at.slice(18)] = content.trim();
    path.pop();
    content = '';
  });
  parser.write(text).close();
  if (failure !== null) {
    throw new FileError('format', source, `is no XML: ${(failure as Error).message}`);
  }
  return { filename, objects };
}

function objectOf(
  fields: Readonly<Record<string, string>>,
  index: number,
  source: string,
): VocObject {
  const { name = '', difficult } = fields;
  const box = ['xmin', 'ymin', 'xmax', 'ymax'].map((side) => {
    const written = fields[`bndbox/${side}`];
    const value = written === undefined || written === '' ? NaN : Number(written);
    if (!Number.isFinite(value)) {
      throw new FileError(
        'format',
        source,
        `object ${index}: expected ${side} as a number, got ${written ?? 'none'}`,
      );
    }
    return value;
  });
  if (name === '') throw new FileError('format', source, `object ${index}: expected a name`);
  return {
    name,
    difficult: difficult === '1',
    box: box as unknown as VocObject['box'],
  };
}

/**
 * Pictures in the folders of PASCAL VOC: JPEGImages, Annotations (XML) and ImageSets/Main.
 * @throws FileError for lists, annotations or pictures that are missing, and classes that are none of the list.
 */
export async function vocDetection<S = DetectionSample>(
  folder: FilesOf,
  options: VocOptions<S> = {},
): Promise<DetectionDataset<S>> {
  checkOptions('vocDetection', options, vocOptions);
  const { imageSet, origin = 0, transform } = options;
  const source = fileSource('vocDetection', folder);
  const files = new Set(await source.list());
  const names =
    imageSet === undefined
      ? [...files]
          .filter((file) => /^Annotations\/.*\.xml$/.test(file))
          .map((file) => file.slice(12, -4))
          .sort()
      : await namesIn(source, `ImageSets/Main/${imageSet}.txt`);
  if (names.length === 0) {
    throw new FileError('empty', source.name, 'expected annotations in the folder Annotations');
  }
  const annotations: VocAnnotation[] = [];
  for (const name of names) {
    const file = `Annotations/${name}.xml`;
    annotations.push(parseVoc(decodeText(await source.read(file)), file));
  }
  const found = annotations.flatMap(({ objects }) => objects.map(({ name }) => name));
  const classes = options.classes ?? [...new Set(found)].sort();
  const images = annotations.map(({ filename, objects }, i): AnnotatedImage => {
    const annotation = `Annotations/${names[i]!}.xml`;
    const file = [`JPEGImages/${filename}`, `JPEGImages/${names[i]!}.jpg`].find((path) =>
      files.has(path),
    );
    if (file === undefined) {
      throw new FileError('missing', annotation, `its picture '${filename}' is not in JPEGImages`);
    }
    return {
      file,
      objects: objects.map(({ name, difficult, box }) => ({
        box: box.map((value, side) => (side < 2 ? value - origin : value)) as never,
        label: labelOf(name, classes, annotation),
        difficult,
      })),
    };
  });
  return new DetectionDataset(source, images, classes, { transform });
}

/** The names that a list of VOC has, a line each; what follows a name in its line is passed over. */
async function namesIn(source: FileSource, list: string): Promise<string[]> {
  const text = decodeText(await source.read(list));
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0]!)
    .filter((name) => name !== '');
}
