import { join } from 'node:path';
import {
  parseArff,
  parseTs,
  parseUcrTsv,
  SeriesDataset,
  type SeriesDatasetOptions,
  type SeriesFile,
} from '@convnet/data/signal';
import { decodeText, requireSameClasses } from '@convnet/data';
import {
  aFiniteNumber,
  aFunction,
  aString,
  checkOptions,
  either,
  oneOf,
  optionKinds,
  requireKind,
} from '@convnet/tensor-core';
import { readFile } from 'node:fs/promises';
import { allInOrder } from '../all-in-order.ts';
import type { DataSource } from '../data-split.ts';
import { fetchKinds, type FetchSetOptions } from '../files/remote-file.ts';
import { readFirst } from '../files/set-folder.ts';
import { downloadProblem } from './download.ts';

/** Options of `ucr`. */
export interface UcrOptions<X = unknown>
  extends FetchSetOptions, Pick<SeriesDatasetOptions<X>, 'missing' | 'transform'> {
  /**
   * The folder of the unpacked archive, with a folder for each problem, or the folder of the problem itself; nothing is
   * downloaded then.
   */
  readonly folder?: string;
}

const ucrOptions = optionKinds<UcrOptions>({
  ...fetchKinds,
  folder: aString,
  missing: either(oneOf('refuse', 'keep', 'interpolate'), aFiniteNumber),
  transform: aFunction,
});

/** Series that are read into memory. */
export interface SeriesSplit<X> {
  readonly source: DataSource;
  readonly train: SeriesDataset<X>;
  readonly test: SeriesDataset<X>;
}

const readers: Readonly<Record<string, (text: string, source: string) => SeriesFile>> = {
  '.ts': parseTs,
  '.tsv': parseUcrTsv,
  '.arff': parseArff,
};

/**
 * A problem of the UCR/UEA archive by its name, such as `ucr('GunPoint')`. From `folder`: `GunPoint_TRAIN` and
 * `GunPoint_TEST`, as `.ts`, `.tsv` or `.arff`. Without, the `.ts` files that the archive's keepers publish on Zenodo are
 * downloaded, and known by the MD5 that Zenodo gives: the archive has no other checksums.
 *
 * @throws DataFileError where the files are not there; DataRequestError for a name that is none; DownloadError; SignalError for a file that is none; DatasetError where training
 *   and test files disagree about the classes.
 */
export async function ucr<X = { readonly data: Float32Array; readonly shape: readonly number[] }>(
  name: string,
  options: UcrOptions<X> = {},
): Promise<SeriesSplit<X>> {
  requireKind('ucr', 'name', name, aString);
  checkOptions('ucr', options, ucrOptions);
  const { folder, missing, transform } = options;
  const rest = {
    ...(missing === undefined ? {} : { missing }),
    ...(transform === undefined ? {} : { transform }),
  };
  const paths = folder === undefined ? await downloadProblem(name, options) : null;
  const read = async (part: 'TRAIN' | 'TEST'): Promise<{ file: SeriesFile; path: string }> => {
    const files = Object.keys(readers).map((ending) => `${name}_${part}${ending}`);
    const { bytes, source } =
      folder === undefined
        ? { bytes: await readFile(paths![part]), source: paths![part] }
        : await readFirst(folder, [...files.map((file) => join(name, file)), ...files]);
    const ending = source.slice(source.lastIndexOf('.'));
    return { file: readers[ending]!(decodeText(bytes), source), path: source };
  };
  const [train, test] = await allInOrder([read('TRAIN'), read('TEST')]);
  // A test file may lack a class that it does not declare.
  const { classes } = train.file;
  if (test.file.classes.some((label) => !classes.includes(label)))
    requireSameClasses(train.file, test.file);
  return {
    source: {
      name,
      packages: {},
      origin:
        'H. Dau et al., "The UCR Time Series Classification Archive", 2018; A. Bagnall et al., UEA archive, 2018; https://timeseriesclassification.com',
      licence: 'see the problem’s page',
      split: 'as published',
    },
    train: new SeriesDataset<X>(train.file, { ...rest, classes, source: train.path }),
    test: new SeriesDataset<X>(test.file, { ...rest, classes, source: test.path }),
  };
}
