import { PbfReader } from 'pbf';

import { OnnxFileError } from '../errors.ts';

/** Types of the wire format of protobuf. */
const varint = 0;
const fixed64 = 1;
const bytes = 2;
const fixed32 = 5;

/** What a message may hold before it has to be explained by the length of the file. */
const freeEntries = 100_000;
/** Bytes of a file for each entry beyond those: an entry takes some hundred bytes of memory. */
const bytesPerEntry = 128;

/**
 * Reads the fields of messages of protobuf, where nothing may reach beyond its message. What is made of a file stays in
 * proportion to its length.
 */
export class MessageReader {
  readonly #pbf: PbfReader;
  readonly #source: string;
  #entriesLeft: number;
  #end: number;

  constructor(file: Uint8Array, source: string) {
    this.#pbf = new PbfReader(file);
    this.#source = source;
    this.#end = file.length;
    this.#entriesLeft = Math.max(freeEntries, Math.floor(file.length / bytesPerEntry));
  }

  /** Reads all: `visit` is told the number of each field and reads its value, or leaves it. */
  fields(visit: (field: number) => void): void {
    const pbf = this.#pbf;
    while (pbf.pos < this.#end) {
      const tag = this.#varint(false);
      const start = pbf.pos;
      pbf.type = tag & 7;
      if (tag < 8 || tag > 0xffffffff) throw this.fail('format', 'a field has no number');
      visit(Math.floor(tag / 8));
      if (pbf.pos === start) this.#skip();
      if (pbf.pos > this.#end) throw this.#truncated();
    }
  }

  /** Counts something that is kept in memory. @throws OnnxFileError where the file does not explain so much. */
  count(): void {
    if (--this.#entriesLeft < 0) {
      throw this.fail('limit', 'it has more nodes, names and values than its length explains');
    }
  }

  /** A message within this one. */
  message(visit: (field: number) => void): void {
    this.#within(() => this.fields(visit));
  }

  string(): string {
    this.count();
    return new TextDecoder().decode(this.bytes());
  }

  /** A view of the file. */
  bytes(): Uint8Array {
    const pbf = this.#pbf;
    const end = this.#endOfLength();
    const found = pbf.buf.subarray(pbf.pos, end);
    pbf.pos = end;
    return found;
  }

  /** An integer with a sign. Beyond 2^53 it is the nearest number that JavaScript has. */
  integer(): number {
    this.#require(varint);
    return this.#varint(true);
  }

  float(): number {
    this.#require(fixed32);
    this.#reserve(4);
    return shortest(this.#pbf.readFloat());
  }

  /** Appends the integers of a repeated field, packed or one of them. */
  integers(list: number[]): void {
    const add = (): void => {
      this.count();
      list.push(this.#varint(true));
    };
    if (this.#pbf.type === bytes) this.#packed(add);
    else {
      this.#require(varint);
      add();
    }
  }

  /** Appends the floats of a repeated field, packed or one of them. */
  floats(list: number[]): void {
    const add = (): void => {
      this.count();
      this.#reserve(4);
      list.push(shortest(this.#pbf.readFloat()));
    };
    if (this.#pbf.type === bytes) this.#packed(add);
    else {
      this.#require(fixed32);
      add();
    }
  }

  /** The bytes of a repeated field of numbers, packed or one of them, as they stand in the file. */
  packedBytes(): Uint8Array {
    this.count();
    const pbf = this.#pbf;
    if (pbf.type === bytes) return this.bytes();
    const start = pbf.pos;
    this.#skip();
    if (pbf.pos > this.#end) throw this.#truncated();
    return pbf.buf.subarray(start, pbf.pos);
  }

  fail(fault: OnnxFileError['fault'], message: string): OnnxFileError {
    return new OnnxFileError(fault, this.#source, message);
  }

  #packed(add: () => void): void {
    this.#within(() => {
      while (this.#pbf.pos < this.#end) add();
    });
  }

  #within(body: () => void): void {
    const outer = this.#end;
    this.#end = this.#endOfLength();
    body();
    if (this.#pbf.pos > this.#end) throw this.#truncated();
    this.#end = outer;
  }

  /** Where the bytes end whose number stands here. */
  #endOfLength(): number {
    this.#require(bytes);
    const end = this.#varint(false) + this.#pbf.pos;
    if (end > this.#end) throw this.#truncated();
    return end;
  }

  #skip(): void {
    const { type } = this.#pbf;
    if (type === varint) this.#varint(false);
    else if (type === fixed64) this.#pbf.pos += 8;
    else if (type === bytes) this.#pbf.pos = this.#endOfLength();
    else if (type === fixed32) this.#pbf.pos += 4;
    else throw this.fail('format', `a field has the unknown wire type ${type}`);
  }

  #varint(isSigned: boolean): number {
    const { buf, pos } = this.#pbf;
    let last = pos;
    while (last < this.#end && buf[last]! >= 0x80) last++;
    if (last >= this.#end) throw this.#truncated();
    if (last - pos >= 10) throw this.fail('format', 'an integer has more than ten bytes');
    return this.#pbf.readVarint(isSigned);
  }

  #require(type: number): void {
    if (this.#pbf.type === type) return;
    throw this.fail(
      'format',
      `expected a field of wire type ${type}, got ${this.#pbf.type}: it is no ONNX model`,
    );
  }

  #reserve(length: number): void {
    if (this.#pbf.pos + length > this.#end) throw this.#truncated();
  }

  #truncated(): OnnxFileError {
    return this.fail('truncated', 'it ends within a field');
  }
}

/** The number with the fewest digits that is this one in single precision: 0.1 and not 0.10000000149. */
function shortest(value: number): number {
  if (!Number.isFinite(value)) return value;
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
