import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

import {
  FileDataset,
  folderFiles,
  readClassFolders,
  requireSameClasses,
  type FileReader,
  type FileSource,
  type ListedFiles,
} from '@convnet/data';
import { decodeImage, imageEndings, type Image } from '@convnet/data/image';
import type { Recording } from '@convnet/data/signal';

import { CliError } from '../errors.ts';
import type { Task } from '../task.ts';
import { chosen, type FilePart, type FileSplit } from './file-split.ts';
import { readLists } from './label-lists.ts';
import type { RawSet, RawSplit, Target } from './opened-data.ts';
import { recordFiles, recordingReader, signalEndings } from './recording-file.ts';
import type { DataRequest } from './request.ts';
import { split } from './split.ts';

/** What a folder or file holds. */
export type DataContent =
  | { readonly kind: 'image'; readonly sets: RawSplit<Image> }
  | { readonly kind: 'signal'; readonly sets: RawSplit<Recording> };

/**
 * A folder of class folders, one with such folders `train` and `test`, or one whose files a list names, as sets of decoded
 * files.
 * @throws CliError where it is not there or holds neither pictures nor recordings; FileError of @convnet/data.
 */
export async function openFolder(folder: string, request: DataRequest): Promise<DataContent> {
  await requireFolder(folder);
  const source = recordFiles(folderFiles(folder));
  const paths = await source.list();
  const { labels } = request;
  const files = labels === undefined ? undefined : await readLists(source, labels, request);
  const counted = files === undefined ? paths : files.train.listed.files;
  if (kindOf(folder, counted, request.dims) === 'image') {
    const found = files ?? (await classFolders(folder, source, paths, imageEndings, request));
    const decode: FileReader<Image> = (bytes, path) => decodeImage(bytes, path);
    return { kind: 'image', sets: decoded(found, () => decode) };
  }
  const found = files ?? (await classFolders(folder, source, paths, signalEndings, request));
  const warnings = new Set<string>();
  const warn = ({ message }: Error): void => void warnings.add(message);
  const sets = decoded(found, (from) => recordingReader(request, from, warn));
  return { kind: 'signal', sets: { ...sets, warnings } };
}

/** @throws CliError. */
export async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found === null) {
    const kind = extname(folder) === '' ? 'folder' : 'file';
    throw new CliError(`there is no ${kind} '${folder}'`);
  }
  if (!found.isDirectory()) throw new CliError(`'${folder}' is a file; a folder was expected`);
}

function kindOf(
  folder: string,
  paths: readonly string[],
  dims: 1 | 2 | undefined,
): DataContent['kind'] {
  const count = (endings: readonly string[]): number =>
    paths.filter((path) => endings.some((ending) => path.toLowerCase().endsWith(ending))).length;
  const images = count(imageEndings);
  // Names without an ending are records of PhysioNet, as its own lists write them.
  const signals = count(signalEndings) + paths.filter((path) => !/\.\w+$/.test(path)).length;
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
          'in folders named as their classes; give a list of files with labels by --labels where there are no such folders',
  );
}

async function classFolders(
  folder: string,
  source: FileSource,
  paths: readonly string[],
  endings: readonly string[],
  request: DataRequest,
): Promise<FileSplit> {
  const isSplit = ['train/', 'test/'].every((part) => paths.some((path) => path.startsWith(part)));
  if (isSplit) {
    const [train, test] = await Promise.all(
      ['train', 'test'].map(async (part) => {
        const inside = recordFiles(folderFiles(join(folder, part)));
        return { source: inside, listed: await readClassFolders(inside, endings) };
      }),
    );
    requireSameClasses(train!.listed, test!.listed);
    return { train: train!, test: test!, task: classification(train!.listed), notes: [] };
  }
  const listed = await readClassFolders(source, endings);
  const parts = split({ names: listed.files, labels: listed.labels }, request);
  return {
    train: { source, listed: chosen(listed, parts.train) },
    test: { source, listed: chosen(listed, parts.test) },
    task: classification(listed),
    notes: [],
  };
}

const classification = ({ classes = [] }: Pick<ListedFiles, 'classes'>): Task => ({
  kind: 'classification',
  classes,
});

function decoded<From>(
  { train, test, task, notes }: FileSplit,
  reader: (source: FileSource) => FileReader<From>,
): RawSplit<From> {
  const set = ({ source, listed }: FilePart): RawSet<From> =>
    new FileDataset<From, Target>(source, listed, reader(source));
  return { train: set(train), test: set(test), task, notes };
}
