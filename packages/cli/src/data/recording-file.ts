import { decodeText, folderFiles, isBinary, type FileReader, type FileSource } from '@convnet/data';
import {
  readRecording,
  readWfdb,
  recordingEndings,
  recordingOf,
  SignalError,
  treatMissing,
  resample,
  type Recording,
} from '@convnet/data/signal';
import { openNumpy } from '@convnet/weights';

import { readFirstLines } from './csv-header.ts';
import type { DataRequest } from './request.ts';

/** Endings of the recordings that are read: those of @convnet/data, NumPy's and the headers of PhysioNet's records. */
export const signalEndings: readonly string[] = [...recordingEndings, '.npy', '.hea'];

/** Files of a folder, in which a record of PhysioNet may be called by its name without `.hea`, as its lists do. */
export function recordFiles(source: FileSource): FileSource {
  const headers = async (): Promise<readonly string[]> =>
    (await source.list()).filter((path) => path.endsWith('.hea'));
  return {
    name: source.name,
    list: async () => [
      ...(await source.list()),
      ...(await headers()).map((path) => path.slice(0, -'.hea'.length)),
    ],
    read: (path) => source.read(isRecordName(path) ? `${path}.hea` : path),
  };
}

const isRecordName = (path: string): boolean => !/\.\w+$/.test(path);

/**
 * Reads recordings: WAV, comma-separated values, arrays of NumPy [length] or [channels, length], and records of PhysioNet,
 * whose other files are in `source`. `onWarning` is told of WAV files whose header contradicts the file.
 */
export function recordingReader(
  { sampleRate, missing, timeColumn }: Pick<DataRequest, 'sampleRate' | 'missing' | 'timeColumn'>,
  source: FileSource = folderFiles('.'),
  onWarning: (warning: Error) => void = () => undefined,
): FileReader<Recording> {
  return async (bytes, path) => {
    const lower = path.toLowerCase();
    if (lower.endsWith('.hea') || isRecordName(path)) {
      const record = await readWfdb(source, path);
      treatMissing(record, missing, path);
      return sampleRate === undefined ? record : atRate(record, sampleRate);
    }
    if (lower.endsWith('.npy')) {
      const recording = await readArray(bytes, path);
      treatMissing(recording, missing, path);
      return recording;
    }
    const isWav = lower.endsWith('.wav');
    const hasRate = isWav || timeColumn !== undefined;
    // As many bytes as two lines of a recording may have.
    const isText = !isWav && !isBinary(bytes);
    const beginning = isText ? decodeText(bytes.subarray(0, 2 ** 16)) : '';
    return readRecording(bytes, path, {
      missing,
      onWarning,
      csv: {
        header: readFirstLines(beginning, path).header,
        ...(timeColumn === undefined ? {} : { time: timeColumn }),
      },
      ...(sampleRate === undefined || !hasRate ? {} : { sampleRate }),
    });
  };
}

async function readArray(bytes: Uint8Array, path: string): Promise<Recording> {
  const file = await openNumpy(bytes, { name: path });
  const array = file.tensors.get('');
  const shape = array?.shape ?? [];
  if (array === undefined || shape.length < 1 || shape.length > 2 || shape.includes(0)) {
    throw new SignalError(
      'format',
      path,
      `expected an array [length] or [channels, length], got [${shape.join(', ')}]`,
    );
  }
  const values = Float32Array.from((await array.data()) as ArrayLike<number>);
  const [channels, length] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
  return recordingOf(channelsOf(values, channels, length));
}

/** Rows of values that lie one behind another. */
export const channelsOf = (
  values: Float32Array,
  channels: number,
  length: number,
): readonly Float32Array[] =>
  Array.from({ length: channels }, (_, c) => values.subarray(c * length, (c + 1) * length));

/** A record, whose rate its header says, at another rate. */
function atRate(record: Recording, sampleRate: number): Recording {
  const from = Math.round(record.sampleRate ?? sampleRate);
  if (from === sampleRate) return record;
  const channels = channelsOf(record.data, ...record.shape);
  return recordingOf(
    channels.map((values) => resample(values, from, sampleRate)),
    { sampleRate },
  );
}
