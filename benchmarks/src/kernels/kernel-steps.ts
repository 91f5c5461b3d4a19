import { openScope, tensor, type Device, type Scope, type Tensor } from '@convnet/tensor-core';

import type { Stepper } from '../training/alternate.ts';
import { costOf, type KernelCost } from './cost.ts';
import { prepareKernel, type PreparedKernel } from './prepare.ts';
import type { KernelSpec } from './spec.ts';

/** Calls of a kernel, each timed until the device has done it. */
export class KernelSteps implements Stepper {
  readonly cost: KernelCost;
  readonly #held: Scope;
  readonly #prepared: PreparedKernel;
  readonly #marker: Tensor;

  constructor(spec: KernelSpec, device: Device) {
    this.#held = openScope();
    this.#prepared = prepareKernel(spec, device);
    this.#marker = tensor([0], { device });
    this.cost = costOf(this.#prepared);
  }

  /** Calls it once and gives the milliseconds. */
  async once(): Promise<number> {
    using _ = openScope();
    const { forward, backward } = this.#prepared;
    let start = performance.now();
    const y = forward();
    if (backward) {
      await this.#finished();
      const gradient = y.detach();
      start = performance.now();
      y.backward(gradient);
    }
    await this.#finished();
    return performance.now() - start;
  }

  async steps(count: number): Promise<readonly number[]> {
    const times: number[] = [];
    for (let i = 0; i < count; i++) times.push(await this.once());
    return times;
  }

  /** A read waits for all that was asked of the device before. */
  #finished(): Promise<number> {
    return this.#marker.item();
  }

  [Symbol.dispose](): void {
    this.#held.close();
  }
}
