import type { ElementType } from '../elements/element-type.ts';

/** How a `.npy` file begins: 0x93 and NUMPY. */
export const magic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** The longest header that is read. Those of arrays of numbers have about a hundred characters. */
export const longestHeader = 65_536;

/** Element types by NumPy's codes, without the order of bytes. */
export const typesByCode: ReadonlyMap<string, ElementType> = new Map([
  ['f8', 'float64'],
  ['f4', 'float32'],
  ['f2', 'float16'],
  ['i8', 'int64'],
  ['i4', 'int32'],
  ['i2', 'int16'],
  ['i1', 'int8'],
  ['u8', 'uint64'],
  ['u4', 'uint32'],
  ['u2', 'uint16'],
  ['u1', 'uint8'],
  ['b1', 'bool'],
  ['c8', 'complex64'],
  ['c16', 'complex128'],
]);

/** Whether a file begins as a `.npy` file does. */
export function isNpy(first: Uint8Array): boolean {
  return magic.every((byte, i) => first[i] === byte);
}
