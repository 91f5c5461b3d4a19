import { classNames } from '../kinds.ts';
import {
  aString,
  checkOptions,
  listOf,
  nearestHint,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';
import { FileError } from '../errors.ts';
import { shown } from './class-folders.ts';
import { aDelimiter, parseCsv } from './csv.ts';
import { fileSource, type FileSource, type FilesOf } from './file-source.ts';
import { decodeText } from './decode-text.ts';

/** Options of `readFileList`. */
export interface FileListOptions {
  /** The list, as a file of the source; by default 'labels.csv'. */
  readonly list?: string;
  /** Column with the paths of files, relative to the source; by default the first. */
  readonly path?: string;
  /** Column with the classes; by default the second, where there are no `targets`. */
  readonly label?: string;
  /** Columns with numbers, which become a float32 target each: several labels of 0 and 1, or quantities to predict. */
  readonly targets?: readonly string[];
  /** Column whose entry says what belongs together, such as a patient; see `randomSplit`. */
  readonly group?: string;
  /** The class list, where it is to be that one; by default the labels found, in the order of their names. */
  readonly classes?: readonly string[];
  /** Between fields; by default what the first line has most of. */
  readonly delimiter?: string;
}

export const fileListOptions: Readonly<Record<keyof FileListOptions, Kind>> =
  optionKinds<FileListOptions>({
    list: aString,
    path: aString,
    label: aString,
    targets: listOf(aString),
    group: aString,
    classes: classNames,
    delimiter: aDelimiter,
  });

/** What a list says of its files. */
export interface ListedFiles {
  readonly files: readonly string[];
  /** Where the list has classes. */
  readonly labels?: Int32Array;
  readonly classes?: readonly string[];
  /** Where the list has targets: those of each file. */
  readonly targets?: readonly Float32Array[];
  readonly groups?: readonly string[];
}

/**
 * Reads a list of files with their labels, as comma-separated values under a line that names the columns.
 *
 * @param files Where the list and its files are: a folder's path or URL, or a source.
 * @throws FileError with fault 'format' for a column that is not there, 'label' for a label that is missing, no number or
 *   none of `classes`, 'missing' where the source lacks files that the list names, 'empty' where it names none.
 */
export async function readFileList(
  files: FilesOf,
  options: FileListOptions = {},
): Promise<ListedFiles> {
  checkOptions('readFileList', options, fileListOptions);
  return readListed(fileSource('readFileList', files), options);
}

/** As `readFileList`, with options that were checked: others may be among them. */
export async function readListed(
  source: FileSource,
  options: FileListOptions,
): Promise<ListedFiles> {
  const { list = 'labels.csv', delimiter, targets } = options;
  const text = decodeText(await source.read(list));
  const table = parseCsv(text, list, {
    header: true,
    ...(delimiter === undefined ? {} : { delimiter }),
  });
  const { header, rows, lines } = table;
  if (rows.length === 0) throw new FileError('empty', list, 'the list names no file');
  const column = (name: string | undefined, place: number, what: string): number => {
    const found = name === undefined ? place : header.indexOf(name);
    if (found >= 0 && found < header.length) return found;
    throw new FileError(
      'format',
      list,
      `expected a column ${name === undefined ? '' : `'${name}'${nearestHint(name, header)} `}with ${what}, the columns are ${shown(header)}`,
    );
  };
  const pathColumn = column(options.path, 0, 'the paths');
  const files = rows.map((row) => row[pathColumn]!.trim());
  const present = new Set(await source.list());
  // Without names of columns the first file would go unseen.
  const first = header[pathColumn]!;
  if (present.has(first)) {
    throw new FileError(
      'format',
      list,
      `expected a line that names the columns in front, such as file,label, got one of the file '${first}'`,
    );
  }
  const absent = files.filter((file) => !present.has(file));
  if (absent.length > 0) {
    throw new FileError(
      'missing',
      list,
      `${absent.length} of ${files.length} files that the list names are not in ${source.name}: ${shown(absent)}`,
    );
  }
  const groupColumn = options.group === undefined ? undefined : column(options.group, 0, 'groups');
  const grouped = groupColumn === undefined ? {} : { groups: rows.map((row) => row[groupColumn]!) };
  if (targets !== undefined) {
    const columns = targets.map((name) => column(name, 0, 'numbers'));
    const numbers = rows.map((row, i) =>
      Float32Array.from(columns, (place) => numberIn(row[place]!, header[place]!, lines[i]!, list)),
    );
    if (options.label === undefined) return { files, targets: numbers, ...grouped };
    return { files, targets: numbers, ...grouped, ...classesIn(options.label) };
  }
  return { files, ...grouped, ...classesIn(options.label) };

  function classesIn(name: string | undefined): { labels: Int32Array; classes: readonly string[] } {
    const place = column(name, 1, 'the labels');
    const names = rows.map((row, i) => {
      const label = row[place]!.trim();
      if (label !== '') return label;
      throw new FileError(
        'label',
        list,
        `expected a label for ${files[i]} in line ${lines[i]}, got none`,
      );
    });
    const classes = options.classes ?? [...new Set(names)].sort();
    const labels = Int32Array.from(names, (label, i) => {
      const number = classes.indexOf(label);
      if (number >= 0) return number;
      throw new FileError(
        'label',
        list,
        `expected one of the classes ${shown(classes)} for ${files[i]} in line ${lines[i]}, got '${label}'`,
      );
    });
    return { labels, classes };
  }
}

function numberIn(text: string, column: string, line: number, list: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new FileError(
    'label',
    list,
    `expected a number in column '${column}' of line ${line}, got ${text.trim() === '' ? 'nothing' : `'${text}'`}`,
  );
}
