import {
  ArgumentError,
  formatShape,
  formatValue,
  Tensor,
  toStored,
  refuseOtherCopy,
  type DType,
} from '@convnet/tensor-core';

import { bytesFor, bitsOf, type ElementType } from './elements/element-type.ts';

/** A tensor whose elements are at hand: row-major, as the bits that a file is to have. */
export interface HostTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** A typed array whose memory is the elements: Float32Array for float32, Uint16Array for half and bfloat16, … */
  readonly data: ArrayBufferView;
}

/** Tensors by name: a Map such as a state dict, an object, or pairs. */
export type TensorsToWrite =
  | Iterable<readonly [string, Tensor | HostTensor]>
  | Readonly<Record<string, Tensor | HostTensor>>;

/** A tensor as a writer takes it. */
export interface WritableTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Row-major, little-endian. */
  readonly bytes: Uint8Array;
}

/**
 * The elements of tensors, as they are now: all reads begin before this returns.
 * @throws ArgumentError for what is no tensor, a name that stands twice, and elements that do not fit the shape;
 * DeviceError for tensors on the meta device.
 */
export function hostTensors(
  op: string,
  tensors: TensorsToWrite,
): Promise<readonly (readonly [string, WritableTensor])[]> {
  const list = Array.from(entriesOf(op, tensors));
  const names = new Set<string>();
  for (const entry of list as readonly unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw new ArgumentError(
        `${op}: expected tensors as pairs of a name and a tensor, got ${formatValue(entry)}`,
      );
    }
    const name: unknown = entry[0];
    if (typeof name !== 'string' || names.has(name)) {
      throw new ArgumentError(
        `${op}: expected names of tensors, each once, got ${formatValue(name)}`,
      );
    }
    names.add(name);
  }
  return Promise.all(list.map(async ([name, tensor]) => [name, await read(op, name, tensor)]));
}

function entriesOf(
  op: string,
  tensors: TensorsToWrite,
): Iterable<readonly [string, Tensor | HostTensor]> {
  if (typeof tensors === 'object' && tensors !== null && !(tensors instanceof Tensor)) {
    return Symbol.iterator in tensors ? tensors : Object.entries(tensors);
  }
  throw new ArgumentError(
    `${op}: expected tensors by name, such as stateDict() gives, got ${formatValue(tensors)}`,
  );
}

async function read(
  op: string,
  name: string,
  tensor: Tensor | HostTensor,
): Promise<WritableTensor> {
  if (tensor instanceof Tensor) {
    const { dtype, shape } = tensor;
    return { dtype, shape, bytes: bytesOfView(await stored(tensor, dtype)) };
  }
  refuseOtherCopy(op, tensor);
  if (!isHostTensor(tensor)) {
    throw new ArgumentError(
      `${op}: expected ${name} as a Tensor, or as its dtype, shape and data, got ${formatValue(tensor)}`,
    );
  }
  const { dtype, shape, data } = tensor;
  const expected = bytesFor(dtype, shape);
  if (expected !== data.byteLength) {
    throw new ArgumentError(
      `${op}: ${name}, ${dtype} ${formatShape(shape)}, takes ${expected} bytes, its data have ${data.byteLength}`,
    );
  }
  return { dtype, shape, bytes: bytesOfView(data) };
}

/** Whether something is a tensor at hand. */
export function isHostTensor(value: unknown): value is HostTensor {
  const { dtype, shape, data } = (value ?? {}) as Partial<HostTensor>;
  return (
    typeof dtype === 'string' &&
    Object.prototype.hasOwnProperty.call(bitsOf, dtype) &&
    Array.isArray(shape) &&
    ArrayBuffer.isView(data)
  );
}

async function stored(tensor: Tensor, dtype: DType): Promise<ArrayBufferView> {
  return toStored(await tensor.data(), dtype);
}

function bytesOfView({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
