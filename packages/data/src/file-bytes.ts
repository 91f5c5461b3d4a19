import { ArgumentError, formatValue } from '@convnet/tensor-core';

/** @throws ArgumentError for anything but a Uint8Array. */
export function requireFileBytes(op: string, bytes: unknown): void {
  if (bytes instanceof Uint8Array) return;
  const given = ArrayBuffer.isView(bytes) ? bytes.constructor.name : formatValue(bytes);
  throw new ArgumentError(`${op}: expected the bytes of a file as a Uint8Array, got ${given}`);
}
