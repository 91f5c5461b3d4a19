import {
  elementCount,
  formatShape,
  hostArray,
  type DType,
  type TypedArray,
} from '@convnet/tensor-core';
/** The elements of one tensor, read back. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: TypedArray;
}

/** How far two tensors are apart. */
export interface Difference {
  /** Largest difference over the greatest finite magnitude of what was expected; Infinity where a value cannot be compared. */
  readonly error: number;
  /** Where the largest difference is, and the two values. */
  readonly at: string;
}

/**
 * What an error is relative to: the greatest magnitude of the tensor, or each element's own, from 1 on, or ('own') from 2^-130 on,
 * where numbers are so small that steps between them are a share that counts.
 */
export type Scale = 'tensor' | 'element' | 'own';

/**
 * Compares what a device gave with what was expected. NaN equals NaN and infinities equal those of the
 * same sign; integers must be equal.
 */
export function difference(
  actual: HostTensor,
  expected: HostTensor,
  scale: Scale = 'tensor',
): Difference {
  const shapes = `${formatShape(actual.shape)} ${actual.dtype}, expected ${formatShape(expected.shape)} ${expected.dtype}`;
  if (
    formatShape(actual.shape) !== formatShape(expected.shape) ||
    actual.dtype !== expected.dtype ||
    actual.values.length !== elementCount(expected.shape) ||
    actual.values.constructor !== hostArray(expected.dtype, 0).constructor
  ) {
    return { error: Infinity, at: `got ${actual.values.length} elements of ${shapes}` };
  }
  const unit = scale === 'tensor' ? greatestMagnitude(expected.values) || 1 : 1;
  let error = 0;
  let place = -1;
  for (let i = 0; i < expected.values.length; i++) {
    const e = expected.values[i]!;
    const own = scale === 'tensor' ? unit : ownUnit(e, scale === 'own' ? 2 ** -130 : 1);
    const d = distance(actual.values[i]!, e) / own;
    if (d > error) {
      error = d;
      place = i;
    }
  }
  if (place < 0) return { error, at: 'equal' };
  return {
    error,
    at: `element ${formatShape(positionOf(place, expected.shape))} is ${actual.values[place]}, expected ${expected.values[place]}`,
  };
}

/** The first zero that has another sign than was expected, or null. */
export function wrongSign(actual: HostTensor, expected: HostTensor): string | null {
  const at = expected.values.findIndex(
    (value, i) => value === 0 && actual.values[i] === 0 && !Object.is(value, actual.values[i]),
  );
  if (at < 0) return null;
  const sign = (value: number): string => (Object.is(value, -0) ? '-0' : '0');
  return `element ${formatShape(positionOf(at, expected.shape))} is ${sign(actual.values[at]!)}, expected ${sign(expected.values[at]!)}`;
}

/** What the error of one element is relative to. An infinite unit would make every error 0 or NaN, and NaN none. */
function ownUnit(expected: number, least: number): number {
  return Number.isFinite(expected) ? Math.max(least, Math.abs(expected)) : 1;
}

/** Distance of two numbers: 0 for NaN and NaN, Infinity for NaN or an infinity and anything else. */
export function distance(actual: number, expected: number): number {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return 0;
  const apart = Math.abs(actual - expected);
  return Number.isFinite(apart) ? apart : Infinity;
}

/** Whether it is below 2^-126, where float32 has less digits the smaller it is. */
export function isSubnormal(value: number): boolean {
  return value !== 0 && Math.abs(value) < 2 ** -126;
}

/** Below it a device that may take subnormal numbers for zeros need not tell numbers apart. */
const flushedStep = 2 ** -125;

/**
 * What a device that may take subnormal numbers for zeros must give: what comes out with them, or with zeros in their place. Below
 * 2^-125 all is one, as it may take a result for zero too, or a number where it compares and hand it on as it is. Each element
 * the nearest to the device's.
 */
export function nearestFlushed(
  actual: HostTensor | null | undefined,
  kept: HostTensor,
  flushed: HostTensor,
): HostTensor {
  const values = kept.values.slice();
  values.forEach((value, i) => {
    const got = actual?.values[i] ?? NaN;
    const [own, other] = [distance(got, value), distance(got, flushed.values[i]!)];
    if (Math.min(own, other) < flushedStep) values[i] = got;
    else if (other < own) values[i] = flushed.values[i]!;
  });
  return { ...kept, values };
}

/** Greatest finite magnitude; 0 for none. */
export function greatestMagnitude(values: TypedArray): number {
  let greatest = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (magnitude > greatest && magnitude !== Infinity) greatest = magnitude;
  }
  return greatest;
}

function positionOf(flat: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  let rest = flat;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    position.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return position;
}
