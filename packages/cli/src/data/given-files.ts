import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
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
export async function filesIn(
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

/** Files without labels, as a set whose labels mean nothing. */
export function fileSet(
  files: readonly string[],
  preprocessing: FilePreprocessing,
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
    { missing: 'refuse', ...(sampleRate === null ? {} : { sampleRate }) },
    anyFile,
  );
  const recordings = raw(async (bytes, path, random) => {
    const recording = await read(bytes, path, random);
    if (recording.shape[0] === channels) return recording;
    throw new CliError(`${path}: expected ${channels} channels, got ${recording.shape[0]}`);
  });
  return preparedSet(recordings, signalSteps(preprocessing, false));
}
