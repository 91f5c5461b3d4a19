import { readDataspace } from './dataspace.ts';
import { readDatatype } from './datatype.ts';
import type { Hdf5Bytes } from './hdf5-bytes.ts';

const longest = 2 ** 26;

/** An attribute message, before its value is read (HDF5 file format 3.0, section IV.A.2.m). */
export interface Attribute {
  readonly name: string;
  /** Its texts, none where it is empty; null where it is no text. */
  texts(): Promise<readonly string[] | null>;
}

export function readAttribute(file: Hdf5Bytes, content: DataView): Attribute {
  const fail = (): Error => file.fail('structure', 'an attribute ends too early');
  if (content.byteLength < 9) throw fail();
  const version = content.getUint8(0);
  if (version < 1 || version > 3) {
    throw file.fail('structure', `expected an attribute of version 1 to 3, got ${version}`);
  }
  const padded = (size: number): number => (version === 1 ? 8 * Math.ceil(size / 8) : size);
  const nameSize = content.getUint16(2, true);
  const typeSize = content.getUint16(4, true);
  const spaceSize = content.getUint16(6, true);
  const nameAt = version === 3 ? 9 : 8;
  const typeAt = nameAt + padded(nameSize);
  const spaceAt = typeAt + padded(typeSize);
  const valueAt = spaceAt + padded(spaceSize);
  if (valueAt > content.byteLength) throw fail();
  const part = (at: number, size: number): DataView =>
    new DataView(content.buffer, content.byteOffset + at, size);
  const name = textOf(part(nameAt, nameSize));
  return {
    name,
    async texts() {
      const count = readDataspace(file, part(spaceAt, spaceSize)).reduce((a, b) => a * b, 1);
      // Python's empty list has numbers for elements.
      if (count === 0) return [];
      const type = readDatatype(file, part(typeAt, typeSize));
      if (type.kind !== 'text' && type.kind !== 'heap text') return null;
      const width = type.kind === 'text' ? type.size : 16;
      if (width === 0 || valueAt + count * width > content.byteLength) throw fail();
      const texts: string[] = [];
      let total = 0;
      for (let i = 0; i < count; i++) {
        const value = part(valueAt + i * width, width);
        const text = type.kind === 'text' ? value : await heapObject(file, value);
        total += text.byteLength;
        // Many texts may be the same place of a heap.
        if (total > longest) throw file.fail('structure', `the attribute ${name} is too long`);
        texts.push(textOf(text));
      }
      return texts;
    },
  };
}

function textOf(view: DataView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** What a reference of 16 bytes leads to in the global heap (section III.E). */
async function heapObject(file: Hdf5Bytes, reference: DataView): Promise<DataView> {
  const length = reference.getUint32(0, true);
  const address = file.word(reference, 4);
  const index = reference.getUint32(12, true);
  if (length === 0 || address === null) return new DataView(new ArrayBuffer(0));
  const what = `the heap of texts at byte ${address}`;
  const head = await file.view(address, 16, what);
  file.requireSignature(head, 'GCOL', what);
  const end = address + file.address(head, 8, what);
  let at = address + 16;
  while (at + 16 <= end) {
    const object = await file.view(at, 16, what);
    const number = object.getUint16(0, true);
    const size = file.address(object, 8, what);
    if (number === index && number !== 0) {
      if (length > size) break;
      return file.view(at + 16, length, what);
    }
    // The room that is left.
    if (number === 0) break;
    at += 16 + 8 * Math.ceil(size / 8);
  }
  throw file.fail('structure', `${what} does not have the text that an attribute names`);
}
