import { aBoolean, aString, checkOptions, optionKinds, requireKind } from '@convnet/tensor-core';
import { requireFileBytes } from '../../file-bytes.ts';
import { WavError, type WavFault } from '../../errors.ts';
import {
  areChunks,
  chunks,
  openContainer,
  unknownSize,
  type Chunk,
  type Container,
} from './chunks.ts';
import { readFormat, readSamples, type Format } from './format.ts';

/** Sound read from a WAV file. */
export interface Wav {
  /** Samples per second of each channel. */
  readonly sampleRate: number;
  /** Whether samples are fractions of full scale as whole numbers, or floating-point numbers. */
  readonly encoding: 'pcm' | 'float';
  /** Bits of one sample in the file: 8 to 32, of floating-point numbers 32 or 64. */
  readonly bitsPerSample: number;
  /** The samples of each channel: of PCM from -1 to below 1, floating-point numbers as they are. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
  /**
   * Where header and file contradict each other, and the samples could be read all the same; empty for a sound file.
   * 'truncated': the header announces no length (a stream, an interrupted recording) or more than there is, and
   * `channels` holds what is there. 'trailing': something behind the samples was not read. 'header': the rest.
   */
  readonly faults: readonly WavError[];
}

/** Options of `parseWav`. */
export interface ParseWavOptions {
  /** Throws what would be the first of `faults`. Default false. */
  readonly strict?: boolean;
}

const parseWavOptions = optionKinds<ParseWavOptions>({ strict: aBoolean });

/**
 * Reads a WAV file: PCM of 8 (unsigned) to 32 bits or floating-point numbers of 32 or 64, also under
 * WAVE_FORMAT_EXTENSIBLE, in a RIFF container of form WAVE, a big-endian one (RIFX) or one of 64 bits (RF64, BW64). IBM
 * and Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991; Microsoft,
 * `WAVEFORMATEXTENSIBLE`; EBU Tech 3306.
 *
 * A file whose header does not know how long it is, because it was streamed or its recording interrupted, and one
 * that is cut short are read to their end, which `faults` of the result tells, or `strict` refuses.
 *
 * @param source name of the file for error messages.
 * @throws WavError naming the `fault`: 'container' (not RIFF/WAVE), 'encoding' (compressed; `formatCode` says
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
  const container = openContainer(view, source);
  const { format, data } = findSamples(container, source);
  const extent = extentOf(container, data, format, source);
  const faults = faultsOf(container, data, format, extent).map(
    ([fault, message]) => new WavError(fault, source, message),
  );
  if (options.strict === true && faults.length > 0) throw faults[0]!;
  return {
    sampleRate: format.sampleRate,
    encoding: format.encoding,
    bitsPerSample: format.bitsPerSample,
    channels: readSamples(container, data.start, extent.bytes, format),
    faults,
  };
}

/** The chunk with the samples, and what they are. */
function findSamples(container: Container, source: string): { format: Format; data: Chunk } {
  let format: Format | undefined;
  let last: Chunk | undefined;
  for (const chunk of chunks(container, container.first)) {
    last = chunk;
    if (chunk.id === 'fmt ') {
      if (format !== undefined) {
        throw new WavError('header', source, `a second 'fmt ' chunk is at ${chunk.start}`);
      }
      format = readFormat(container, chunk, source);
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
function extentOf(
  container: Container,
  { start, size }: Chunk,
  format: Format,
  source: string,
): Extent {
  const { view } = container;
  const present = view.byteLength - start;
  const frameBytes = format.channels * format.bytesPerSample;
  const isLeftOpen = size === unknownSize || (size === 0 && !areChunks(container, start));
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
  container: Container,
  { start, size }: Chunk,
  format: Format,
  extent: Extent,
): [WavFault, string][] {
  const { view } = container;
  const faults: [WavFault, string][] = [];
  const length = view.byteLength;
  const riffEnd = container.announced ?? length;
  const behind = Math.min(start + size + (size % 2), length);
  if (extent.fault !== null) {
    faults.push(['truncated', extent.fault]);
  } else if (!areChunks(container, behind)) {
    const rest = `${length - behind} bytes behind the 'data' chunk of ${size} bytes were not read`;
    faults.push(['trailing', `${rest}: they are no chunks`]);
  } else if (Array.from(chunks(container, behind)).some(({ id }) => id === 'data')) {
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
