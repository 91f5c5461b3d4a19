import { isFloating } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { formatShape, sameShape } from '../shape.ts';
import { requireTensor, requireTensorOrNull } from '../require-tensor.ts';
import { refuseStorageType } from '../storage-type.ts';
import type { Tensor } from '../tensor.ts';

/** Checks that operations share. Each names the operation, what it expected and what came. */

/** @throws DTypeError for integers, bools and float16. */
export function requireFloating(op: string, x: Tensor): void {
  requireTensor(op, x);
  refuseStorageType(op, x);
  if (!isFloating(x.dtype)) {
    throw new DTypeError(`${op}: expected a floating tensor, got ${x.describe()}`);
  }
}

/** @throws DTypeError for anything but int32. */
export function requireIndex(op: string, index: Tensor): void {
  requireTensor(op, index);
  if (index.dtype !== 'int32') {
    throw new DTypeError(`${op}: expected an int32 index, got ${index.describe()}`);
  }
}

/** @throws DTypeError where a parameter has another element type than the input. */
export function requireSameDType(op: string, name: string, x: Tensor, t: Tensor | null): void {
  requireTensor(op, x);
  requireTensorOrNull(op, t, name);
  if (t !== null && t.dtype !== x.dtype) {
    throw new DTypeError(
      `${op}: expected ${name} of the input's type ${x.dtype}, got ${t.describe()}`,
    );
  }
}

/** @throws ShapeError where a parameter has another shape. */
export function requireShape(
  op: string,
  name: string,
  t: Tensor | null,
  shape: readonly number[],
): void {
  requireTensorOrNull(op, t, name);
  if (t !== null && !sameShape(t.shape, shape)) {
    throw new ShapeError(
      `${op}: expected ${name} ${formatShape(shape)}, got ${formatShape(t.shape)}`,
    );
  }
}

/** @throws ArgumentError for NaN and infinities. */
export function requireFinite(op: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isFinite(value)) {
      throw new ArgumentError(`${op}: expected a finite ${name}, got ${value}`);
    }
  }
}

/** @throws ArgumentError for fractions and numbers below `least`. */
export function requireInteger(op: string, name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ArgumentError(`${op}: expected ${name} as an integer ≥ ${least}, got ${value}`);
  }
}

/** @throws ArgumentError for a name that is none of the choices. */
export function requireOneOf(
  op: string,
  name: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (typeof value !== 'string' || !choices.includes(value)) {
    throw new ArgumentError(
      `${op}: expected ${name} as one of '${choices.join("', '")}', got ${String(value)}`,
    );
  }
}
