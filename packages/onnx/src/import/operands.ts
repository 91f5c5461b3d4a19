import { ArgumentError, cast, full, Tensor, type Device, type DType } from '@convnet/tensor-core';

import { HostTensor, hostTypes } from '../host/host-tensor.ts';

/** What flows along an edge of a graph: a tensor of a device, or numbers that the host knows. */
export type Value = Tensor | HostTensor;

/** What nodes of a network share. */
export interface Surroundings {
  /** Where tensors are made that no tensor tells it. */
  readonly device: Device;
  /** Whether the network is being trained. */
  readonly training: boolean;
  /** A tensor that is made once and kept. @param key says what it holds */
  fixed(key: string, make: () => HostTensor): Tensor;
}

/** What a node reads, in one run of it. */
export class Operands {
  readonly #values: readonly (Value | null)[];
  readonly #surroundings: Surroundings;

  constructor(values: readonly (Value | null)[], surroundings: Surroundings) {
    this.#values = values;
    this.#surroundings = surroundings;
  }

  /** Where tensors are made. */
  get device(): Device {
    return deviceOf(this.#values) ?? this.#surroundings.device;
  }

  get training(): boolean {
    return this.#surroundings.training;
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
    return asTensor(this.value(i), this.#surroundings, this.device);
  }

  /** A tensor of numbers of the host. */
  made(value: HostTensor): Tensor {
    return asTensor(value, this.#surroundings, this.device);
  }

  /** A tensor that is made once and kept. @param key says what it holds */
  fixed(key: string, make: () => HostTensor): Tensor {
    return this.#surroundings.fixed(key, make);
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

/** A value as a tensor; one number as a filled one, which is a step of a captured graph. */
export function asTensor(value: Value, surroundings: Surroundings, device: Device): Tensor {
  if (value instanceof Tensor) return value;
  const { shape, data, type, size } = value;
  if (size === 1) return full(shape, data[0]!, { device, dtype: dtypeOn(device, type) });
  return surroundings.fixed(`${type} [${shape.join()}] ${value.list().join()}`, () => value);
}

/** `x` as a type that arithmetic is defined for. */
export function asNumbers(x: Tensor): Tensor {
  return x.dtype === 'bool' ? cast(x, 'int32') : x;
}
