import {
  ArgumentError,
  cast,
  full,
  literal,
  Tensor,
  type Device,
  type DType,
} from '@convnet/tensor-core';

import { HostTensor, hostTypes, isFloatingType } from '../host/host-tensor.ts';

/** What flows along an edge of a graph: a tensor of a device, or numbers that the host knows. */
export type Value = Tensor | HostTensor;

/** What a node reads, in one run of it. */
export class Operands {
  readonly #values: readonly (Value | null)[];
  /** Where tensors are made. */
  readonly device: Device;
  /** Whether the network is being trained. */
  readonly training: boolean;

  /** @param device of a node that no tensor flows into */
  constructor(values: readonly (Value | null)[], device: Device, training: boolean) {
    this.#values = values;
    this.device = deviceOf(values) ?? device;
    this.training = training;
  }

  get count(): number {
    return this.#values.length;
  }

  has(i: number): boolean {
    return (this.#values[i] ?? null) !== null;
  }

  /** As it came. @throws ArgumentError where there is none. */
  value(i: number): Value {
    const value = this.#values[i] ?? null;
    if (value === null) throw new ArgumentError(`expected an input ${i}, got none`);
    return value;
  }

  /** As a tensor, made of what the host knows where need be. */
  tensor(i: number): Tensor {
    return asTensor(this.value(i), this.device);
  }

  /** A tensor of numbers of the host. */
  made(value: HostTensor): Tensor {
    return asTensor(value, this.device);
  }

  /** The tensor, or null where there is none. */
  optional(i: number): Tensor | null {
    return this.has(i) ? this.tensor(i) : null;
  }

  /** All from `first` on as tensors. */
  tensors(first = 0): Tensor[] {
    return this.#values.slice(first).map((_, i) => this.tensor(first + i));
  }

  /** What the host knows. @throws ArgumentError for a tensor of the device. */
  host(i: number): HostTensor {
    const value = this.value(i);
    if (value instanceof HostTensor) return value;
    throw new ArgumentError(
      `input ${i} is computed on the device, ${value.describe()}: its numbers must be known before`,
    );
  }

  /** The numbers of an input that the host knows, or null where there is none. */
  numbers(i: number): number[] | null {
    return this.has(i) ? this.host(i).list() : null;
  }

  /** The one number of an input that the host knows, or null where there is none. */
  number(i: number): number | null {
    const numbers = this.numbers(i);
    if (numbers === null) return null;
    if (numbers.length === 1) return numbers[0]!;
    throw new ArgumentError(`expected one number as input ${i}, got ${numbers.length}`);
  }

  /** A number where the host knows it and it has no more axes than `beside`, else a tensor. */
  scalarOrTensor(i: number, beside: Tensor): number | Tensor {
    const value = this.value(i);
    const isScalar =
      value instanceof HostTensor && value.size === 1 && value.shape.length <= beside.rank;
    return isScalar ? (value.data[0] as number) : this.tensor(i);
  }
}

function deviceOf(values: readonly (Value | null)[]): Device | null {
  for (const value of values) if (value instanceof Tensor) return value.device;
  return null;
}

/** The type of tensors on a device for numbers of a type. */
export function dtypeOn(device: Device, type: HostTensor['type']): DType {
  const dtype = hostTypes[type];
  const holds = device.isMeta || device.backend.dtypes.includes(dtype);
  return dtype === 'float64' && !holds ? 'float32' : dtype;
}

export function asTensor(value: Value, device: Device): Tensor {
  if (value instanceof Tensor) return value;
  const { shape, data, type, size } = value;
  const dtype = dtypeOn(device, type);
  if (size === 1) return full(shape, data[0]!, { device, dtype });
  return literal(Array.from(data), shape, { device, dtype });
}

/** Whether its elements can be fractions. */
export function isFloatingValue(value: Value): boolean {
  return value instanceof HostTensor ? isFloatingType(value.type) : value.dtype.startsWith('float');
}

/** `x` as a type that arithmetic is defined for. */
export function asNumbers(x: Tensor): Tensor {
  return x.dtype === 'bool' ? cast(x, 'int32') : x;
}
