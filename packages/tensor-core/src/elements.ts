import type { DType } from './dtype.ts';
import { ArgumentError } from './errors.ts';
import { formatValue } from './format-value.ts';

interface Range {
  readonly low: number;
  readonly high: number;
}

/** What each type holds without another meaning; floating types hold every number. */
const ranges: Partial<Readonly<Record<DType, Range>>> = {
  int32: { low: -(2 ** 31), high: 2 ** 31 - 1 },
  uint8: { low: 0, high: 255 },
};

/** The least and the greatest element of a type. */
export function rangeOf(dtype: DType): Range {
  if (dtype === 'bool') return { low: 0, high: 1 };
  return ranges[dtype] ?? { low: -Infinity, high: Infinity };
}

/**
 * Checks numbers of the host before they become elements of `dtype`: a class label NaN must not become 0.
 * @throws ArgumentError that names the first value that is no number or does not fit, and its place in `values`.
 */
export function requireElements(op: string, values: ArrayLike<unknown>, dtype: DType): void {
  const range = ranges[dtype];
  // Typed arrays hold numbers only.
  if (range === undefined && dtype !== 'bool' && ArrayBuffer.isView(values)) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== 'number') throw misfit(op, value, i, `numbers for ${dtype}`);
    if (dtype === 'bool') {
      if (Number.isNaN(value)) throw misfit(op, value, i, 'numbers other than NaN for bool');
    } else if (
      range !== undefined &&
      !(Number.isInteger(value) && value >= range.low && value <= range.high)
    ) {
      throw misfit(op, value, i, `integers from ${range.low} to ${range.high} for ${dtype}`);
    }
  }
}

function misfit(op: string, value: unknown, place: number, expected: string): ArgumentError {
  return new ArgumentError(
    `${op}: expected ${expected}, got ${formatValue(value)} at position ${place}`,
  );
}
