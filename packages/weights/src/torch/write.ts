import {
  ArgumentError,
  contiguousStrides,
  elementCount,
  formatShape,
  Tensor,
} from '@convnet/tensor-core';

import { concatenate } from '../bytes/concatenate.ts';
import { bitsOf } from '../elements/element-type.ts';
import { hostTensors, isHostTensor, type HostTensor, type WritableTensor } from '../host-tensor.ts';
import { zipChunks } from '../zip/write.ts';
import { PickleWriter, type PickledTensor } from './pickle/write.ts';
import { storageTypes } from './storage.ts';

/**
 * What a file of PyTorch can be written of: a state dict, or a checkpoint with one in it. Maps and plain objects become
 * dictionaries, arrays lists, numbers that are integers ints.
 */
export type TorchContent =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | HostTensor
  | readonly TorchContent[]
  | ReadonlyMap<string | number, TorchContent>
  | { readonly [name: string]: TorchContent };

/** PyTorch places storages at multiples of this, since 2.0. */
const alignment = 64;

const storageNames = new Map(Array.from(storageTypes, ([name, type]) => [type, name] as const));

/**
 * A file that `torch.load(path, weights_only=True)` of every PyTorch since 1.6 reads, in pieces to be written one behind
 * the other. Tensors are read from their device at the time of the call; one that stands twice is written once.
 * @throws ArgumentError for what such a file does not hold.
 */
export async function torchChunks(content: TorchContent): Promise<readonly Uint8Array[]> {
  const found = new Set<Tensor | HostTensor>();
  collect(content, found, 0);
  const objects = [...found];
  const list = await hostTensors(
    'torchChunks',
    objects.map((tensor, i) => [String(i), tensor] as const),
  );
  const pickled = new Map<object, PickledTensor>(
    objects.map((object, i) => [object, described(String(i), list[i]![1])]),
  );
  const pickle = new PickleWriter((value) => pickled.get(value)).write(content);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const entries = [
    { name: 'archive/data.pkl', bytes: pickle },
    { name: 'archive/byteorder', bytes: text('little') },
    ...list.map(([key, { bytes }]) => ({ name: `archive/data/${key}`, bytes })),
    { name: 'archive/version', bytes: text('3\n') },
  ];
  return zipChunks(entries, alignment);
}

/** Such a file in memory; see `torchChunks`. */
export async function encodeTorch(content: TorchContent): Promise<Uint8Array<ArrayBuffer>> {
  return concatenate(await torchChunks(content));
}

function described(key: string, { dtype, shape }: WritableTensor): PickledTensor {
  const storageType = storageNames.get(dtype);
  if (storageType === undefined) {
    throw new ArgumentError(
      `torchChunks: PyTorch has no storages of ${dtype}, the type of a tensor ${formatShape(shape)}`,
    );
  }
  if (bitsOf[dtype] % 8 !== 0) throw new ArgumentError(`torchChunks: ${dtype} are packed`);
  return { key, storageType, shape, stride: contiguousStrides(shape), length: elementCount(shape) };
}

function collect(value: unknown, found: Set<Tensor | HostTensor>, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (value instanceof Tensor || isHostTensor(value)) {
    found.add(value);
    return;
  }
  // The writer says that it is too deep.
  if (depth > 64) return;
  const items: Iterable<unknown> =
    value instanceof Map || Array.isArray(value) ? value.values() : Object.values(value);
  for (const item of items) collect(item, found, depth + 1);
}
