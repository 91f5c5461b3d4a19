import { assign, scope, zeros, type Device, type Tensor } from '@convnet/tensor-core';

import type { LoadableModel } from '../load/model.ts';

/** A model that is no more than its tensors, all zeros at first. */
export class PlainModel implements LoadableModel {
  readonly architecture = 'plain';
  readonly state: Map<string, Tensor>;

  constructor(shapes: Readonly<Record<string, readonly number[]>>, device: Device) {
    this.state = new Map(
      Object.entries(shapes).map(([name, shape]) => {
        const dtype = name.endsWith('num_batches_tracked') ? 'int32' : 'float32';
        const made = zeros(shape, { device, dtype });
        const isOptional = dtype === 'int32';
        return [name, Object.defineProperty(made, 'isOptional', { value: isOptional })];
      }),
    );
  }

  stateDict(): ReadonlyMap<string, Tensor> {
    return this.state;
  }

  loadStateDict(state: ReadonlyMap<string, Tensor>): Promise<void> {
    scope(() => {
      for (const [name, values] of state) assign(this.state.get(name)!, values);
    });
    return Promise.resolve();
  }

  /** The elements of every tensor. */
  async values(): Promise<Record<string, number[]>> {
    const entries = Array.from(this.state, async ([name, tensor]): Promise<[string, number[]]> => [
      name,
      [...(await tensor.data())],
    ]);
    return Object.fromEntries(await Promise.all(entries));
  }
}
