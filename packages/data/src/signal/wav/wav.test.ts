import { describe, expect, it } from 'vitest';
import { WavError, type WavFault } from '../../errors.ts';
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
    ['header', 'expected 32 or 64 bits', wav([0, 0], { code: 3, bits: 16 })],
    ['encoding', 'got format code 85 (MP3)', wav([0, 0], { code: 0x55 })],
    ['encoding', 'got format code 7 (mu-law)', wav([0], { subFormat: 7, bits: 8 })],
    ['encoding', 'got format code 65534 (unknown)', wav([0, 0], { code: 0xfffe })],
    ['header', 'got 7 bits, 8000 Hz, 1 channels', wav([0, 0], { bits: 7, blockAlign: 1 })],
    ['header', 'got 16 bits, 8000 Hz, 0 channels', wav([0, 0], { channels: 0 })],
    [
      'header',
      'take 4 bytes a frame, the header says 2',
      wav([0, 0], { channels: 2, blockAlign: 2 }),
    ],
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

  it('refuses an extended format that contradicts itself, and a second format', () => {
    const extended = wav([0, 0], { subFormat: 1 });
    const tooManyBits = extended.slice();
    tooManyBits[20 + 18] = 17;
    const tooShort = extended.slice();
    tooShort[20 + 16] = 0;
    const format = [...wav([]).subarray(20, 36)];
    const twice = wav([0, 0], { before: [['fmt ', format]] });
    for (const bytes of [tooManyBits, tooShort, twice]) {
      expect(errorOf(() => parseWav(bytes))?.fault).toBe('header');
    }
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

describe('a header that does not tell what the file holds', () => {
  const half = [0, 0x40];
  const id3 = chunk('id3 ', [9, 9]);

  function withRiffSize(bytes: Uint8Array, size: number): Uint8Array {
    const changed = bytes.slice();
    changed.set(le(size, 4), 4);
    return changed;
  }

  it.each<[string, Uint8Array, number, WavFault, string]>([
    ['size 0', wav([...half, ...half], { announced: 0 }), 2, 'truncated', 'it says 0'],
    ['size 0 and silence', wav([0, 0, 0, 0, 0, 0, 0, 0], { announced: 0 }), 4, 'truncated', ''],
    ['size 0 and half a frame', wav([...half, 7, 7, 7], { announced: 0 }), 3, 'truncated', ''],
    ['the size of a stream', wav(half, { announced: 0xffffffff }), 1, 'truncated', '4294967295'],
    [
      'more than there is',
      wav([...half, ...half], { announced: 9 }),
      2,
      'truncated',
      "the 'data' chunk announces 9 bytes, the file has 4 left",
    ],
    [
      'less than there is',
      wav([...half, ...half, ...half, ...half, ...half], { announced: 2 }),
      1,
      'trailing',
      "8 bytes behind the 'data' chunk of 2 bytes were not read",
    ],
    [
      'a second data chunk',
      withRiffSize(Uint8Array.of(...wav(half), ...chunk('data', half)), 48),
      1,
      'trailing',
      "a second 'data' chunk",
    ],
    ['rubbish behind', Uint8Array.of(...wav(half), 1, 2, 3), 1, 'trailing', '3 bytes behind'],
    ['a chunk behind', Uint8Array.of(...wav(half), ...id3), 1, 'trailing', 'RIFF header'],
    ['a RIFF size of 0', withRiffSize(wav(half), 0), 1, 'trailing', 'RIFF header announces 8'],
    ['a great RIFF size', withRiffSize(wav(half), 99), 1, 'truncated', 'announces 107 bytes'],
  ])('%s: the samples are read, with a word', (_, bytes, frames, fault, message) => {
    const { channels, faults } = parseWav(bytes, 'note.wav');
    expect(channels[0]).toHaveLength(frames);
    expect(faults.map((error) => error.fault)).toEqual([fault]);
    expect(faults[0]!.message).toContain(message);
    const error = errorOf(() => parseWav(bytes, 'note.wav', { strict: true }));
    expect([error?.fault, error?.message]).toEqual([fault, faults[0]!.message]);
  });

  it('a wrong number of bytes a second', () => {
    const bytes = wav(half);
    bytes[28] = 1;
    expect(parseWav(bytes).faults.map(({ fault }) => fault)).toEqual(['header']);
  });

  it.each<[string, Uint8Array]>([
    ['one without samples', wav([])],
    [
      'one without samples before another chunk',
      withRiffSize(Uint8Array.of(...wav([]), ...id3), 46),
    ],
    ['an odd number of bytes, made even', wav([128], { bits: 8 })],
    [
      'an odd number of bytes at the end',
      withRiffSize(wav([128], { bits: 8 }).subarray(0, 45), 37),
    ],
    ['a chunk behind', withRiffSize(Uint8Array.of(...wav(half), ...id3), 48)],
    ['an extended format', wav(half, { subFormat: 1 })],
  ])('a sound file has no faults: %s', (_, bytes) => {
    expect(parseWav(bytes, 'note.wav', { strict: true }).faults).toEqual([]);
  });

  it('options are checked', () => {
    expect(() => parseWav(wav([]), 'note.wav', { stict: true } as object)).toThrow("'strict'");
  });
});

describe('parseWav of other kinds', () => {
  const bytesOf = (array: ArrayBufferView): number[] => [
    ...new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  ];

  it('reads float32 and float64, plain and extensible', () => {
    const values = [0.25, -1.5, 1e-3];
    for (const [array, bits] of [
      [Float32Array.from(values), 32],
      [Float64Array.from(values), 64],
    ] as const) {
      for (const kind of [{ code: 3 }, { subFormat: 3 }]) {
        const sound = parseWav(wav(bytesOf(array), { ...kind, bits }));
        expect(sound.channels).toEqual([Float32Array.from(values)]);
        expect([sound.encoding, sound.bitsPerSample, sound.faults]).toEqual(['float', bits, []]);
      }
    }
  });

  it('reads samples of 12 and 20 bits, which stand in the upper ones', () => {
    const twelve = wav([0, 0x40, 0xf0, 0x7f], { bits: 12, blockAlign: 2 });
    expect(parseWav(twelve).channels[0]).toEqual(Float32Array.of(0.5, 0x7ff / 0x800));
    const twenty = wav([0, 0, 0xc0], { bits: 20, blockAlign: 3 });
    expect(parseWav(twenty)).toMatchObject({
      bitsPerSample: 20,
      channels: [Float32Array.of(-0.5)],
    });
  });

  /** A file of 16-bit or wider samples with every number in it turned round, as RIFX has them. */
  function bigEndian(bits: number, encoding: number, samples: readonly number[]): Uint8Array {
    const be = (value: number, bytes: number): number[] => le(value, bytes).toReversed();
    const width = bits / 8;
    const body = [
      ...ascii('WAVE'),
      ...ascii('fmt '),
      ...be(16, 4),
      ...be(encoding, 2),
      ...be(1, 2),
      ...be(8000, 4),
      ...be(8000 * width, 4),
      ...be(width, 2),
      ...be(bits, 2),
      ...ascii('data'),
      ...be(samples.length, 4),
      ...samples,
    ];
    return Uint8Array.from([...ascii('RIFX'), ...be(body.length, 4), ...body]);
  }

  it.each([
    [16, 1, [0x40, 0, 0x80, 0], [0.5, -1]],
    [24, 1, [0x40, 0, 0, 0x80, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff], [0.5, -1, 2 ** -23, -(2 ** -23)]],
    [32, 1, [0x20, 0, 0, 0], [0.25]],
    [32, 3, [0x3f, 0x80, 0, 0], [1]],
    [64, 3, [0xbf, 0xf0, 0, 0, 0, 0, 0, 0], [-1]],
  ])('reads RIFX of %d bits, code %d', (bits, code, bytes, expected) => {
    const sound = parseWav(bigEndian(bits, code, bytes));
    expect(sound.channels).toEqual([Float32Array.from(expected)]);
    expect(sound.sampleRate).toBe(8000);
    expect(sound.faults).toEqual([]);
  });

  function wide(kind: string, ds64: readonly number[]): Uint8Array {
    const plain = wav([0, 0x40, 0, 0x20], { before: [['ds64', ds64]], announced: 0xffffffff });
    plain.set(ascii(kind), 0);
    plain.set(le(0xffffffff, 4), 4);
    return plain;
  }

  it.each(['RF64', 'BW64'])('reads %s, whose sizes another chunk tells', (kind) => {
    const size = wav([0, 0x40, 0, 0x20], { before: [['ds64', Array<number>(28).fill(0)]] }).length;
    const ds64 = [...le(size - 8, 8), ...le(4, 8), ...le(2, 8), ...le(0, 4)];
    const sound = parseWav(wide(kind, ds64));
    expect(sound.channels).toEqual([Float32Array.of(0.5, 0.25)]);
    expect(sound.faults).toEqual([]);
    // One that announces more than there is was interrupted.
    const longer = [...le(size - 8, 8), ...le(400, 8), ...le(2, 8), ...le(0, 4)];
    const interrupted = parseWav(wide(kind, longer));
    expect(interrupted.channels[0]).toHaveLength(2);
    expect(interrupted.faults.map(({ fault }) => fault)).toEqual(['truncated']);
  });

  it('refuses RF64 without its sizes', () => {
    const error = errorOf(() => parseWav(wide('RF64', [1, 2])));
    expect(error?.fault).toBe('header');
    expect(error?.message).toContain("expected a 'ds64' chunk of at least 24 bytes");
  });
});
