import { ArgumentError, elementCount } from '@convnet/tensor-core';

/** Element types of ONNX that are read, and the type of a tensor that holds their numbers. */
export const hostTypes = {
  float32: 'float32',
  float64: 'float64',
  float16: 'float32',
  bfloat16: 'float32',
  int8: 'int32',
  int16: 'int32',
  int32: 'int32',
  int64: 'int32',
  uint8: 'uint8',
  uint16: 'int32',
  uint32: 'int32',
  uint64: 'int32',
  bool: 'bool',
} as const;

export type HostType = keyof typeof hostTypes;

/** TensorProto.DataType. */
const typeNumbers: ReadonlyMap<number, HostType> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
  [16, 'bfloat16'],
]);

/** The element type of a number of TensorProto.DataType, or undefined for texts, complex and packed numbers. */
export function hostTypeOf(number: number): HostType | undefined {
  return typeNumbers.get(number);
}

export function isFloatingType(type: HostType): boolean {
  return type.includes('float');
}

/**
 * Numbers that the host knows while a network runs, such as extents: shapes depend on them, and no device is waited for.
 * Integers are exact up to 2^53.
 */
export class HostTensor {
  readonly type: HostType;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: ArrayLike<number>;

  constructor(type: HostType, shape: readonly number[], data: ArrayLike<number>) {
    this.type = type;
    this.shape = shape;
    this.data = data;
  }

  get size(): number {
    return elementCount(this.shape);
  }

  /** The numbers as a list. */
  list(): number[] {
    return Array.from(this.data);
  }
}

/** More numbers belong on a device. */
const mostNumbers = 2 ** 19;

/** @throws ArgumentError where more numbers are asked for than the host works out at once. */
export function requireFew(op: string, count: number): void {
  if (count <= mostNumbers) return;
  throw new ArgumentError(
    `${op}: ${count} numbers are asked for on the host, which works out at most ${mostNumbers} at once`,
  );
}

/** A list of int64, as shapes are. */
export function hostList(values: readonly number[]): HostTensor {
  return new HostTensor('int64', [values.length], values);
}
