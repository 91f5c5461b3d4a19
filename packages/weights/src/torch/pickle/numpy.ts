import { Buildable } from './values.ts';

/** How a number of NumPy is read from its bytes. */
type Read = (view: DataView, littleEndian: boolean) => number | bigint | boolean;

/** Number types by NumPy's codes. */
const types: Readonly<Record<string, { readonly bytes: number; readonly read: Read }>> = {
  f8: { bytes: 8, read: (view, little) => view.getFloat64(0, little) },
  f4: { bytes: 4, read: (view, little) => view.getFloat32(0, little) },
  i8: { bytes: 8, read: (view, little) => exact(view.getBigInt64(0, little)) },
  i4: { bytes: 4, read: (view, little) => view.getInt32(0, little) },
  i2: { bytes: 2, read: (view, little) => view.getInt16(0, little) },
  i1: { bytes: 1, read: (view) => view.getInt8(0) },
  u8: { bytes: 8, read: (view, little) => exact(view.getBigUint64(0, little)) },
  u4: { bytes: 4, read: (view, little) => view.getUint32(0, little) },
  u2: { bytes: 2, read: (view, little) => view.getUint16(0, little) },
  u1: { bytes: 1, read: (view) => view.getUint8(0) },
  b1: { bytes: 1, read: (view) => view.getUint8(0) !== 0 },
};

function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The type of a scalar of NumPy. Its order of bytes is said after it was made. */
export class NumpyType extends Buildable {
  readonly code: string;
  littleEndian = true;

  constructor(code: string) {
    super();
    this.code = code;
  }

  /** `(version, order, …)`. */
  override build(state: unknown): void {
    if (Array.isArray(state)) this.littleEndian = state[1] !== '>';
  }
}

/** The type of a code such as 'f8', or null where it is none of numbers. */
export function numpyType(code: unknown): NumpyType | null {
  const isKnown = typeof code === 'string' && Object.prototype.hasOwnProperty.call(types, code);
  return isKnown ? new NumpyType(code) : null;
}

/** A number of NumPy, or null where the bytes are of another length. */
export function numpyScalar(type: NumpyType, bytes: Uint8Array): number | bigint | boolean | null {
  const { bytes: length, read } = types[type.code]!;
  if (bytes.length !== length) return null;
  return read(new DataView(bytes.buffer, bytes.byteOffset, length), type.littleEndian);
}
