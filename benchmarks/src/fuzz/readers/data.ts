import { parseIdx, parseWav } from '@convnet/data';

import type { Reader } from '../reader.ts';

/** An IDX file of zeros, of one element type. */
function idx(type: number, bytes: number): Uint8Array {
  const file = new Uint8Array(12 + 6 * bytes);
  file.set([0, 0, type, 2, 0, 0, 0, 2, 0, 0, 0, 3]);
  return file;
}

/** A WAV file of PCM. */
function wav(channels: number, bits: number): Uint8Array {
  const data = new Uint8Array(channels * (bits / 8) * 8);
  const file = new Uint8Array(44 + data.length);
  const view = new DataView(file.buffer);
  const text = (at: number, value: string): void => file.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, 36 + data.length, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 8000 * channels * (bits / 8), true);
  view.setUint16(32, channels * (bits / 8), true);
  view.setUint16(34, bits, true);
  text(36, 'data');
  view.setUint32(40, data.length, true);
  return file;
}

export const dataReaders: readonly Reader[] = [
  {
    name: 'idx',
    seeds: () => [idx(0x08, 1), idx(0x0b, 2), idx(0x0d, 4), idx(0x0e, 8)],
    read: (bytes) => parseIdx(bytes),
  },
  {
    name: 'wav',
    seeds: () => [wav(1, 8), wav(2, 16), wav(1, 24)],
    read: (bytes) => parseWav(bytes),
  },
];
