import { isFloating, type DType, type StoredArray } from './dtype.ts';

/**
 * The word that tests fill memory with before a kernel, so that an element which the kernel does not write is seen:
 * NaN as float32, two NaNs as float16, two of which make a NaN as float64; bytes that are no bool; and an integer that
 * no test expects.
 */
export const unwrittenWord = 0x7fff7fff;

/** Fills elements of `dtype` as they are stored with the same; returns them. */
export function fillUnwritten<Values extends StoredArray>(values: Values, dtype: DType): Values {
  if (dtype === 'float16') values.fill(unwrittenWord & 0xffff);
  else if (isFloating(dtype)) values.fill(NaN);
  else values.fill(dtype === 'int32' ? unwrittenWord : unwrittenWord & 0xff);
  return values;
}
