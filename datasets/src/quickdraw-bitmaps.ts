/** The whole of QuickDraw, category by category, as Google publishes it. */
import { readFileSync } from 'node:fs';
import {
  aString,
  checkOptions,
  formatShape,
  integerFrom,
  listOf,
  nearestHint,
  oneOf,
  optionKinds,
} from '@convnet/tensor-core';
import { openNumpy } from '@convnet/weights';
import { join } from 'node:path';
import type { DataSource, DataSplit } from './data-split.ts';
import { DataFileError, DataRequestError } from './errors.ts';
import {
  fetchKinds,
  fetchFileOf,
  type FetchSetOptions,
  type RemoteFile,
} from './files/remote-file.ts';
import { drawingsFrom, quickdrawSource } from './quickdraw.ts';

/** Options of `quickdrawBitmaps`. */
export interface QuickdrawBitmapsOptions extends FetchSetOptions {
  /**
   * The categories, which become the labels 0, 1, …; each is a download of about 110 MB, whatever `drawings` says: its SHA-256 is of
   * the whole file, so no part of it could be checked. `quickdraw` has 100 drawings of each category without a download.
   */
  readonly classes: readonly string[];
  /** How many drawings of each category are read, from the first; default 1000. */
  readonly drawings?: number;
  /** A folder that has the files already, as published (`cat.npy`); nothing is downloaded then. */
  readonly folder?: string;
  /** 2 (the default): images [1, 28, 28]. 1: signals [28, 28], whose channel is the image's row. */
  readonly dims?: 1 | 2;
}

const bitmapsOptions = optionKinds<QuickdrawBitmapsOptions>({
  ...fetchKinds,
  classes: listOf(aString),
  drawings: integerFrom(5, 2 ** 20),
  folder: aString,
  dims: oneOf(1, 2),
});

const side = 28;
const pixels = side * side;

const source: DataSource = {
  name: 'QuickDraw',
  packages: {},
  origin:
    'Google, "The Quick, Draw! Dataset", https://github.com/googlecreativelab/quickdraw-dataset, as 28x28 bitmaps',
  licence: quickdrawSource.licence,
  split:
    'of the drawings of each category, in file order, the first four fifths train and the others test',
};

let published: ReadonlyMap<string, RemoteFile> | undefined;

/** The files by their categories. In the cache and on mirrors a space in a name is `_`. */
function publishedFiles(): ReadonlyMap<string, RemoteFile> {
  published ??= new Map(
    readFileSync(new URL('../checksums/quickdraw-bitmaps.tsv', import.meta.url), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [sha256, bytes, category] = line.split('\t') as [string, string, string];
        const url = `https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap/${encodeURIComponent(category)}.npy`;
        const file = `${category.replaceAll(' ', '_')}.npy`;
        return [category, { file, url, sha256, bytes: Number(bytes) }];
      }),
  );
  return published;
}

/**
 * Drawings of some of the 345 categories as images, from the files that Google publishes: about 150,000 of each, of which the
 * first are taken. Normalised with the mean and deviation of `quickdraw`, which has 100 drawings of each, from npm.
 *
 *     const { train, test } = await quickdrawBitmaps({ classes: ['cat', 'dog'], drawings: 5000 });
 *
 * @throws DataRequestError on a category that the set does not have, or more drawings than there are; DataFileError for a
 *   file that is none; DownloadError.
 */
export async function quickdrawBitmaps(options: QuickdrawBitmapsOptions): Promise<DataSplit> {
  checkOptions('quickdrawBitmaps', options, bitmapsOptions, ['classes']);
  const { classes, drawings = 1000, folder, dims = 2 } = options;
  if (new Set(classes).size < classes.length || classes.length === 0) {
    throw new DataRequestError(
      `quickdrawBitmaps: expected categories, each once, got ${classes.join(', ') || 'none'}`,
    );
  }
  const files = publishedFiles();
  for (const category of classes) {
    if (files.has(category)) continue;
    throw new DataRequestError(
      `quickdrawBitmaps: '${category}'${nearestHint(category, [...files.keys()])} is none of the ${files.size} categories`,
    );
  }
  const all: Uint8Array[] = [];
  for (const category of classes) {
    const path =
      folder === undefined
        ? await fetchFileOf('quickdraw', files.get(category)!, options)
        : join(folder, `${category}.npy`);
    all.push(await readDrawings(path, drawings));
  }
  const trains = Math.floor((drawings * 4) / 5);
  const inputShape = dims === 1 ? [side, side] : [1, side, side];
  return {
    source,
    train: drawingsFrom(all, classes, inputShape, 0, trains),
    test: drawingsFrom(all, classes, inputShape, trains, drawings),
  };
}

/** The first bitmaps of a file. */
async function readDrawings(path: string, count: number): Promise<Uint8Array> {
  await using file = await openNumpy(path);
  const tensor = file.tensors.get('');
  if (tensor === undefined || tensor.dtype !== 'uint8' || tensor.shape[1] !== pixels) {
    const found =
      tensor === undefined ? 'an archive' : `${tensor.dtype} ${formatShape(tensor.shape)}`;
    throw new DataFileError('content', path, `expected bytes [N, ${pixels}], got ${found}`);
  }
  if (tensor.shape[0]! < count) {
    throw new DataRequestError(
      `quickdrawBitmaps: ${path} has ${tensor.shape[0]} drawings, ${count} were asked for`,
    );
  }
  return (await tensor.bytes()).slice(0, count * pixels);
}
