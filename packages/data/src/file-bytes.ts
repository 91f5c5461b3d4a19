import { requireKind } from '@convnet/tensor-core';
import { aUint8Array } from './kinds.ts';

/** @throws ArgumentError for anything but a Uint8Array. */
export function requireFileBytes(op: string, bytes: unknown): void {
  requireKind(op, 'the bytes of a file', bytes, aUint8Array);
}
