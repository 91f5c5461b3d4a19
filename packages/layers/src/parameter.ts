import { meta, noGrad, scope, Tensor, type Device, type DType } from '@convnet/tensor-core';

import type { Initializer } from './init.ts';

/** A tensor of a module's state: it has a rule for its first values and outlives every scope. */
export class StateTensor extends Tensor {
  /** The rule for its first values. A new one counts from the next `initialize` on. */
  initializer: Initializer;

  constructor(shape: readonly number[], dtype: DType, initialize: Initializer, device: Device) {
    super(device, shape, dtype, null);
    this.initializer = initialize;
    if (!device.isMeta) this.initialize(device);
    this.moveTo(null);
  }

  /** Sets the first values anew, on `device`. */
  initialize(device: Device = this.device): void {
    this.replaceWith(scope(() => noGrad(() => this.initializer(this.shape, device))));
  }
}

/** A float32 tensor that is learned. */
export class Parameter extends StateTensor {
  /** On the meta device (the default) it has only a shape. */
  constructor(shape: readonly number[], initialize: Initializer, device: Device = meta) {
    super(shape, 'float32', initialize, device);
    this.requiresGrad = true;
  }

  /** Forgets the gradient. */
  zeroGrad(): void {
    this.clearGrad();
  }
}

/** A tensor that is kept and saved but not learned, such as running statistics. */
export class Buffer extends StateTensor {
  constructor(
    shape: readonly number[],
    initialize: Initializer,
    options: { readonly device?: Device; readonly dtype?: DType } = {},
  ) {
    super(shape, options.dtype ?? 'float32', initialize, options.device ?? meta);
  }
}
