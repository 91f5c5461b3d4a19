import { aBoolean, aString, checkOptions, optionKinds, requireKind } from '@convnet/tensor-core';
import { requireFileBytes } from '../file-bytes.ts';
import { WavError, type WavFault } from '../errors.ts';

/** Sound read from a WAV file. */
export interface Wav {
  /** Samples per second of each channel. */
  readonly sampleRate: number;
  /** Bits that one sample takes in the file: 8, 16, 24 or 32. */
  readonly bitsPerSample: number;
  /** The samples of each channel, from -1 to below 1. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  /**
   * Where header and file contradict each other, and the samples could be read all the same; empty for a sound file.
   * 'truncated': the header announces no length (a stream, an interrupted recording) or more than there is, and
   * `channels` holds what is there. 'trailing': something behind the samples was not read. 'header': the rest.
   */
  readonly faults: readonly WavError[];
}

export interface ParseWavOptions {
  /** Throws what would be the first of `faults`. Default false. */
  readonly strict?: boolean;
}

/** Bytes in front of what a chunk holds: its name and size. */
const headerBytes = 8;
/** Where the first chunk of a file begins. */
const firstChunk = 12;
/** Size in the header of a file that was written without knowing its end. */
const unknownSize = 0xffffffff;

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
  /** Bytes of a second, as the header says, which reading does not need. */
  readonly bytesPerSecond: number;
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

/** The chunks from `offset` on. The last may reach past the end, or leave bytes that are too few for another. */
function* chunks(view: DataView, offset: number): Generator<Chunk> {
  let next = offset;
  while (next + headerBytes <= view.byteLength) {
    const size = view.getUint32(next + 4, true);
    yield { id: tag(view, next), start: next + headerBytes, size };
    next += headerBytes + size + (size % 2);
  }
}

