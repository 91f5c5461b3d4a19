import { classNames } from '../kinds.ts';
import { aString, listOf, requireKind } from '@convnet/tensor-core';
import { FileError } from '../errors.ts';
import { hasEnding, type FileSource, aFileSource } from './file-source.ts';

/** Files with the number of their class. */
export interface LabelledFiles {
  readonly files: readonly string[];
  readonly labels: Int32Array;
  readonly classes: readonly string[];
}

/**
 * Files in folders that are named as their classes, as torchvision's `ImageFolder` reads them: classes in the order of
 * their names (of code points), and of each class the files in the order of their paths, from the folders in it too.
 *
 * @param endings Endings of the files that count, in lower case.
 * @param classes The class list, where it is to be that one; by default what is found.
 * @throws FileError with fault 'empty' where there is no class, or one without files, or only one and it was not asked
 *   for; 'label' for a folder that is none of `classes`.
 */
export async function readClassFolders(
  source: FileSource,
  endings: readonly string[],
  classes?: readonly string[],
): Promise<LabelledFiles> {
  requireKind('readClassFolders', 'source', source, aFileSource);
  requireKind('readClassFolders', 'endings', endings, listOf(aString));
  if (classes !== undefined) requireKind('readClassFolders', 'classes', classes, classNames);
  const paths = [...(await source.list())].sort(byCodePoint);
  const folders = [...new Set(paths.filter((path) => path.includes('/')).map(folderOf))];
  if (folders.length === 0) {
    const found =
      paths.length === 0 ? 'it is empty' : `it has ${paths.length} files and no folders`;
    throw new FileError('empty', source.name, `expected a folder for each class, ${found}`);
  }
  const known = classes ?? folders;
  const unknown = folders.filter((folder) => !known.includes(folder));
  if (unknown.length > 0) {
    throw new FileError(
      'label',
      source.name,
      `expected folders of the ${known.length} classes ${shown(known)}, got also ${shown(unknown)}`,
    );
  }
  if (classes === undefined && folders.length === 1) {
    throw new FileError(
      'empty',
      source.name,
      `expected folders of two classes or more, found only '${folders[0]}'; is it '${source.name}/${folders[0]}' that ` +
        'is meant? A single class is taken where the class list is given',
    );
  }
  const files = paths.filter((path) => path.includes('/') && hasEnding(path, endings));
  const used = new Set(files.map(folderOf));
  const without = folders.filter((folder) => !used.has(folder));
  if (without.length > 0) {
    throw new FileError(
      'empty',
      source.name,
      `expected files ${endings.join(', ')} in each class folder, found none in ${shown(without)}`,
    );
  }
  const numbers = new Map(known.map((name, i) => [name, i]));
  const labels = Int32Array.from(files, (path) => numbers.get(folderOf(path))!);
  return { files, labels, classes: [...known] };
}

const folderOf = (path: string): string => path.slice(0, path.indexOf('/'));

/** The order of Python's strings. UTF-16 differs from it only beyond the first 65,536 characters. */
function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function shown(names: readonly string[]): string {
  const first = names.slice(0, 5).map((name) => `'${name}'`);
  return first.join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
}
