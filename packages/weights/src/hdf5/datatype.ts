import type { ElementType } from '../elements/element-type.ts';
import type { Hdf5Bytes } from './hdf5-bytes.ts';

/** What elements are: numbers, or texts. */
export type Datatype =
  | { readonly kind: 'number'; readonly dtype: ElementType; readonly isBigEndian: boolean }
  /** Texts of so many bytes, filled up with zeros. */
  | { readonly kind: 'text'; readonly size: number }
  /** Texts of any length, which stand in a heap. */
  | { readonly kind: 'heap text' }
  | { readonly kind: 'other'; readonly name: string };

const classNames = [
  'integers',
  'floats',
  'times',
  'texts',
  'bit fields',
  'opaque bytes',
  'records',
  'references',
  'enumerations',
  'sequences',
  'arrays',
];

const integers: Readonly<Record<number, readonly [signed: ElementType, unsigned: ElementType]>> = {
  1: ['int8', 'uint8'],
  2: ['int16', 'uint16'],
  4: ['int32', 'uint32'],
  8: ['int64', 'uint64'],
};

/** Floats by the bits of their exponent and mantissa. */
const floats: Readonly<Record<string, ElementType>> = {
  '11 52': 'float64',
  '8 23': 'float32',
  '5 10': 'float16',
  '8 7': 'bfloat16',
};

/** A datatype message (HDF5 file format 3.0, section IV.A.2.d). */
export function readDatatype(file: Hdf5Bytes, content: DataView): Datatype {
  if (content.byteLength < 8) throw file.fail('structure', 'a datatype ends too early');
  const kind = content.getUint8(0) & 15;
  const bits = content.getUint8(1);
  const size = content.getUint32(4, true);
  const isBigEndian = (bits & 1) !== 0;
  if (kind === 0) {
    const pair = integers[size];
    const dtype = pair?.[(bits & 8) === 0 ? 1 : 0];
    return dtype === undefined ? other(kind) : { kind: 'number', dtype, isBigEndian };
  }
  if (kind === 1 && content.byteLength >= 20) {
    const dtype = floats[`${content.getUint8(13)} ${content.getUint8(15)}`];
    const isKnown = dtype !== undefined && content.getUint16(10, true) === 8 * size;
    return isKnown ? { kind: 'number', dtype, isBigEndian } : other(kind);
  }
  if (kind === 3) return { kind: 'text', size };
  if (kind === 9 && (bits & 15) === 1) return { kind: 'heap text' };
  return other(kind);
}

function other(kind: number): Datatype {
  return { kind: 'other', name: classNames[kind] ?? `class ${kind}` };
}
