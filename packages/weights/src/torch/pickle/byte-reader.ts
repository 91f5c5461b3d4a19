/** The pickle ended in the middle of an operation; where there is more of the file, more may be read. */
export class OutOfBytes extends Error {
  override readonly name = 'OutOfBytes';
}

/** Reads bytes from front to back. @throws OutOfBytes. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes that were read. */
  get position(): number {
    return this.#at;
  }

  #advance(count: number): number {
    const start = this.#at;
    if (!(count <= this.#bytes.length - start)) throw new OutOfBytes('the pickle is cut short');
    this.#at += count;
    return start;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** A length of 64 bits; one beyond 2^53 is beyond the bytes too. */
  length64(): number {
    const low = this.uint32();
    return low + 2 ** 32 * this.uint32();
  }

  /** Big-endian, as pickle has it. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  bytes(count: number): Uint8Array {
    const start = this.#advance(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** Up to the next line feed, without it. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new OutOfBytes('the pickle is cut short');
    const text = decodeText(this.bytes(end - this.#at));
    this.#at++;
    return text;
  }
}

/** UTF-8; what is none becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** A little-endian integer in two's complement: a number where that is exact, else a bigint. */
export function decodeLong(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  value = BigInt.asIntN(8 * bytes.length, value);
  const exact = Number(value);
  return Number.isSafeInteger(exact) ? exact : value;
}
