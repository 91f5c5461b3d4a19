import { describe, expect, it } from 'vitest';
import { WavError, type WavFault } from './errors.ts';
import { parseWav } from './wav.ts';

interface WavOptions {
  readonly code?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly blockAlign?: number;
  /** Sub-format code of WAVE_FORMAT_EXTENSIBLE. */
  readonly subFormat?: number;
  /** Chunks in front of 'fmt ', as id and bytes. */
  readonly before?: readonly [id: string, bytes: readonly number[]][];
  /** Size that the 'data' chunk announces, if not the true one. */
  readonly announced?: number;
}

const ascii = (text: string): number[] =>
  Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
const le = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const chunk = (id: string, bytes: readonly number[], size = bytes.length): number[] => [
  ...ascii(id),
  ...le(size, 4),
  ...bytes,
  ...(bytes.length % 2 === 1 ? [0] : []),
];

function wav(data: readonly number[], options: WavOptions = {}): Uint8Array {
  const { code = 1, channels = 1, rate = 8000, bits = 16 } = options;
  const blockAlign = options.blockAlign ?? (channels * bits) / 8;
  const format = [
    ...le(options.subFormat === undefined ? code : 0xfffe, 2),
    ...le(channels, 2),
    ...le(rate, 4),
    ...le(rate * blockAlign, 4),
    ...le(blockAlign, 2),
    ...le(bits, 2),
  ];
  if (options.subFormat !== undefined) {
    const tail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
    format.push(...le(22, 2), ...le(bits, 2), ...le(4, 4), ...le(options.subFormat, 2), ...tail);
  }
  const body = [
    ...ascii('WAVE'),
    ...(options.before ?? []).flatMap(([id, bytes]) => chunk(id, bytes)),
    ...chunk('fmt ', format),
    ...chunk('data', data, options.announced),
  ];
  return Uint8Array.from([...ascii('RIFF'), ...le(body.length, 4), ...body]);
}

function errorOf(action: () => unknown): WavError | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof WavError) return error;
    throw error;
  }
  return undefined;
}

describe('parseWav', () => {
  it('reads 16-bit samples as fractions of full scale', () => {
    const sound = parseWav(wav([0, 0x80, 0, 0x40, 0xff, 0x7f], { rate: 44100 }));
    expect(sound.sampleRate).toBe(44100);
    expect(sound.bitsPerSample).toBe(16);
    expect(sound.channels).toEqual([Float32Array.of(-1, 0.5, 32767 / 32768)]);
  });

  it('reads 8-bit samples, which are unsigned, of odd length', () => {
    expect(parseWav(wav([0, 128, 192], { bits: 8 })).channels).toEqual([
      Float32Array.of(-1, 0, 0.5),
    ]);
  });

  it('reads 24- and 32-bit samples', () => {
    expect(parseWav(wav([0, 0, 0x80, 0, 0, 0x40, 1, 0, 0], { bits: 24 })).channels).toEqual([
      Float32Array.of(-1, 0.5, 1 / 8388608),
    ]);
    expect(parseWav(wav([0, 0, 0, 0x80, 0, 0, 0, 0x20], { bits: 32 })).channels).toEqual([
      Float32Array.of(-1, 0.25),
    ]);
  });

  it('separates interleaved channels', () => {
    const { channels } = parseWav(wav([0, 0x40, 0, 0xc0, 0, 0x20, 0, 0xe0], { channels: 2 }));
    expect(channels).toEqual([Float32Array.of(0.5, 0.25), Float32Array.of(-0.5, -0.25)]);
  });

  it('reads PCM under WAVE_FORMAT_EXTENSIBLE', () => {
    expect(parseWav(wav([0, 0x40], { subFormat: 1 })).channels).toEqual([Float32Array.of(0.5)]);
  });

  it('skips other chunks, also those of odd size, and what follows the samples', () => {
    const bytes = wav([0, 0x40], { before: [['LIST', [1, 2, 3]]] });
    expect(parseWav(Uint8Array.of(...bytes, ...chunk('id3 ', [9, 9]))).channels).toEqual([
      Float32Array.of(0.5),
    ]);
  });

  it('reads a file that lies inside a larger buffer', () => {
    const bytes = wav([0, 0x40]);
    const inside = new Uint8Array(bytes.length + 5);
    inside.set(bytes, 3);
    expect(parseWav(inside.subarray(3, 3 + bytes.length)).channels[0]).toEqual(
      Float32Array.of(0.5),
    );
  });

  it.each<[WavFault, string, Uint8Array]>([
    ['container', 'expected a RIFF file of form WAVE, got 4 bytes', Uint8Array.from(ascii('RIFF'))],
    ['container', 'got "OggS" and', Uint8Array.from(ascii('OggS and more bytes'))],
    ['container', 'got "RIFF" and "AVI "', Uint8Array.from(ascii('RIFF....AVI ....'))],
    ['encoding', 'got format code 2 (Microsoft ADPCM)', wav([0, 0], { code: 2 })],
    ['encoding', 'got format code 3 (IEEE float)', wav([0, 0, 0, 0], { code: 3, bits: 32 })],
    ['encoding', 'got format code 85 (MP3)', wav([0, 0], { code: 0x55 })],
    ['encoding', 'got format code 3 (IEEE float)', wav([0, 0, 0, 0], { subFormat: 3, bits: 32 })],
    ['encoding', 'got format code 65534 (unknown)', wav([0, 0], { code: 0xfffe })],
    ['header', 'got 12 bits, 8000 Hz, 1 channels', wav([0, 0], { bits: 12, blockAlign: 2 })],
    ['header', 'got 16 bits, 8000 Hz, 0 channels', wav([0, 0], { channels: 0 })],
    [
      'header',
      'take 4 bytes a frame, the header says 2',
      wav([0, 0], { channels: 2, blockAlign: 2 }),
    ],
    [
      'truncated',
      "the 'data' chunk announces 8 bytes, the file has 4 left",
      wav([1, 2, 3, 4], { announced: 8 }),
    ],
    ['truncated', 'no whole number of 2-byte frames', wav([1, 2, 3])],
    ['truncated', "expected a 'data' chunk", wav([]).subarray(0, 36)],
    ['truncated', "expected 'fmt ' and 'data' chunks", wav([]).subarray(0, 12)],
    [
      'truncated',
      "expected a 'fmt ' chunk of at least 16 bytes inside the file",
      wav([]).subarray(0, 30),
    ],
  ])('refuses with fault %s: %s', (fault, message, bytes) => {
    const error = errorOf(() => parseWav(bytes, 'note.wav'));
    expect(error?.fault).toBe(fault);
    expect(error?.message).toContain(message);
    expect(error?.message).toMatch(/^note\.wav: /);
  });

  it('says which format code it found', () => {
    expect(errorOf(() => parseWav(wav([0, 0], { code: 0x11 })))?.formatCode).toBe(0x11);
  });

  it('refuses samples in front of their format', () => {
    const body = [...ascii('WAVE'), ...chunk('data', [0, 0])];
    const bytes = Uint8Array.from([...ascii('RIFF'), ...le(body.length, 4), ...body]);
    expect(errorOf(() => parseWav(bytes))?.fault).toBe('header');
  });
});
