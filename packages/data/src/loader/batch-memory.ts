import { hostArray, type DType, type TypedArray } from '@convnet/tensor-core';

/** Blocks that are kept at most: a batch has an array or two that are large, and a few batches are under way. */
const most = 8;

/** Bytes below which memory costs less than keeping it. */
const least = 65_536;

/** Memory of batches that have been copied to a device, oldest first. */
const spare: ArrayBufferLike[] = [];

/** Keeps memory for arrays of the same size: new memory of megabytes costs more than what is written into it. */
export function keepSpare(buffers: readonly ArrayBufferLike[]): void {
  for (const buffer of buffers) {
    if (buffer.byteLength < least) continue;
    if (spare.length === most) spare.shift();
    spare.push(buffer);
  }
}

/** The oldest spare memory that is of use. */
function takeSpare<B extends ArrayBufferLike>(
  isOfUse: (buffer: ArrayBufferLike) => buffer is B,
): B | null {
  const place = spare.findIndex(isOfUse);
  return place < 0 ? null : (spare.splice(place, 1)[0] as B);
}

/** Whether arrays are filled in memory that threads share. */
let areShared = false;

/**
 * Has `make` fill its arrays in memory that threads share, where there is such. All of them must be sent: V8 does not count it,
 * so that memory which goes to and fro between threads does not have all else collected, and what is left lying stays for long.
 */
export function inSharedMemory<T>(make: () => T): T {
  areShared = typeof SharedArrayBuffer !== 'undefined';
  try {
    return make();
  } finally {
    areShared = false;
  }
}

/** Bytes of a shared block: few sizes, for batches whose lengths differ. */
function bytesOfShared(bytes: number): number {
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}

function sharedMemory(bytes: number): SharedArrayBuffer {
  const wanted = bytesOfShared(bytes);
  return (
    takeSpare(
      (buffer): buffer is SharedArrayBuffer =>
        !(buffer instanceof ArrayBuffer) && buffer.byteLength === wanted,
    ) ?? new SharedArrayBuffer(wanted)
  );
}

/** An array whose every element is then written, in memory that can be handed over: spare memory of its size, else new. */
export function arrayToSend(dtype: DType, length: number): TypedArray<ArrayBuffer> {
  const bytes = length * bytesOf(dtype);
  const buffer = takeSpare(
    (given): given is ArrayBuffer => given instanceof ArrayBuffer && given.byteLength === bytes,
  );
  return buffer === null ? hostArray(dtype, length) : viewOf(buffer, dtype, length);
}

/** An array whose every element is then written: in spare memory, else in new. */
export function arrayToFill(dtype: DType, length: number): TypedArray {
  const bytes = length * bytesOf(dtype);
  if (!areShared || bytes < least) return arrayToSend(dtype, length);
  return viewOf(sharedMemory(bytes), dtype, length);
}

const bytesOf = (dtype: DType): number => (dtype === 'float64' ? 8 : dtype === 'uint8' ? 1 : 4);

function viewOf<B extends ArrayBufferLike>(buffer: B, dtype: DType, length: number): TypedArray<B> {
  if (dtype === 'float64') return new Float64Array(buffer, 0, length);
  if (dtype === 'int32') return new Int32Array(buffer, 0, length);
  return dtype === 'uint8'
    ? new Uint8Array(buffer, 0, length)
    : new Float32Array(buffer, 0, length);
}
