import { requireFileBytes } from '../file-bytes.ts';
import { classNames } from '../kinds.ts';
import {
  aBoolean,
  aFunction,
  anObject,
  aString,
  checkOptions,
  numberAbove,
  optionKinds,
  requireKind,
  type OptionKinds,
} from '@convnet/tensor-core';
import { SignalError } from '../errors.ts';
import { readClassFolders } from '../files/class-folders.ts';
import { FileDataset, type FileReader, type FileTarget } from '../files/file-dataset.ts';
import { fileListOptions, readListed, type FileListOptions } from '../files/file-list.ts';
import { fileSource, type FilesOf } from '../files/file-source.ts';
import type { Step } from '../transform/compose.ts';
import { csvRecordingOptions, parseCsvRecording, type CsvRecordingOptions } from './csv-series.ts';
import { someMissingValues, treatMissing, type MissingValues } from './missing-values.ts';
import { recordingOf, type Recording } from './recording.ts';
import { resample } from './resample.ts';
import { parseWav } from './wav/wav.ts';
import { decodeText, isBinary } from '../files/decode-text.ts';

/** Endings of the files that `recordingFolder` reads. */
export const recordingEndings: readonly string[] = ['.wav', '.csv', '.tsv', '.txt'];

/** Options of `readRecording` and `recordingList`. */
export interface RecordingOptions<X = Recording> {
  /** Brings recordings of other rates to this one, in samples per second. */
  readonly sampleRate?: number;
  /** Adds all channels of a recording up to their mean; default false. */
  readonly mono?: boolean;
  /** What becomes of values that are missing or NaN; default 'refuse'. */
  readonly missing?: MissingValues;
  /** How files of comma-separated values are read. */
  readonly csv?: CsvRecordingOptions;
  /** Refuses WAV files whose header contradicts the file; default false: what is there is read. */
  readonly strict?: boolean;
  /** What becomes of each recording. */
  readonly transform?: Step<Recording, X>;
  /** Told of WAV files whose header contradicts the file, once each time one is read. Default: nothing is said. */
  readonly onWarning?: (warning: Error) => void;
}

const recordingKinds = {
  sampleRate: numberAbove(0),
  mono: aBoolean,
  missing: someMissingValues,
  csv: anObject,
  strict: aBoolean,
  transform: aFunction,
  onWarning: aFunction,
} as const;
const { transform: _transform, ...readingKinds } = recordingKinds;
const readRecordingOptions = optionKinds<Omit<RecordingOptions, 'transform'>>(readingKinds);

/**
 * Reads a recording from the bytes of a WAV or CSV file, told apart by the beginning of the file.
 *
 * @throws WavError, SignalError or FileError that names the file.
 */
export function readRecording(
  bytes: Uint8Array,
  source: string,
  options: Omit<RecordingOptions, 'transform'> = {},
): Recording {
  requireFileBytes('readRecording', bytes);
  requireKind('readRecording', 'source', source, aString);
  checkOptions('readRecording', options, readRecordingOptions);
  const { sampleRate, mono = false, missing = 'refuse', csv = {}, strict = false } = options;
  checkOptions('readRecording: csv', csv, csvRecordingOptions);
  if (!isWav(bytes) && bytes.length > 0 && /\.wav$/i.test(source)) {
    throw new SignalError(
      'format',
      source,
      `expected a WAV file, which begins with RIFF, got the bytes ${beginning(bytes)}`,
    );
  }
  let recording = isWav(bytes)
    ? fromWav(bytes, source, strict, options.onWarning)
    : parseCsvRecording(textOf(bytes, source), source, csv);
  treatMissing(recording, missing, source);
  if (mono) recording = mixedDown(recording);
  return sampleRate === undefined ? recording : atRate(recording, sampleRate, source);
}

function isWav(bytes: Uint8Array): boolean {
  return /^(RIF[FX]|RF64|BW64)/.test(String.fromCharCode(...bytes.subarray(0, 4)));
}

const beginning = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');

function textOf(bytes: Uint8Array, source: string): string {
  if (bytes.length === 0) throw new SignalError('empty', source, 'the file is empty');
  if (isBinary(bytes)) {
    throw new SignalError(
      'format',
      source,
      'expected a WAV file or comma-separated values, got bytes that are neither',
    );
  }
  return decodeText(bytes);
}

