import { hashedValues, useHashedWeights } from '@convnet/model-testing';
import {
  BatchNorm1d,
  Conv1d,
  Flatten,
  Linear,
  ReLU,
  Sequential,
  type Layer,
} from '@convnet/layers';
import { tensor, type Device, type Tensor } from '@convnet/tensor-core';

/** What a job says of what it found. */
export interface Verdicts {
  /** Numbers that must be equal up to rounding. */
  same(
    what: string,
    actual: Tensor | readonly number[] | number,
    expected: Tensor | readonly number[] | number,
  ): Promise<void>;
  /** A body that must throw an error of the library, with this in it. */
  refuses(what: string, body: () => unknown, text: string): Promise<void>;
}

/** Something unusual that a program does, and what it must give. */
export type Job = (
  device: Device,
  verdicts: Verdicts,
  other: () => Promise<Device>,
) => Promise<void>;

/** Numbers from -1 to 1, the same on every device. */
export const values = (shape: readonly number[], device: Device, name = 'x'): Tensor =>
  tensor(
    hashedValues(
      name,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
    { device },
  );
export const labels = (count: number, classes: number, device: Device): Tensor =>
  tensor(
    Array.from({ length: count }, (_, i) => i % classes),
    [count],
    { device, dtype: 'int32' },
  );

export async function network(device: Device): Promise<Sequential> {
  const made = new Sequential([
    new Conv1d(2, 6, 3, { padding: 1 }),
    new BatchNorm1d(6),
    new ReLU(),
    new Flatten(),
    new Linear(6 * 8, 3),
  ]);
  useHashedWeights(made);
  return made.to(device);
}

export async function weightsOf(model: Layer): Promise<number[]> {
  const all: number[] = [];
  for (const t of model.stateDict().values()) all.push(...(await t.data()));
  return all;
}

/** The same values as a leaf that learns. */
export function leaf(x: Tensor): Tensor {
  const own = x.detach();
  own.requiresGrad = true;
  return own;
}