/** Whether all that follows `offset` is chunks, which have printable names. */
function areChunks(view: DataView, offset: number): boolean {
  let end = offset;
  for (const { id, start, size } of chunks(view, offset)) {
    if (!/^[\x20-\x7e]{4}$/.test(id)) return false;
    end = start + size + (size % 2);
  }
  // The last chunk may lack the byte that makes its size even.
  return end === view.byteLength || (end === view.byteLength + 1 && end > offset);
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
  const isExtensible = code === extensible && chunk.size >= 40;
  if (isExtensible) {
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
  const bytesPerSecond = view.getUint32(chunk.start + 8, true);
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
  if (isExtensible) requireValidBits(view, chunk, bitsPerSample, source);
  return { channels, sampleRate, bytesPerSample, bytesPerSecond };
}

/** Under WAVE_FORMAT_EXTENSIBLE a sample has as many bits as its bytes, or fewer; 0 says nothing. */
function requireValidBits(view: DataView, chunk: Chunk, bits: number, source: string): void {
  const valid = view.getUint16(chunk.start + 18, true);
  const extensionBytes = view.getUint16(chunk.start + 16, true);
  if (valid <= bits && extensionBytes >= 22) return;
  throw new WavError(
    'header',
    source,
    `expected an extended format of at least 22 bytes with at most ${bits} valid bits, got ` +
      `${extensionBytes} bytes with ${valid}`,
  );
}

const parseWavOptions = optionKinds<ParseWavOptions>({ strict: aBoolean });

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
 * A file whose header does not know how long it is, because it was streamed or its recording interrupted, and one
 * that is cut short are read to their end, which `faults` of the result tells, or `strict` refuses.
 *
 * @param source name of the file for error messages.
 * @throws WavError naming the `fault`: 'container' (not RIFF/WAVE), 'encoding' (not PCM; `formatCode` says
 *   what), 'header' (missing or contradictory) or 'truncated' (no samples, or part
 *   of a frame); with `strict` also 'truncated' (fewer
 *   samples than announced, or no word of how many) and 'trailing' (something behind the samples).
 */
export function parseWav(
  bytes: Uint8Array,
  source = 'WAV file',
  options: ParseWavOptions = {},
): Wav {
  checkOptions('parseWav', options, parseWavOptions);
  requireFileBytes('parseWav', bytes);
  requireKind('parseWav', 'source', source, aString);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  requireWave(view, source);
  const { format, data } = findSamples(view, source);
  const extent = extentOf(view, data, format, source);
  const faults = faultsOf(view, data, format, extent).map(
    ([fault, message]) => new WavError(fault, source, message),
  );
  if (options.strict === true && faults.length > 0) throw faults[0]!;
  return {
    sampleRate: format.sampleRate,
    bitsPerSample: format.bytesPerSample * 8,
    channels: readSamples(view, data.start, extent.bytes, format),
    faults,
  };
}

function requireWave(view: DataView, source: string): void {
  if (view.byteLength < firstChunk) {
    throw new WavError(
      'container',
      source,
      `expected a RIFF file of form WAVE, got ${view.byteLength} bytes`,
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
}

/** The chunk with the samples, and what they are. */
function findSamples(view: DataView, source: string): { format: Format; data: Chunk } {
  let format: Format | undefined;
  let last: Chunk | undefined;
  for (const chunk of chunks(view, firstChunk)) {
    last = chunk;
    if (chunk.id === 'fmt ') {
      if (format !== undefined) {
        throw new WavError('header', source, `a second 'fmt ' chunk is at ${chunk.start}`);
      }
      format = readFormat(view, chunk, source);
    } else if (chunk.id === 'data') {
      if (format === undefined) {
        throw new WavError('header', source, `the 'data' chunk comes before any 'fmt ' chunk`);
      }
      return { format, data: chunk };
    }
  }
  const missing = format === undefined ? "'fmt ' and 'data' chunks" : "a 'data' chunk";
  const behind =
    last === undefined ? '' : ` behind ${JSON.stringify(last.id)} of ${last.size} bytes`;
  throw new WavError(
    'truncated',
    source,
    `expected ${missing}, found the end of the file${behind}`,
  );
}

/** How much of the `data` chunk is read. */
interface Extent {
  /** Bytes of whole frames. */
  readonly bytes: number;
  /** What the header gets wrong about it, if so. */
  readonly fault: string | null;
}

/** @throws WavError where a chunk that is there as a whole ends inside a frame. */
function extentOf(view: DataView, { start, size }: Chunk, format: Format, source: string): Extent {
  const present = view.byteLength - start;
  const frameBytes = format.channels * format.bytesPerSample;
  const isLeftOpen = size === unknownSize || (size === 0 && !areChunks(view, start));
  if (isLeftOpen || size > present) {
    const announced = isLeftOpen
      ? `was never given its size (it says ${size}), as in a stream or an interrupted recording`
      : `announces ${size} bytes`;
    return {
      bytes: present - (present % frameBytes),
      fault: `the 'data' chunk ${announced}, the file has ${present} left`,
    };
  }
  if (size % frameBytes !== 0) {
    throw new WavError(
      'truncated',
      source,
      `the 'data' chunk has ${size} bytes, which is no whole number of ${frameBytes}-byte frames`,
    );
  }
  return { bytes: size, fault: null };
}

/** Where header and file contradict each other. One cause is told once. */
function faultsOf(
  view: DataView,
  { start, size }: Chunk,
  format: Format,
  extent: Extent,
): [WavFault, string][] {
  const faults: [WavFault, string][] = [];
  const length = view.byteLength;
  const riffEnd = headerBytes + view.getUint32(4, true);
  const behind = Math.min(start + size + (size % 2), length);
  if (extent.fault !== null) {
    faults.push(['truncated', extent.fault]);
  } else if (!areChunks(view, behind)) {
    const rest = `${length - behind} bytes behind the 'data' chunk of ${size} bytes were not read`;
    faults.push(['trailing', `${rest}: they are no chunks`]);
  } else if (Array.from(chunks(view, behind)).some(({ id }) => id === 'data')) {
    faults.push(['trailing', "a second 'data' chunk was not read"]);
  } else if (riffEnd > length + 1) {
    faults.push([
      'truncated',
      `the RIFF header announces ${riffEnd} bytes, the file has ${length}`,
    ]);
  } else if (riffEnd < length - 1) {
    const rest = `the RIFF header announces ${riffEnd} bytes, the file has ${length}`;
    faults.push(['trailing', rest]);
  }
  const { sampleRate, channels, bytesPerSample, bytesPerSecond } = format;
  const expected = sampleRate * channels * bytesPerSample;
  if (bytesPerSecond !== expected) {
    faults.push(['header', `a second takes ${expected} bytes, the header says ${bytesPerSecond}`]);
  }
  return faults;
}

function readSamples(
  view: DataView,
  start: number,
  bytes: number,
  format: Format,
): Float32Array<ArrayBuffer>[] {
  const frameBytes = format.channels * format.bytesPerSample;
  const frames = bytes / frameBytes;
  const read = sampleReaders[format.bytesPerSample]!;
  return Array.from({ length: format.channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    let offset = start + channel * format.bytesPerSample;
    for (let i = 0; i < frames; i++, offset += frameBytes) samples[i] = read(view, offset);
    return samples;
  });
}
