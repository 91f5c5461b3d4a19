import { assign, ones, scope, zeros, type Device, type Tensor } from '@convnet/tensor-core';

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

  loadStateDict(
    state: ReadonlyMap<string, Tensor>,
    options: { readonly assign?: boolean } = {},
  ): Promise<void> {
    scope(() => {
      for (const [name, values] of state) {
        const own = this.state.get(name)!;
        if (options.assign === true) own.replaceWith(values.detach());
        else assign(own, values);
      }
    });
    return Promise.resolve();
  }

  /** What has no values yet gets ones. */
  to(device: Device): Promise<void> {
    for (const own of this.state.values()) {
      if (own.device.isMeta) own.replaceWith(ones(own.shape, { device, dtype: own.dtype }));
    }
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
