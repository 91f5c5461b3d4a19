import { backward, requireGradientOf } from './autograd.ts';
import type { TensorSpec } from './backend.ts';
import { context } from './context.ts';
import type { Device } from './device.ts';
import type { TypedArray } from './dtype.ts';
import { commonDevice } from './execute.ts';
import { forInference, requireTraining } from './inference.ts';
import type { Storage } from './storage.ts';
import { Tensor as AbstractTensor } from './tensor.ts';

/** What every tensor is: it goes backward, and tells whoever records a step what is done to it. */
class Tensor extends AbstractTensor {
  override make(
    device: Device,
    { shape, dtype }: TensorSpec,
    storage: Storage | null,
    base: AbstractTensor | null = null,
  ): AbstractTensor {
    return new Tensor(device, shape, dtype, storage, base);
  }

  override get grad(): AbstractTensor | null {
    context().recorder?.gradientRead(this);
    return super.grad;
  }

  override set grad(gradient: AbstractTensor | null) {
    context().recorder?.gradientRead(this);
    if (gradient !== null) {
      requireTraining('grad');
      if (!forInference) requireGradientOf('grad', this, gradient);
    }
    super.grad = gradient;
  }

  override takeGrad(gradient: AbstractTensor): void {
    context().recorder?.gradientRead(this);
    super.takeGrad(gradient);
  }

  override clearGrad(): void {
    context().recorder?.gradientCleared(this);
    super.clearGrad();
  }

  override async data(): Promise<TypedArray<ArrayBuffer>> {
    this.requireLive('data');
    context().recorder?.refuse(`the values of a tensor ${this.describe()} were read`);
    return super.data();
  }

  override backward(gradient?: AbstractTensor): void {
    requireTraining('backward');
    if (!forInference) backward(this, gradient);
  }

  override exchangeWith(other: AbstractTensor): void {
    if (commonDevice('exchangeWith', [this, other]).isMeta) return;
    const values = this.alias();
    values.moveTo(null);
    this.replaceWith(other.alias());
    other.replaceWith(values);
  }
}

/** @internal Its own name is what errors and consoles show. */
export { Tensor as EagerTensor };
