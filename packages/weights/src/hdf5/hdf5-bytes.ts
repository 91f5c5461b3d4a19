import type { ByteSource } from '../bytes/byte-source.ts';
import { KerasFileError, type KerasFault } from '../errors.ts';

/** Structures of HDF5 are small and lie near each other, so that they are read a page at a time. */
const pageBytes = 65_536;
/** Pages that are kept. */
const mostPages = 32;

/** The address of what was never written. */
const undefinedAddress = 0xffff_ffff_ffff_ffffn;

/** The bytes of a file of HDF5, whose numbers are little-endian and whose addresses count from its beginning. */
export class Hdf5Bytes {
  readonly source: ByteSource;
  readonly #pages = new Map<number, Promise<Uint8Array>>();

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** An error of this file. */
  fail(fault: KerasFault, message: string): KerasFileError {
    return new KerasFileError(fault, this.source.name, message);
  }

  /** @throws KerasFileError where the file ends before. */
  requireInside(start: number, length: number, what: string): void {
    if (length <= this.source.size && start <= this.source.size - length) return;
    throw this.fail(
      'truncated',
      `${what} lies at bytes ${start} to ${start + length}, the file has ${this.source.size}`,
    );
  }

  /**
   * Bytes of a structure.
   * @throws KerasFileError where the file ends before; SourceError.
   */
  async view(start: number, length: number, what: string): Promise<DataView> {
    this.requireInside(start, length, what);
    const page = Math.floor(start / pageBytes);
    const isWithin = start + length <= (page + 1) * pageBytes;
    const bytes = isWithin
      ? (await this.#page(page)).subarray(start % pageBytes, (start % pageBytes) + length)
      : await this.source.read(start, start + length);
    if (bytes.length < length) this.requireInside(start, length + pageBytes, what);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  #page(number: number): Promise<Uint8Array> {
    const known = this.#pages.get(number);
    if (known !== undefined) return known;
    const start = number * pageBytes;
    const read = this.source.read(start, Math.min(start + pageBytes, this.source.size));
    const [oldest] = this.#pages.keys();
    if (this.#pages.size >= mostPages) this.#pages.delete(oldest!);
    this.#pages.set(number, read);
    return read;
  }

  /** An address or length of eight bytes; null for the address of what was never written. */
  word(view: DataView, at: number): number | null {
    const value = view.getBigUint64(at, true);
    if (value === undefinedAddress) return null;
    if (value <= Number.MAX_SAFE_INTEGER) return Number(value);
    throw this.fail('truncated', `address ${value} lies behind the file`);
  }

  /** As `word`, where there must be something. */
  address(view: DataView, at: number, what: string): number {
    const value = this.word(view, at);
    if (value !== null) return value;
    throw this.fail('structure', `${what} has no address`);
  }

  /** @throws KerasFileError where a structure does not begin with the four letters of its kind. */
  requireSignature(view: DataView, letters: string, what: string): void {
    for (let i = 0; i < letters.length; i++) {
      if (view.getUint8(i) === letters.charCodeAt(i)) continue;
      throw this.fail('structure', `${what} should begin with ${letters}`);
    }
  }
}
