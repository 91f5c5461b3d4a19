import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { FileSource, ListedFiles } from '@convnet/data';
import { readFileList } from '@convnet/data';

import { CliError, messageOf } from '../errors.ts';
import { chosen, type FileSplit } from './file-split.ts';
import type { DataRequest } from './request.ts';
import { split } from './split.ts';
import { scaleTargets } from './targets.ts';

/**
 * The files that a list of comma-separated values names, with their classes or with numbers. Without `testLabels` some of
 * them test.
 * @throws CliError for a list that is not there; FileError of @convnet/data for columns and files that are not there.
 */
export async function readLists(
  source: FileSource,
  labels: string,
  request: DataRequest,
): Promise<FileSplit> {
  const { testLabels, knownTask } = request;
  const known = knownTask?.kind === 'classification' ? knownTask.classes : undefined;
  const listed = await readList(source, labels, request, known);
  const { files, groups, classes } = listed;
  const own = testLabels === undefined ? split({ names: files, ...listed }, request) : null;
  const train = own === null ? listed : chosen(listed, own.train);
  const test =
    own === null ? await readList(source, testLabels!, request, classes) : chosen(listed, own.test);
  if (classes !== undefined) {
    if (classes.length < 2) {
      throw new CliError(`${labels}: expected two classes or more, found only '${classes[0]}'`);
    }
    const task = { kind: 'classification', classes } as const;
    return { train: { source, listed: train }, test: { source, listed: test }, task, notes: [] };
  }
  const { task, notes, ...scaled } = scaleTargets(
    request.targets!,
    train.targets!,
    test.targets!,
    request,
  );
  const grouped = groups === undefined ? {} : { groups };
  return {
    train: { source, listed: { ...train, ...grouped, targets: scaled.train } },
    test: { source, listed: { ...test, targets: scaled.test } },
    task,
    notes,
  };
}

/** Reads a list that is found by its path, or in the folder of the files. */
async function readList(
  source: FileSource,
  path: string,
  { pathColumn, labelColumn, groupColumn, targets }: DataRequest,
  classes: readonly string[] | undefined,
): Promise<ListedFiles> {
  const place = (await exists(path)) ? path : join(source.name, path);
  const bytes = await readFile(place).catch((cause: unknown) => {
    throw new CliError(`--labels: '${path}' cannot be read (${messageOf(cause)})`, { cause });
  });
  const withList: FileSource = {
    name: source.name,
    list: () => source.list(),
    read: (file) => (file === path ? Promise.resolve(bytes) : source.read(file)),
  };
  return readFileList(withList, {
    list: path,
    ...(pathColumn === undefined ? {} : { path: pathColumn }),
    ...(labelColumn === undefined ? {} : { label: labelColumn }),
    ...(groupColumn === undefined ? {} : { group: groupColumn }),
    ...(targets === undefined ? {} : { targets }),
    ...(classes === undefined ? {} : { classes }),
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
