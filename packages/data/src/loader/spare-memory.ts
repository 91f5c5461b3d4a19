import { hostArray, type DType, type TypedArray } from '@convnet/tensor-core';

/** Blocks that are kept at most: a batch has an array or two that are large, and a few batches are under way. */
const most = 8;

/** Bytes below which memory costs less than keeping it. */
const least = 65_536;

/** Memory of batches that have been copied to a device, oldest first. */
const spare: ArrayBuffer[] = [];

/** Keeps memory for arrays of the same size: new memory of megabytes costs more than what is written into it. */
export function keepSpare(buffers: readonly ArrayBuffer[]): void {
  for (const buffer of buffers) {
    if (buffer.byteLength < least) continue;
    if (spare.length === most) spare.shift();
    spare.push(buffer);
  }
}

/** An array whose every element is then written: in spare memory of its size, else new. */
export function arrayToFill(dtype: DType, length: number): TypedArray<ArrayBuffer> {
  const bytes = length * (dtype === 'float64' ? 8 : dtype === 'uint8' ? 1 : 4);
  const place = spare.findIndex(({ byteLength }) => byteLength === bytes);
  if (place < 0) return hostArray(dtype, length);
  const [buffer] = spare.splice(place, 1) as [ArrayBuffer];
  if (dtype === 'float64') return new Float64Array(buffer);
  if (dtype === 'int32') return new Int32Array(buffer);
  return dtype === 'uint8' ? new Uint8Array(buffer) : new Float32Array(buffer);
}
