import { refuseOtherCopy, tensorCoreCopy } from './copies.ts';
import { ArgumentError } from './errors.ts';
import { formatValue } from './format-value.ts';
import type { Tensor } from './tensor.ts';

/**
 * @internal Callers without types may give anything: what is no tensor must be named here, before one of its properties is
 * read. Cheap where all is right.
 * @param op what the message begins with
 * @throws ArgumentError for anything but a tensor; TwoCopiesError for one of another copy of this package.
 */
export function requireTensor(op: string, x: Tensor, name = 'a tensor'): void {
  const given: Partial<Tensor> | null | undefined = x;
  if (given?.isTensor !== tensorCoreCopy) {
    refuseOtherCopy(op, given);
    throw new ArgumentError(`${op}: expected ${name}, got ${describe(given)}`);
  }
}

/** `requireTensor` where null stands for none. */
export function requireTensorOrNull(op: string, x: Tensor | null, name?: string): void {
  if (x !== null) requireTensor(op, x, name);
}

/** @throws ArgumentError for anything but a list of tensors. */
export function requireTensors(op: string, tensors: readonly Tensor[]): void {
  if (!Array.isArray(tensors)) {
    throw new ArgumentError(`${op}: expected a list of tensors, got ${describe(tensors)}`);
  }
  for (const tensor of tensors as readonly Tensor[]) requireTensor(op, tensor);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) {
    return `an array of ${value.length} (tensor() makes a tensor of numbers)`;
  }
  if (ArrayBuffer.isView(value)) return 'a typed array (tensor() makes a tensor of one)';
  return formatValue(value);
}
