import {
  aBoolean,
  aCount,
  aString,
  checkOptions,
  either,
  integerFrom,
  listOf,
  nearestHint,
  numberAbove,
  optionKinds,
  orNull,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { SignalError } from '../errors.ts';
import { aDelimiter, parseCsv, type CsvTable } from '../files/csv.ts';
import { recordingOf, type Recording } from './recording.ts';
import { sortedClasses, valueOf, type SeriesFile } from './series/series-file.ts';

/** Options of `parseCsvSeries`. */
export interface CsvSeriesOptions {
  /** Whether the first line names the columns; default true. */
  readonly header?: boolean;
  /** Column with the labels, by its name or its number from 0; by default the last. null: there are none. */
  readonly label?: string | number | null;
  /** Column with a number to predict, in place of labels. */
  readonly target?: string | number;
  /** Columns that are passed over. */
  readonly skip?: readonly (string | number)[];
  /** Channels that the values of a row are, one channel's values behind the other's; default 1. */
  readonly channels?: number;
  /** Between fields; by default what the first line has most of. */
  readonly delimiter?: string;
}

const aColumn = either(aString, integerFrom(0));

const csvSeriesOptions = optionKinds<CsvSeriesOptions>({
  header: aBoolean,
  label: orNull(aColumn),
  target: aColumn,
  skip: listOf(aColumn),
  channels: aCount,
  delimiter: aDelimiter,
});

/**
 * Reads comma-separated values with one series a row.
 *
 * @throws SignalError with fault 'format' that names line and column.
 */
export function parseCsvSeries(
  text: string,
  source = 'CSV file',
  options: CsvSeriesOptions = {},
): SeriesFile {
  requireKind('parseCsvSeries', 'text', text, aString);
  requireKind('parseCsvSeries', 'source', source, aString);
  checkOptions('parseCsvSeries', options, csvSeriesOptions);
  const { header = true, channels = 1, target, skip = [] } = options;
  const table = tableOf(text, source, header, options.delimiter);
  const last = table.header.length - 1;
  const label =
    options.label === undefined && target === undefined ? last : (options.label ?? null);
  const labelColumn = label === null ? null : columnOf(table, label, source);
  const targetColumn = target === undefined ? null : columnOf(table, target, source);
  const skipped = new Set([
    labelColumn,
    targetColumn,
    ...skip.map((column) => columnOf(table, column, source)),
  ]);
  const columns = table.header.map((_, i) => i).filter((i) => !skipped.has(i));
  if (columns.length === 0 || columns.length % channels !== 0) {
    throw new SignalError(
      'format',
      source,
      `expected columns for ${channels} channels of one length, got ${columns.length}`,
    );
  }
  const length = columns.length / channels;
  const series = table.rows.map((_, row) => {
    const values = columns.map((column) => numberAt(table, row, column, source));
    return recordingOf(
      Array.from({ length: channels }, (__, i) => values.slice(i * length, (i + 1) * length)),
    );
  });
  const labels =
    labelColumn === null
      ? null
      : table.rows.map((row, i) => {
          const text = row[labelColumn]!.trim();
          if (text !== '') return text;
          throw new SignalError(
            'format',
            source,
            `line ${table.lines[i]}: expected a label, got none`,
          );
        });
  const targets =
    targetColumn === null
      ? null
      : Float32Array.from(table.rows, (_, row) => numberAt(table, row, targetColumn, source));
  return {
    name: null,
    series,
    labels,
    targets,
    classes: labels === null ? [] : sortedClasses(labels),
  };
}

/** Options of `parseCsvRecording`. */
export interface CsvRecordingOptions {
  /** Whether the first line names the columns; default true. */
  readonly header?: boolean;
  /** Columns that are channels, by names or numbers from 0; by default all but `time`. */
  readonly columns?: readonly (string | number)[];
  /** Column with the time in seconds, from which the sample rate follows. */
  readonly time?: string | number;
  /** Samples per second, where there is no `time`. */
  readonly sampleRate?: number;
  /** Between fields; by default what the first line has most of. */
  readonly delimiter?: string;
}

export const csvRecordingOptions: Readonly<Record<keyof CsvRecordingOptions, Kind>> =
  optionKinds<CsvRecordingOptions>({
    header: aBoolean,
    columns: listOf(aColumn),
    time: aColumn,
    sampleRate: numberAbove(0),
    delimiter: aDelimiter,
  });

/**
 * Reads comma-separated values with one recording: a channel a column, a moment a row. Values that are missing are NaN; see
 * `treatMissing`.
 *
 * @throws SignalError with fault 'format' that names line and column.
 */
export function parseCsvRecording(
  text: string,
  source = 'CSV file',
  options: CsvRecordingOptions = {},
): Recording {
  requireKind('parseCsvRecording', 'text', text, aString);
  requireKind('parseCsvRecording', 'source', source, aString);
  checkOptions('parseCsvRecording', options, csvRecordingOptions);
  const { header = true, time } = options;
  const table = tableOf(text, source, header, options.delimiter);
  const timeColumn = time === undefined ? null : columnOf(table, time, source);
  const columns =
    options.columns?.map((column) => columnOf(table, column, source)) ??
    table.header.map((_, i) => i).filter((i) => i !== timeColumn);
  const channels = columns.map((column) =>
    table.rows.map((_, row) => numberAt(table, row, column, source)),
  );
  let { sampleRate } = options;
  if (timeColumn !== null && table.rows.length > 1) {
    const times = table.rows.map((_, row) => numberAt(table, row, timeColumn, source));
    const end = times[times.length - 1]!;
    const span = end - times[0]!;
    if (!(span > 0)) {
      throw new SignalError(
        'format',
        source,
        `expected times that grow, got ${times[0]} to ${end}`,
      );
    }
    sampleRate = (times.length - 1) / span;
  }
  return recordingOf(channels, {
    ...(sampleRate === undefined ? {} : { sampleRate }),
    ...(header ? { channelNames: columns.map((column) => table.header[column]!) } : {}),
  });
}

function tableOf(
  text: string,
  source: string,
  header: boolean,
  delimiter: string | undefined,
): CsvTable {
  const table = parseCsv(text, source, {
    header,
    ...(delimiter === undefined ? {} : { delimiter }),
  });
  if (table.rows.length === 0)
    throw new SignalError('empty', source, 'there is no row in the file');
  return table;
}

function columnOf({ header }: CsvTable, column: string | number, source: string): number {
  const found = typeof column === 'number' ? column : header.indexOf(column);
  if (Number.isInteger(found) && found >= 0 && found < header.length) return found;
  throw new SignalError(
    'format',
    source,
    `expected a column '${column}'${nearestHint(String(column), header)}, the columns are ${header.join(', ')}`,
  );
}

/** The number in a field; NaN where it is empty. */
function numberAt(
  { header, rows, lines }: CsvTable,
  row: number,
  column: number,
  source: string,
): number {
  const text = rows[row]![column]!;
  if (text.trim() === '') return Number.NaN;
  const value = valueOf(text);
  if (value !== undefined) return value;
  throw new SignalError(
    'format',
    source,
    `line ${lines[row]}, column '${header[column]}': expected a number, got '${text.slice(0, 40)}'`,
  );
}
