import type { ElementType } from '../elements/element-type.ts';

/** A block of elements that tensors of a file lie in, as a pickle names it. */
export class StorageReference {
  /** By which the file knows it. */
  readonly key: string;
  /** Null for bytes that are of whatever type the tensor says. */
  readonly dtype: ElementType | null;
  /** Elements; of bytes without a type, bytes. */
  readonly length: number;
  /** Elements of the storage that lie in front of what this one shows of it. */
  readonly offset: number;
  /** Elements of the whole storage. */
  readonly total: number;

  constructor(
    key: string,
    dtype: ElementType | null,
    total: number,
    { offset = 0, length = total }: { readonly offset?: number; readonly length?: number } = {},
  ) {
    this.key = key;
    this.dtype = dtype;
    this.length = length;
    this.offset = offset;
    this.total = total;
  }
}

/** Element types by PyTorch's classes of storages. */
export const storageTypes: ReadonlyMap<string, ElementType | null> = new Map([
  ['DoubleStorage', 'float64'],
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
  ['ComplexFloatStorage', 'complex64'],
  ['ComplexDoubleStorage', 'complex128'],
  ['UntypedStorage', null],
]);
