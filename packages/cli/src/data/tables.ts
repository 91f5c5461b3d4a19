import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

import { decodeText, requireSameClasses, subset } from '@convnet/data';
import {
  parseArff,
  parseCsvSeries,
  parseTs,
  parseUcrTsv,
  SeriesDataset,
  treatMissing,
  type Recording,
  type SeriesFile,
} from '@convnet/data/signal';

import { CliError, messageOf, UsageError } from '../errors.ts';
import { columnOf, readFirstLines } from './csv-header.ts';
import type { RawSet, RawSplit, Target } from './opened-data.ts';
import type { SignalPreprocessing } from './preprocessing.ts';
import type { DataRequest } from './request.ts';
import { split } from './split.ts';
import { scaleTargets } from './targets.ts';

/** Endings of files that hold a series in each row. */
export const tableEndings: readonly string[] = ['.csv', '.tsv', '.txt', '.ts', '.arff'];

/** A file of series, and what belongs together in it. */
interface Table {
  readonly path: string;
  readonly file: SeriesFile;
  /** How `--skip-columns` calls the first column of the signals; where it is not known, undefined. */
  readonly firstColumn?: string;
  readonly groups?: readonly string[];
}

/**
 * Files with a signal in each row: comma-separated values with a label or a number to predict in one of the columns (the
 * last, if no other is named), or the formats of the UCR/UEA archive.
 * @throws CliError, UsageError; SignalError of @convnet/data that names line and column.
 */
export async function openTable(path: string, request: DataRequest): Promise<RawSplit<Recording>> {
  const own = await readTable(path, request);
  const { testData } = request;
  const tested = testData === undefined ? own : await readTable(testData, request);
  const { classes } = own.file;
  if (tested !== own && tested.file.classes.some((name) => !classes.includes(name))) {
    requireSameClasses(own.file, tested.file);
  }
  if (own.file.labels !== null && classes.length < 2) {
    throw new CliError(`${path}: expected two classes or more, found only '${classes[0]}'`);
  }
  const parts =
    tested === own ? divided(own, request) : { train: every(own.file), test: every(tested.file) };
  const { missing } = request;
  /** Some rows of a file, which errors call by their places in the file. */
  const rows = (
    { path: source, file }: Table,
    indices: readonly number[],
    of: { readonly classes?: readonly string[] },
  ): RawSet<Recording> =>
    subset(new SeriesDataset<Recording, Target>(file, { ...of, source, missing }), indices);
  if (own.file.targets === null) {
    return {
      train: rows(own, parts.train, { classes }),
      test: rows(tested, parts.test, { classes }),
      task: { kind: 'classification', classes },
      notes: countingNotes(own),
    };
  }
  const numbers = ({ file }: Table, indices: readonly number[]): readonly Float32Array[] =>
    indices.map((i) => Float32Array.of(file.targets![i]!));
  const names = request.targets ?? ['target'];
  const { task, notes, ...scaled } = scaleTargets(
    names,
    numbers(own, parts.train),
    numbers(tested, parts.test),
    { ...request, task: request.task ?? 'regression' },
  );
  const scaledTo = (
    table: Table,
    indices: readonly number[],
    values: readonly Float32Array[],
  ): Table => {
    const targets = table.file.targets!.slice();
    indices.forEach((place, i) => (targets[place] = values[i]![0]!));
    return { ...table, file: { ...table.file, targets } };
  };
  return {
    train: rows(scaledTo(own, parts.train, scaled.train), parts.train, {}),
    test: rows(scaledTo(tested, parts.test, scaled.test), parts.test, {}),
    task,
    notes: [...countingNotes(own), ...(notes ?? [])],
  };
}

/** A first column that counts the rows, as pandas writes one, is no part of a signal: most likely nobody wanted it to be. */
function countingNotes({ file: { series }, firstColumn }: Table): readonly string[] {
  const first = series[0]?.data[0];
  const counts =
    firstColumn !== undefined &&
    series.length > 2 &&
    (first === 0 || first === 1) &&
    series.every(({ data }, row) => data[0] === first + row);
  if (!counts) return [];
  return [
    `the column '${firstColumn}' counts the rows, and is learned as a part of the signals: --skip-columns ${firstColumn} leaves it out`,
  ];
}

const every = ({ series }: SeriesFile): readonly number[] => series.map((_, i) => i);