function fromWav(
  bytes: Uint8Array,
  source: string,
  strict: boolean,
  onWarning: ((warning: Error) => void) | undefined,
): Recording {
  const { channels, sampleRate, faults } = parseWav(bytes, source, { strict });
  if (channels[0]!.length === 0)
    throw new SignalError('empty', source, 'the recording has no samples');
  for (const fault of faults) onWarning?.(fault);
  return recordingOf(channels, { sampleRate });
}

function mixedDown({ data, shape, ...details }: Recording): Recording {
  const [channels, length] = shape;
  const mean = new Float32Array(length);
  for (let i = 0; i < data.length; i++) mean[i % length]! += data[i]! / channels;
  return {
    data: mean,
    shape: [1, length],
    ...(details.sampleRate === undefined ? {} : { sampleRate: details.sampleRate }),
  };
}

function atRate(recording: Recording, sampleRate: number, source: string): Recording {
  const { shape, data } = recording;
  if (recording.sampleRate === undefined) {
    throw new SignalError(
      'setting',
      source,
      `cannot be brought to ${sampleRate} Hz: its own sample rate is not known`,
    );
  }
  if (recording.sampleRate === sampleRate) return recording;
  const [channels, length] = shape;
  const from = Math.round(recording.sampleRate);
  const resampled = Array.from({ length: channels }, (_, channel) =>
    resample(data.subarray(channel * length, (channel + 1) * length), from, sampleRate),
  );
  const { data: _data, shape: _shape, sampleRate: _rate, ...details } = recording;
  return recordingOf(resampled, { ...details, sampleRate });
}

function readerOf<X>({ transform, ...options }: RecordingOptions<X>): FileReader<X> {
  return (bytes, path, random) => {
    const recording = readRecording(bytes, path, options);
    return transform === undefined ? (recording as X) : transform(recording, random);
  };
}

const only = <X>(options: RecordingOptions<X>): RecordingOptions<X> =>
  Object.fromEntries(
    Object.entries(options).filter(([name]) => name in recordingKinds),
  ) as RecordingOptions<X>;

/** Options of `recordingFolder`. */
export interface RecordingFolderOptions<X> extends RecordingOptions<X> {
  /** The class list, where it is to be that one, such as `train.classes` for a test set. */
  readonly classes?: readonly string[];
}

const recordingFolderOptions = optionKinds<RecordingFolderOptions<unknown>>({
  ...recordingKinds,
  classes: classNames,
});
const recordingListOptions = optionKinds<RecordingOptions & FileListOptions>({
  ...recordingKinds,
  ...fileListOptions,
});

function checkRecordingOptions(
  where: string,
  options: RecordingOptions<unknown>,
  kinds: OptionKinds,
): void {
  checkOptions(where, options, kinds);
  checkOptions(`${where}: csv`, options.csv, csvRecordingOptions);
}

/**
 * Recordings, WAV or CSV files, in folders that are named as their classes; a recording is read when it is asked for.
 *
 * @throws FileError where there are no classes, or one without recordings. A recording that cannot be read is an error
 *   when it is asked for; see `onError` of `DataLoader`.
 */
export async function recordingFolder<X = Recording>(
  folder: FilesOf,
  options: RecordingFolderOptions<X> = {},
): Promise<FileDataset<X>> {
  checkRecordingOptions('recordingFolder', options, recordingFolderOptions);
  const source = fileSource('recordingFolder', folder);
  const labelled = await readClassFolders(source, recordingEndings, options.classes);
  return new FileDataset(source, labelled, readerOf(only(options)));
}

/** Recordings that a list of comma-separated values names, with their classes or with numbers: see `imageList`. */
export async function recordingList<X = Recording, Y extends FileTarget = number>(
  folder: FilesOf,
  options: RecordingOptions<X> & FileListOptions = {},
): Promise<FileDataset<X, Y>> {
  checkRecordingOptions('recordingList', options, recordingListOptions);
  const source = fileSource('recordingList', folder);
  const listed = await readListed(source, options);
  return new FileDataset<X, Y>(source, listed, readerOf(only(options)));
}
