import { formatShape } from '@convnet/tensor-core';

import type { ByteSource } from '../bytes/byte-source.ts';
import { bitsOf, bytesFor, type ElementType } from '../elements/element-type.ts';
import { TorchFileError, type TorchFileFault } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import type { StorageReference } from './storage.ts';
import { gather, isContiguous, reach, swapBytes, type Layout } from '../elements/strided.ts';

/** Where the storages of a file are. */
export interface Storages {
  readonly source: ByteSource;
  /** Whether a big-endian machine wrote it. */
  isBigEndian: boolean;
  /** Bytes of a storage, or undefined where it is not there or not known yet. */
  sizeOf(key: string): number | undefined;
  /** Where it is in the file, for the order of reading. */
  positionOf(key: string): number;
  /** Where its first byte is. @throws WeightsFileError. */
  startOf(key: string): Promise<number>;
}

/** Tensors may be larger than the file, as views that repeat elements are, up to this or four times its size. */
const freeBytes = 64 * 2 ** 20;

/** What a pickle says about a tensor. */
export interface TensorClaim {
  readonly storage: StorageReference;
  readonly dtype: ElementType;
  readonly offset: unknown;
  readonly shape: unknown;
  readonly stride: unknown;
}

/**
 * A tensor of a file, once it is sure that it lies in its storage.
 * @throws TorchFileError.
 */
export function tensorIn(storages: Storages, claim: TensorClaim): FileTensor {
  const { source } = storages;
  const { storage, dtype } = claim;
  const fail = (fault: TorchFileFault, message: string): TorchFileError =>
    new TorchFileError(fault, source.name, message);
  const { offset, shape, stride } = claim;
  if (
    !isCount(offset) ||
    !areCounts(shape) ||
    !areCounts(stride) ||
    shape.length !== stride.length
  ) {
    throw fail('pickle', 'expected a tensor with an offset, a shape and strides, all integers ≥ 0');
  }
  const layout = { offset, shape, stride };
  const label = `a tensor ${formatShape(shape)} ${dtype}`;
  const byteLength = bytesFor(dtype, shape);
  if (byteLength === null || byteLength > Math.max(freeBytes, 4 * source.size)) {
    throw fail('limit', `${label} is larger than a file of ${source.size} bytes explains`);
  }
  const size = bitsOf[dtype] / 8;
  const { start, end } = reach(layout);
  // Of a storage without a type, the length is in bytes.
  const unit = storage.dtype === null ? 1 : size;
  if (end * size > storage.length * unit) {
    throw fail('storage', `${label} ends at element ${end} of a storage of ${storage.length}`);
  }
  const from = storage.offset * unit + start * size;
  return new FileTensor({
    where: `${source.name}, ${label}`,
    dtype,
    shape,
    get position() {
      return storages.positionOf(storage.key) + from;
    },
    read: () => read(storages, storage, layout, from, dtype),
  });
}

async function read(
  storages: Storages,
  storage: StorageReference,
  layout: Layout,
  from: number,
  dtype: ElementType,
): Promise<Uint8Array> {
  const size = bitsOf[dtype] / 8;
  const { start, end } = reach(layout);
  const length = (end - start) * size;
  const { source, isBigEndian } = storages;
  const available = storages.sizeOf(storage.key);
  if (available === undefined || from + length > available) {
    const found = available === undefined ? 'is not there' : `has ${available} bytes`;
    throw new TorchFileError(
      'storage',
      source.name,
      `the storage ${storage.key}, of which bytes to ${from + length} are needed, ${found}`,
    );
  }
  if (length === 0) return new Uint8Array();
  const first = (await storages.startOf(storage.key)) + from;
  const raw = await source.read(first, first + length);
  // Complex numbers are pairs of real ones.
  const word = dtype.startsWith('complex') ? size / 2 : size;
  const bytes = isBigEndian ? swapBytes(raw, word) : raw;
  return isContiguous(layout) ? bytes : gather(bytes, layout, size);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