function divided({ path, file, groups }: Table, request: DataRequest): ReturnType<typeof split> {
  const { labels, classes, series } = file;
  return split(
    {
      names: series.map((_, i) => `${path}, row ${i}`),
      ...(labels === null ? {} : { labels: labels.map((label) => classes.indexOf(label)) }),
      ...(groups === undefined ? {} : { groups }),
    },
    request,
  );
}

async function readTable(path: string, request: DataRequest): Promise<Table> {
  const text = await readText(path);
  const ending = extname(path).toLowerCase();
  if (ending === '.ts') return { path, file: parseTs(text, path) };
  if (ending === '.arff') return { path, file: parseArff(text, path) };
  const { labelColumn, groupColumn, targets, skipColumns = [], channels } = request;
  const { header, fields } = readFirstLines(text, path);
  const columnNames = header ? fields : null;
  // The archive's own files have the class in front, no names and tabulators.
  if (ending === '.tsv' && !header && labelColumn === undefined) {
    return { path, file: parseUcrTsv(text, path) };
  }
  if (targets !== undefined && targets.length !== 1) {
    throw new UsageError(
      `${path}: expected one column of numbers to predict, got ${targets.length}`,
    );
  }
  const options = { header, ...(channels === undefined ? {} : { channels }) };
  const columns = (names: readonly (string | undefined)[]): (string | number)[] =>
    names.filter((name) => name !== undefined).map((name) => columnOf(name, columnNames));
  const file = parseCsvSeries(text, path, {
    ...options,
    skip: columns([...skipColumns, groupColumn]),
    ...(labelColumn === undefined ? {} : { label: columnOf(labelColumn, columnNames) }),
    ...(targets === undefined ? {} : { target: columnOf(targets[0]!, columnNames) }),
  });
  const apart = columns([...skipColumns, groupColumn, labelColumn, ...(targets ?? [])]);
  const first = fields.findIndex((name, i) => !apart.includes(name) && !apart.includes(i));
  const isNamed = header && fields[first] !== '';
  const firstColumn = isNamed ? fields[first]! : String(first);
  if (groupColumn === undefined) return { path, file, firstColumn };
  const place = columnOf(groupColumn, columnNames);
  const { labels } = parseCsvSeries(text, path, {
    header,
    label: place,
    skip: columns([...skipColumns, labelColumn, ...(targets ?? [])]),
  });
  return { path, file, firstColumn, groups: labels! };
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError(`'${path}' cannot be read (${messageOf(cause)})`, { cause });
  });
  return decodeText(bytes);
}

/**
 * The signals in the rows of a file without what they are, for a network that was trained on such a file: its columns with
 * labels, groups and targets are passed over where the file has them.
 * @throws as `openTable`.
 */
export async function openRows(
  path: string,
  request: DataRequest,
  { length, channels }: SignalPreprocessing,
): Promise<RawSet<Recording>> {
  const text = await readText(path);
  const ending = extname(path).toLowerCase();
  const isCsv = !['.ts', '.arff'].includes(ending);
  const { header, fields: names } = isCsv
    ? readFirstLines(text, path)
    : { header: false, fields: [] };
  // Without names, only the number of columns tells whether there is a label.
  const isBare = isCsv && !header && names.length === length * channels;
  const { labelColumn, groupColumn, targets = [], skipColumns = [] } = request;
  const others = [labelColumn, groupColumn, ...targets, ...skipColumns];
  const isNamed = isCsv && header && labelColumn !== undefined;
  const { file } =
    isBare || isNamed || (isCsv && targets.length > 0)
      ? {
          file: parseCsvSeries(text, path, {
            header,
            label: null,
            skip: others
              .filter((name) => name !== undefined)
              .map((name) => columnOf(name, header ? names : null))
              .filter((column) => !header || typeof column === 'number' || names.includes(column)),
            ...(request.channels === undefined ? {} : { channels: request.channels }),
          }),
        }
      : await readTable(path, request);
  const { missing } = request;
  return {
    length: file.series.length,
    nameOf: (i) => `${path}, row ${i}`,
    get: (i) => {
      const series = file.series[i]!;
      const recording = { ...series, data: series.data.slice() };
      treatMissing(recording, missing, `${path}, row ${i}`);
      return [recording, 0] as const;
    },
  };
}
