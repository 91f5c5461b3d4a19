import {
  readRecording,
  recordingOf,
  SignalError,
  treatMissing,
  type Recording,
} from '@convnet/data/signal';
import { openNumpy } from '@convnet/weights';

import type { DataRequest } from './request.ts';

/** Reads recordings: WAV, comma-separated values, and arrays of NumPy [length] or [channels, length]. */
export function recordingReader({
  sampleRate,
  missing,
}: Pick<DataRequest, 'sampleRate' | 'missing'>): (
  bytes: Uint8Array,
  path: string,
) => Promise<Recording> {
  return async (bytes, path) => {
    if (path.toLowerCase().endsWith('.npy')) {
      const recording = await readArray(bytes, path);
      treatMissing(recording, missing, path);
      return recording;
    }
    return readRecording(bytes, path, {
      missing,
      ...(sampleRate === undefined || !isWav(path) ? {} : { sampleRate }),
    });
  };
}

const isWav = (path: string): boolean => path.toLowerCase().endsWith('.wav');

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
  return recordingOf(
    Array.from({ length: channels }, (_, c) => values.subarray(c * length, (c + 1) * length)),
  );
}
