import { ByteBuffer } from 'flatbuffers';

/** A table of a file of FlatBuffers, whose fields are known by their places alone. */
export class Table {
  readonly #bytes: ByteBuffer;
  readonly #at: number;

  constructor(bytes: ByteBuffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The table that a .tflite file is. */
  static ofFile(file: Uint8Array): Table {
    const bytes = new ByteBuffer(file);
    return new Table(bytes, bytes.readInt32(0));
  }

  /** Where a field is; 0 where it is absent. */
  #field(place: number): number {
    const offset = this.#bytes.__offset(this.#at, 4 + 2 * place);
    return offset === 0 ? 0 : this.#at + offset;
  }

  #required(place: number): number {
    const field = this.#field(place);
    if (field === 0) throw new Error(`the table has no field ${place}`);
    return field;
  }

  has(place: number): boolean {
    return this.#field(place) !== 0;
  }

  int8(place: number): number {
    return this.#bytes.readInt8(this.#required(place));
  }

  int32(place: number): number {
    return this.#bytes.readInt32(this.#required(place));
  }

  string(place: number): string {
    return this.#bytes.__string(this.#required(place)) as string;
  }

  table(place: number): Table {
    return new Table(this.#bytes, this.#bytes.__indirect(this.#required(place)));
  }

  tables(place: number): Table[] {
    const { start, length } = this.#vector(place);
    return Array.from(
      { length },
      (_, i) => new Table(this.#bytes, this.#bytes.__indirect(start + 4 * i)),
    );
  }

  integers(place: number): number[] {
    const { start, length } = this.#vector(place);
    return Array.from({ length }, (_, i) => this.#bytes.readInt32(start + 4 * i));
  }

  /** The bytes of a list, and where they begin in the file. */
  bytes(place: number): { readonly begin: number; readonly bytes: Uint8Array } {
    const { start, length } = this.#vector(place);
    return { begin: start, bytes: this.#bytes.bytes().slice(start, start + length) };
  }

  #vector(place: number): { readonly start: number; readonly length: number } {
    const field = this.#required(place);
    const start = field + this.#bytes.readInt32(field) + 4;
    return { start, length: this.#bytes.readInt32(start - 4) };
  }
}
