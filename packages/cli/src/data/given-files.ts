import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  concatDatasets,
  folderFiles,
  type Dataset,
  type FileReader,
  type FileSource,
  type RandomStream,
} from '@convnet/data';
import { decodeImage, imageEndings } from '@convnet/data/image';

import { CliError } from '../errors.ts';
import type { PreparedSample, RawSet } from './opened-data.ts';
import { preparedSet } from './prepared-set.ts';
import {
  imageSteps,
  signalSteps,
  type ImagePreprocessing,
  type Preprocessing,
  type SignalPreprocessing,
} from './preprocessing.ts';
import { recordingReader, signalEndings } from './recording-file.ts';
import type { DataRequest } from './request.ts';
import { openRows, tableEndings } from './tables.ts';

/** What is done to a file. */
export type FilePreprocessing = ImagePreprocessing | SignalPreprocessing;

/** @throws CliError for a network whose samples are no files. */
export function requireFiles(
  preprocessing: Preprocessing,
): asserts preprocessing is FilePreprocessing {
  if (preprocessing.kind !== 'array') return;
  throw new CliError(
    "this network was trained on a set of arrays, whose samples are no files: 'convnet eval' tests it",
  );
}

/** The files that are meant: those in folders too. @throws CliError. */
async function filesIn(
  paths: readonly string[],
  { kind }: FilePreprocessing,
): Promise<readonly string[]> {
  const endings = kind === 'image' ? imageEndings : signalEndings;
  const found: string[] = [];
  for (const path of paths) {
    const entry = await stat(path).catch(() => null);
    if (entry === null) throw new CliError(`there is no file '${path}'`);
    if (entry.isFile()) {
      found.push(path);
      continue;
    }
    const inside = (await folderFiles(path).list())
      .filter((file) => endings.some((ending) => file.toLowerCase().endsWith(ending)))
      .sort();
    if (inside.length === 0) {
      throw new CliError(`the folder '${path}' has none of ${endings.join(', ')}`);
    }
    found.push(...inside.map((file) => join(path, file)));
  }
  return found;
}

/** Files by their paths, wherever they are. */
const anyFile: FileSource = {
  name: 'the files',
  list: () => Promise.resolve([]),
  read: (path) => readFile(path),
};

/**
 * What a user gives to be told of, as a set whose labels mean nothing: files and folders of files, or, for a network that was
 * trained on such, a file with a signal in each row.
 * @throws CliError, and what reading them throws.
 */
export async function givenSet(
  paths: readonly string[],
  preprocessing: FilePreprocessing,
  request: DataRequest,
): Promise<Dataset<PreparedSample>> {
  const isRows = preprocessing.kind === 'signal' && isTable(request.data ?? '');
  if (!isRows) return fileSet(await filesIn(paths, preprocessing), preprocessing, request);
  const parts = await Promise.all(
    paths.map(async (path) => openRows(path, request, preprocessing)),
  );
  const rows = concatDatasets(parts);
  return preparedSet(rows, signalSteps(preprocessing, false));
}

const isTable = (path: string): boolean =>
  tableEndings.some((ending) => path.toLowerCase().endsWith(ending));

/** Files without labels, as a set whose labels mean nothing. */
function fileSet(
  files: readonly string[],
  preprocessing: FilePreprocessing,
  { timeColumn }: DataRequest,
): Dataset<PreparedSample> {
  const raw = <From>(read: FileReader<From>): RawSet<From> => ({
    length: files.length,
    nameOf: (index) => files[index]!,
    get: async (index, random) => {
      const file = files[index]!;
      return [await read(await readFile(file), file, random as RandomStream), 0] as const;
    },
  });
  if (preprocessing.kind === 'image') {
    const pictures = raw((bytes, path) => decodeImage(bytes, path));
    return preparedSet(pictures, imageSteps(preprocessing, false));
  }
  const { sampleRate, channels } = preprocessing;
  const read = recordingReader(
    {
      missing: 'refuse',
      ...(sampleRate === null ? {} : { sampleRate }),
      ...(timeColumn === undefined ? {} : { timeColumn }),
    },
    anyFile,
  );
  const recordings = raw(async (bytes, path, random) => {
    const recording = await read(bytes, path, random);
    if (recording.shape[0] === channels) return recording;
    throw new CliError(`${path}: expected ${channels} channels, got ${recording.shape[0]}`);
  });
  return preparedSet(recordings, signalSteps(preprocessing, false));
}
