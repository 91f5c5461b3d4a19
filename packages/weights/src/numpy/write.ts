import { ArgumentError, type Tensor } from '@convnet/tensor-core';

import { concatenate } from '../bytes/concatenate.ts';
import {
  hostTensors,
  type HostTensor,
  type TensorsToWrite,
  type WritableTensor,
} from '../host-tensor.ts';
import { zipChunks } from '../zip/write.ts';
import { magic, typesByCode } from './format.ts';

const codes = new Map(Array.from(typesByCode, ([code, type]) => [type, code] as const));

/** NumPy leaves room for an extent that grows to so many digits. */
const mostDigits = 21;
const alignment = 64;
/** Magic, version and length in front of the header. */
const beforeHeader = 10;

/**
 * A `.npy` file, equal byte for byte to what NumPy 2 writes for the same array.
 * @throws ArgumentError for types that NumPy does not have.
 */
export async function encodeNpy(tensor: Tensor | HostTensor): Promise<Uint8Array<ArrayBuffer>> {
  const [entry] = await hostTensors('encodeNpy', [['tensor', tensor]]);
  return concatenate(npyChunks('encodeNpy', entry!));
}

/**
 * A `.npz` file, as `numpy.savez` writes it, in pieces to be written one behind the other. Tensors are read from their
 * device at the time of the call.
 * @throws ArgumentError for types that NumPy does not have.
 */
export async function npzChunks(tensors: TensorsToWrite): Promise<readonly Uint8Array[]> {
  const list = await hostTensors('npzChunks', tensors);
  return zipChunks(
    list.map((entry) => ({
      name: `${entry[0]}.npy`,
      bytes: concatenate(npyChunks('npzChunks', entry)),
    })),
  );
}

/** Such a file in memory; see `npzChunks`. */
export async function encodeNpz(tensors: TensorsToWrite): Promise<Uint8Array<ArrayBuffer>> {
  return concatenate(await npzChunks(tensors));
}

function npyChunks(
  op: string,
  [name, { dtype, shape, bytes }]: readonly [string, WritableTensor],
): Uint8Array[] {
  const code = codes.get(dtype);
  if (code === undefined) {
    throw new ArgumentError(`${op}: NumPy has no ${dtype}, the type of ${name}`);
  }
  // A single byte has no order.
  const mark = code.endsWith('1') ? '|' : '<';
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const growth = shape.length === 0 ? 0 : mostDigits - String(shape[0]).length;
  const text =
    `{'descr': '${mark}${code}', 'fortran_order': False, 'shape': (${extents}), }` +
    ' '.repeat(growth);
  const length = beforeHeader + text.length + 1;
  const padding = (alignment - (length % alignment)) % alignment;
  const header = new TextEncoder().encode(`${text}${' '.repeat(padding)}\n`);
  const start = new Uint8Array(beforeHeader);
  start.set([...magic, 1, 0]);
  new DataView(start.buffer).setUint16(8, header.length, true);
  return [start, header, bytes];
}
