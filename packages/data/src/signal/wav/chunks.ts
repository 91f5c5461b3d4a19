/** The chunks of RIFF files: little-endian, big-endian (RIFX), and of 64 bits (RF64, BW64: EBU Tech 3306). */
import { WavError } from '../../errors.ts';

/** Bytes in front of what a chunk holds: its name and size. */
export const headerBytes = 8;
/** Where the first chunk of a file begins. */
const firstChunk = 12;
/** Size in the header of a file that was written without knowing its end, or whose size another chunk tells. */
export const unknownSize = 0xffffffff;

export interface Chunk {
  readonly id: string;
  readonly start: number;
  /** The size that the chunk's header gives, which may go past the end of the file. */
  readonly size: number;
}

/** A file of chunks. */
export interface Container {
  readonly view: DataView;
  readonly littleEndian: boolean;
  /** Where the chunks begin that describe the sound. */
  readonly first: number;
  /** Bytes that the header announces for the whole file; null where it does not say. */
  readonly announced: number | null;
  /** Bytes of samples, where a 'ds64' chunk tells them. */
  readonly dataSize: number | null;
}

function tag(view: DataView, offset: number): string {
  let text = '';
  for (let i = 0; i < 4; i++) text += String.fromCharCode(view.getUint8(offset + i));
  return text;
}

/** The chunks from `offset` on. The last may reach past the end, or leave bytes that are too few for another. */
export function* chunks(
  { view, littleEndian, dataSize }: Pick<Container, 'view' | 'littleEndian' | 'dataSize'>,
  offset: number,
): Generator<Chunk> {
  let next = offset;
  while (next + headerBytes <= view.byteLength) {
    const id = tag(view, next);
    const given = view.getUint32(next + 4, littleEndian);
    const size = id === 'data' && given === unknownSize && dataSize !== null ? dataSize : given;
    yield { id, start: next + headerBytes, size };
    next += headerBytes + size + (size % 2);
  }
}

/** Whether all that follows `offset` is chunks, which have printable names. */
export function areChunks(container: Container, offset: number): boolean {
  const { view } = container;
  let end = offset;
  for (const { id, start, size } of chunks(container, offset)) {
    if (!/^[\x20-\x7e]{4}$/.test(id)) return false;
    end = start + size + (size % 2);
  }
  // The last chunk may lack the byte that makes its size even.
  return end === view.byteLength || (end === view.byteLength + 1 && end > offset);
}

/** @throws WavError with fault 'container' for a file that is none, 'header' for one of 64 bits without their chunk. */
export function openContainer(view: DataView, source: string): Container {
  if (view.byteLength < firstChunk) {
    throw new WavError(
      'container',
      source,
      `expected a RIFF file of form WAVE, got ${view.byteLength} bytes`,
    );
  }
  const [kind, form] = [tag(view, 0), tag(view, 8)];
  if (!['RIFF', 'RIFX', 'RF64', 'BW64'].includes(kind) || form !== 'WAVE') {
    const found = [kind, form].map((text) => JSON.stringify(text));
    throw new WavError(
      'container',
      source,
      `expected 'RIFF', 'RIFX' or 'RF64' and 'WAVE' at bytes 0 and 8, got ${found.join(' and ')}`,
    );
  }
  const littleEndian = kind !== 'RIFX';
  const given = view.getUint32(4, littleEndian);
  const plain = { view, littleEndian, first: firstChunk, dataSize: null };
  if (kind === 'RIFF' || kind === 'RIFX') return { ...plain, announced: headerBytes + given };
  const sizes = chunks(plain, firstChunk).next().value as Chunk | undefined;
  if (sizes?.id !== 'ds64' || sizes.size < 24 || sizes.start + 24 > view.byteLength) {
    throw new WavError(
      'header',
      source,
      `expected a 'ds64' chunk of at least 24 bytes at the beginning of a file of kind ${kind}, got ` +
        (sizes === undefined ? 'none' : `${JSON.stringify(sizes.id)} of ${sizes.size} bytes`),
    );
  }
  const wide = (at: number): number => Number(view.getBigUint64(sizes.start + at, true));
  const announced = headerBytes + (given === unknownSize ? wide(0) : given);
  return { ...plain, announced, dataSize: wide(8) };
}
