import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import {
  FileDataset,
  folderFiles,
  randomSplit,
  readClassFolders,
  requireSameClasses,
  subset,
  type Dataset,
  type FileReader,
} from '@convnet/data';
import { decodeImage, imageEndings, type Image } from '@convnet/data/image';
import { recordingEndings, type Recording } from '@convnet/data/signal';

import { CliError, UsageError } from '../errors.ts';
import type { RawSet, RawSplit } from './opened-data.ts';
import { recordingReader } from './recording-file.ts';
import type { DataRequest } from './request.ts';

/** Endings of the recordings that are read: those of @convnet/data, and NumPy's. */
export const signalEndings: readonly string[] = [...recordingEndings, '.npy'];

/** What a folder holds. */
export type FolderContent =
  | { readonly kind: 'image'; readonly sets: RawSplit<Image> }
  | { readonly kind: 'signal'; readonly sets: RawSplit<Recording> };

/**
 * A folder of class folders, or one with such folders `train` and `test`, as sets of decoded files.
 * @throws CliError where it is not there or holds neither pictures nor recordings; FileError of @convnet/data.
 */
export async function openFolder(folder: string, request: DataRequest): Promise<FolderContent> {
  await requireFolder(folder);
  const paths = await folderFiles(folder).list();
  if (kindOf(folder, paths, request.dims) === 'image') {
    const decode: FileReader<Image> = (bytes, path) => decodeImage(bytes, path);
    return { kind: 'image', sets: await splitOf(folder, paths, imageEndings, decode, request) };
  }
  const decode = recordingReader(request);
  return { kind: 'signal', sets: await splitOf(folder, paths, signalEndings, decode, request) };
}

/** @throws CliError. */
export async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found === null) throw new CliError(`there is no folder '${folder}'`);
  if (!found.isDirectory()) throw new CliError(`'${folder}' is a file; a folder was expected`);
}

function kindOf(
  folder: string,
  paths: readonly string[],
  dims: 1 | 2 | undefined,
): FolderContent['kind'] {
  const count = (endings: readonly string[]): number =>
    paths.filter((path) => endings.some((ending) => path.toLowerCase().endsWith(ending))).length;
  const [images, signals] = [count(imageEndings), count(signalEndings)];
  if (dims === 2 || (dims === undefined && images > signals)) {
    if (images > 0) return 'image';
    throw new CliError(
      `'${folder}' has no pictures (${imageEndings.join(', ')})` +
        (signals > 0 ? `, but ${signals} recordings: they are signals, --dims 1` : ''),
    );
  }
  if (signals > 0) return 'signal';
  throw new CliError(
    dims === 1
      ? `'${folder}' has no recordings (${signalEndings.join(', ')})` +
          (images > 0 ? `, but ${images} pictures: --dims 2` : '')
      : `'${folder}' has neither pictures (${imageEndings.join(', ')}) nor recordings (${signalEndings.join(', ')}) ` +
          'in folders named as their classes',
  );
}

async function splitOf<From>(
  folder: string,
  paths: readonly string[],
  endings: readonly string[],
  decode: FileReader<From>,
  request: DataRequest,
): Promise<RawSplit<From>> {
  const isSplit = ['train/', 'test/'].every((part) => paths.some((path) => path.startsWith(part)));
  if (isSplit) {
    const [train, test] = await Promise.all(
      ['train', 'test'].map(async (part) => {
        const source = folderFiles(join(folder, part));
        return new FileDataset(source, await readClassFolders(source, endings), decode);
      }),
    );
    requireSameClasses(train!, test!);
    return { train: train!, test: test! };
  }
  const source = folderFiles(folder);
  const files = new FileDataset(source, await readClassFolders(source, endings), decode);
  const [train, test] = partsOf(files, request);
  return { train, test };
}

/** Cuts by file, with the classes in equal shares; by what a pattern finds in the paths, where there is one. */
function partsOf<From>(
  files: FileDataset<From>,
  { testShare, seed, group }: DataRequest,
): [RawSet<From>, RawSet<From>] {
  const numbers: Dataset<number> = {
    length: files.length,
    labels: files.labels!,
    get: (index) => index,
  };
  const groups = group === undefined ? {} : { groups: files.files.map(grouping(group)) };
  const parts = randomSplit(numbers, [1 - testShare, testShare], {
    seed,
    stratify: true,
    ...groups,
  });
  const [train, test] = parts.map((part) => {
    const indices = Array.from({ length: part.length }, (_, i) => part.get(i) as number);
    return subset<readonly [From, number]>(
      files,
      indices.sort((a, b) => a - b),
    );
  });
  if (train!.length === 0 || test!.length === 0) {
    throw new CliError(
      `${files.length} files are too few to train with and test with a share of ${testShare}: give more, or another --test-share`,
    );
  }
  return [train!, test!];
}

function grouping(text: string): (path: string) => string {
  let pattern: RegExp;
  try {
    pattern = new RegExp(text, 'u');
  } catch (cause) {
    throw new UsageError(`--group: '${text}' is no regular expression`, { cause });
  }
  return (path) => {
    const match = pattern.exec(path);
    if (match !== null) return match[1] ?? match[0];
    throw new CliError(`--group: '${text}' finds nothing in '${path}'`);
  };
}
