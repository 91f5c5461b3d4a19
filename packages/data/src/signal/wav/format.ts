/** The 'fmt ' chunk of WAV files, and samples of the formats that are read. */
import { WavError } from '../../errors.ts';
import type { Chunk, Container } from './chunks.ts';

const pcm = 1;
const float = 3;
const extensible = 0xfffe;

const formatNames: Readonly<Record<number, string>> = {
  0x0002: 'Microsoft ADPCM',
  0x0006: 'A-law',
  0x0007: 'mu-law',
  0x0011: 'IMA ADPCM',
  0x0031: 'GSM 6.10',
  0x0050: 'MPEG',
  0x0055: 'MP3',
};

/** Bytes 2 to 15 of the sub-format GUIDs that stand for a plain format code. */
const formatGuidTail = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

export interface Format {
  readonly encoding: 'pcm' | 'float';
  readonly channels: number;
  readonly sampleRate: number;
  readonly bitsPerSample: number;
  readonly bytesPerSample: number;
  /** Bytes of a second, as the header says, which reading does not need. */
  readonly bytesPerSecond: number;
}

export function readFormat(
  { view, littleEndian }: Container,
  chunk: Chunk,
  source: string,
): Format {
  if (chunk.size < 16 || chunk.start + chunk.size > view.byteLength) {
    throw new WavError(
      chunk.size < 16 ? 'header' : 'truncated',
      source,
      `expected a 'fmt ' chunk of at least 16 bytes inside the file, got ${chunk.size} bytes at ` +
        `${chunk.start} of ${view.byteLength}`,
    );
  }
  const short = (at: number): number => view.getUint16(chunk.start + at, littleEndian);
  const long = (at: number): number => view.getUint32(chunk.start + at, littleEndian);
  let code = short(0);
  const isExtensible = code === extensible && chunk.size >= 40;
  if (isExtensible) {
    const guid = chunk.start + 24;
    const plain = formatGuidTail.every((byte, i) => view.getUint8(guid + 2 + i) === byte);
    if (plain) code = view.getUint16(guid, true);
  }
  if (code !== pcm && code !== float) {
    const name = formatNames[code] ?? 'unknown';
    throw new WavError(
      'encoding',
      source,
      `expected PCM samples or floating-point numbers (format codes 1 and 3), got format code ${code} (${name}); ` +
        `convert the file to PCM`,
      code,
    );
  }
  const encoding = code === pcm ? 'pcm' : 'float';
  const [channels, sampleRate, bytesPerSecond] = [short(2), long(4), long(8)];
  const [blockAlign, bitsPerSample] = [short(12), short(14)];
  const validBits =
    encoding === 'pcm'
      ? bitsPerSample >= 8 && bitsPerSample <= 32
      : [32, 64].includes(bitsPerSample);
  if (channels === 0 || sampleRate === 0 || !validBits) {
    throw new WavError(
      'header',
      source,
      `expected ${encoding === 'pcm' ? '8 to 32' : '32 or 64'} bits, a sample rate and a channel, got ` +
        `${bitsPerSample} bits, ${sampleRate} Hz, ${channels} channels`,
    );
  }
  const bytesPerSample = Math.ceil(bitsPerSample / 8);
  if (blockAlign !== channels * bytesPerSample) {
    throw new WavError(
      'header',
      source,
      `${channels} channels of ${bitsPerSample} bits take ${channels * bytesPerSample} bytes a frame, ` +
        `the header says ${blockAlign}`,
    );
  }
  if (isExtensible) requireValidBits(short(18), short(16), bitsPerSample, source);
  return { encoding, channels, sampleRate, bitsPerSample, bytesPerSample, bytesPerSecond };
}

/** Under WAVE_FORMAT_EXTENSIBLE a sample has as many bits as its bytes, or fewer; 0 says nothing. */
function requireValidBits(
  valid: number,
  extensionBytes: number,
  bits: number,
  source: string,
): void {
  if (valid <= bits && extensionBytes >= 22) return;
  throw new WavError(
    'header',
    source,
    `expected an extended format of at least 22 bytes with at most ${bits} valid bits, got ` +
      `${extensionBytes} bytes with ${valid}`,
  );
}

type Reader = (view: DataView, offset: number, littleEndian: boolean) => number;

/**
 * Reads one sample of 1 to 4 bytes as a fraction of full scale. Samples of fewer bits than their bytes stand in the upper
 * ones.
 */
const pcmReaders: Readonly<Record<number, Reader>> = {
  // 8-bit samples are the only unsigned ones.
  1: (view, offset) => (view.getUint8(offset) - 0x80) / 0x80,
  2: (view, offset, little) => view.getInt16(offset, little) / 0x8000,
  3: (view, offset, little) =>
    little
      ? (view.getInt8(offset + 2) * 0x10000 + view.getUint16(offset, true)) / 0x800000
      : (view.getInt16(offset) * 0x100 + view.getUint8(offset + 2)) / 0x800000,
  4: (view, offset, little) => view.getInt32(offset, little) / 0x80000000,
};

const floatReaders: Readonly<Record<number, Reader>> = {
  4: (view, offset, little) => view.getFloat32(offset, little),
  8: (view, offset, little) => view.getFloat64(offset, little),
};

/** The samples of each channel in `bytes` bytes from `start` on. */
export function readSamples(
  { view, littleEndian }: Container,
  start: number,
  bytes: number,
  { encoding, channels, bytesPerSample }: Format,
): Float32Array<ArrayBuffer>[] {
  const frameBytes = channels * bytesPerSample;
  const frames = bytes / frameBytes;
  const read = (encoding === 'pcm' ? pcmReaders : floatReaders)[bytesPerSample]!;
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    let offset = start + channel * bytesPerSample;
    for (let i = 0; i < frames; i++, offset += frameBytes)
      samples[i] = read(view, offset, littleEndian);
    return samples;
  });
}
