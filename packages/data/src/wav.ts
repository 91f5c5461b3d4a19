import { WavError } from './errors.ts';

/** Sound read from a WAV file. */
export interface Wav {
  /** Samples per second of each channel. */
  readonly sampleRate: number;
  /** Bits that one sample takes in the file: 8, 16, 24 or 32. */
  readonly bitsPerSample: number;
  /** The samples of each channel, from -1 to below 1. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

const pcm = 1;
const extensible = 0xfffe;

const formatNames: Readonly<Record<number, string>> = {
  0x0002: 'Microsoft ADPCM',
  0x0003: 'IEEE float',
  0x0006: 'A-law',
  0x0007: 'mu-law',
  0x0011: 'IMA ADPCM',
  0x0031: 'GSM 6.10',
  0x0050: 'MPEG',
  0x0055: 'MP3',
};

/** Bytes 2 to 15 of the sub-format GUIDs that stand for a plain format code. */
const formatGuidTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

interface Format {
  readonly channels: number;
  readonly sampleRate: number;
  readonly bytesPerSample: number;
}

interface Chunk {
  readonly id: string;
  readonly start: number;
  /** The size that the chunk's header gives, which may go past the end of the file. */
  readonly size: number;
}

function tag(view: DataView, offset: number): string {
  let text = '';
  for (let i = 0; i < 4; i++) text += String.fromCharCode(view.getUint8(offset + i));
  return text;
}

function* chunks(view: DataView): Generator<Chunk> {
  let offset = 12;
  while (offset + 8 <= view.byteLength) {
    const size = view.getUint32(offset + 4, true);
    yield { id: tag(view, offset), start: offset + 8, size };
    offset += 8 + size + (size % 2);
  }
}

function readFormat(view: DataView, chunk: Chunk, source: string): Format {
  if (chunk.size < 16 || chunk.start + chunk.size > view.byteLength) {
    throw new WavError(
      chunk.size < 16 ? 'header' : 'truncated',
      source,
      `expected a 'fmt ' chunk of at least 16 bytes inside the file, got ${chunk.size} bytes at ` +
        `${chunk.start} of ${view.byteLength}`,
    );
  }
  let code = view.getUint16(chunk.start, true);
  if (code === extensible && chunk.size >= 40) {
    const guid = chunk.start + 24;
    const plain = formatGuidTail.every((byte, i) => view.getUint8(guid + 2 + i) === byte);
    if (plain) code = view.getUint16(guid, true);
  }
  if (code !== pcm) {
    const name = formatNames[code] ?? 'unknown';
    throw new WavError(
      'encoding',
      source,
      `expected PCM samples (format code 1), got format code ${code} (${name}); ` +
        `convert the file to PCM`,
      code,
    );
  }
  const channels = view.getUint16(chunk.start + 2, true);
  const sampleRate = view.getUint32(chunk.start + 4, true);
  const blockAlign = view.getUint16(chunk.start + 12, true);
  const bitsPerSample = view.getUint16(chunk.start + 14, true);
  if (channels === 0 || sampleRate === 0 || ![8, 16, 24, 32].includes(bitsPerSample)) {
    throw new WavError(
      'header',
      source,
      `expected 8, 16, 24 or 32 bits, a sample rate and a channel, got ${bitsPerSample} bits, ` +
        `${sampleRate} Hz, ${channels} channels`,
    );
  }
  const bytesPerSample = bitsPerSample / 8;
  if (blockAlign !== channels * bytesPerSample) {
    throw new WavError(
      'header',
      source,
      `${channels} channels of ${bitsPerSample} bits take ${channels * bytesPerSample} bytes a frame, ` +
        `the header says ${blockAlign}`,
    );
  }
  return { channels, sampleRate, bytesPerSample };
}

/** Reads one sample of 1 to 4 bytes as a fraction of full scale. */
const sampleReaders: Readonly<Record<number, (view: DataView, offset: number) => number>> = {
  // 8-bit samples are the only unsigned ones.
  1: (view, offset) => (view.getUint8(offset) - 0x80) / 0x80,
  2: (view, offset) => view.getInt16(offset, true) / 0x8000,
  3: (view, offset) =>
    (view.getInt8(offset + 2) * 0x10000 + view.getUint16(offset, true)) / 0x800000,
  4: (view, offset) => view.getInt32(offset, true) / 0x80000000,
};

/**
 * Reads a WAV file with PCM samples: a RIFF container of form WAVE with 8-bit unsigned or 16, 24 or 32-bit
 * signed little-endian samples, also under WAVE_FORMAT_EXTENSIBLE (IBM and Microsoft, "Multimedia
 * Programming Interface and Data Specifications 1.0", 1991; Microsoft, `WAVEFORMATEXTENSIBLE`).
 *
 * @param source name of the file for error messages.
 * @throws WavError naming the `fault`: 'container' (not RIFF/WAVE), 'encoding' (not PCM; `formatCode` says
 *   what), 'header' (missing or contradictory) or 'truncated' (fewer samples than announced).
 */
export function parseWav(bytes: Uint8Array, source = 'WAV file'): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) {
    throw new WavError(
      'container',
      source,
      `expected a RIFF file of form WAVE, got ${bytes.length} bytes`,
    );
  }
  if (tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE') {
    const found = [tag(view, 0), tag(view, 8)].map((text) => JSON.stringify(text));
    throw new WavError(
      'container',
      source,
      `expected 'RIFF' and 'WAVE' at bytes 0 and 8, got ${found.join(' and ')}`,
    );
  }
  let format: Format | undefined;
  for (const chunk of chunks(view)) {
    if (chunk.id === 'fmt ') {
      format = readFormat(view, chunk, source);
    } else if (chunk.id === 'data') {
      if (format === undefined) {
        throw new WavError('header', source, `the 'data' chunk comes before any 'fmt ' chunk`);
      }
      return readSamples(view, chunk, format, source);
    }
  }
  const missing = format === undefined ? "'fmt ' and 'data' chunks" : "a 'data' chunk";
  throw new WavError('truncated', source, `expected ${missing}, found the end of the file`);
}

function readSamples(view: DataView, chunk: Chunk, format: Format, source: string): Wav {
  const frameBytes = format.channels * format.bytesPerSample;
  const present = view.byteLength - chunk.start;
  if (chunk.size > present) {
    throw new WavError(
      'truncated',
      source,
      `the 'data' chunk announces ${chunk.size} bytes, the file has ${present} left`,
    );
  }
  if (chunk.size % frameBytes !== 0) {
    throw new WavError(
      'truncated',
      source,
      `the 'data' chunk has ${chunk.size} bytes, which is no whole number of ${frameBytes}-byte frames`,
    );
  }
  const frames = chunk.size / frameBytes;
  const read = sampleReaders[format.bytesPerSample]!;
  const channels = Array.from({ length: format.channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    let offset = chunk.start + channel * format.bytesPerSample;
    for (let i = 0; i < frames; i++, offset += frameBytes) samples[i] = read(view, offset);
    return samples;
  });
  return {
    sampleRate: format.sampleRate,
    bitsPerSample: format.bytesPerSample * 8,
    channels,
  };
}
