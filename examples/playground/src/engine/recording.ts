import { parseWav, resample } from '@convnet/data';

import type { Recording } from './api.ts';
import { sampleRate, soundLength } from './tasks/sounds.ts';

/** Pieces of a recording that a network looks at, at most. */
const mostPieces = 24;

/** What is quieter than this share of the loudest piece tells nothing. */
const quiet = 0.2;

/** Recordings longer than this are no sound to be classified, and take long to resample. */
const longest = 60;

/** A recording that nothing can be made of; the message is for the reader. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/**
 * Reads a WAV file, of whose channels the mean counts.
 * @throws WavError for what is none; RecordingError.
 */
export function readWav(bytes: Uint8Array<ArrayBuffer>, name: string): Recording {
  const { channels, sampleRate: rate } = parseWav(bytes, name);
  const mean = channels[0]!.map(
    (_, i) => channels.reduce((sum, channel) => sum + channel[i]!, 0) / channels.length,
  );
  return readSamples(mean, rate);
}

/**
 * Cuts samples into pieces that overlap by half, and keeps the loud ones.
 * @throws RecordingError for silence and for what is too long.
 */
export function readSamples(samples: Float32Array<ArrayBuffer>, rate: number): Recording {
  const seconds = samples.length / rate;
  if (seconds > longest) {
    throw new RecordingError(
      `the recording lasts ${Math.round(seconds)} s. Choose one of up to ${longest} s.`,
    );
  }
  const resampled = rate === sampleRate ? samples : resample(samples, Math.round(rate), sampleRate);
  const all = piecesOf(resampled);
  const levels = all.map(levelOf);
  const most = Math.max(...levels);
  if (!(most > 1e-4)) throw new RecordingError('the recording is silent.');
  const loud = all
    .map((piece, i) => ({ piece, level: levels[i]! }))
    .filter(({ level }) => level >= quiet * most);
  const step = Math.max(1, Math.ceil(loud.length / mostPieces));
  const at = loud.findIndex(({ level }) => level === most);
  const kept = loud.filter((_, i) => i % step === at % step);
  return {
    pieces: kept.map(({ piece }) => scaled(piece)),
    loudest: kept.findIndex(({ level }) => level === most),
    seconds,
  };
}

/** One at least, filled up with silence. */
function piecesOf(samples: Float32Array): Float32Array[] {
  const hop = soundLength / 2;
  const count = Math.max(1, Math.floor((samples.length - soundLength) / hop) + 1);
  return Array.from({ length: count }, (_, i) => {
    const piece = new Float32Array(soundLength);
    piece.set(samples.subarray(i * hop, i * hop + soundLength));
    return piece;
  });
}

/** Root mean square. */
function levelOf(piece: Float32Array): number {
  return Math.sqrt(piece.reduce((sum, value) => sum + value * value, 0) / piece.length);
}

/** From -1 to 1. */
function scaled(piece: Float32Array): Float32Array {
  const peak = piece.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return piece.map((value) => value / peak);
}
