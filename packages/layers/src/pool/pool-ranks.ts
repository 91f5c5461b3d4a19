import type {
  AvgPoolOptions,
  MaxPoolOptions,
  MaxUnpoolOptions,
  PerAxis,
  PoolOptions,
} from '@convnet/tensor-core';

import { LPPool } from './lp-pool.ts';
import { MaxUnpool } from './max-unpool.ts';
import { AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, MaxPool } from './pool.ts';

/** Pooling under the names that fix its rank. */

/** Means over `outputSize` windows, for signals. */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  constructor(outputSize: PerAxis) {
    super(1, outputSize);
  }
}

/** Means over `outputSize` windows, for images. */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  constructor(outputSize: PerAxis) {
    super(2, outputSize);
  }
}

/** Means over `outputSize` windows, for volumes. */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  constructor(outputSize: PerAxis) {
    super(3, outputSize);
  }
}

/** Maxima over `outputSize` windows, for signals. */
export class AdaptiveMaxPool1d extends AdaptiveMaxPool {
  constructor(outputSize: PerAxis) {
    super(1, outputSize);
  }
}

/** Maxima over `outputSize` windows, for images. */
export class AdaptiveMaxPool2d extends AdaptiveMaxPool {
  constructor(outputSize: PerAxis) {
    super(2, outputSize);
  }
}

/** Maxima over `outputSize` windows, for volumes. */
export class AdaptiveMaxPool3d extends AdaptiveMaxPool {
  constructor(outputSize: PerAxis) {
    super(3, outputSize);
  }
}

/** Mean of each window, for signals. */
export class AvgPool1d extends AvgPool {
  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super(1, kernelSize, options);
  }
}

/** Mean of each window, for images. */
export class AvgPool2d extends AvgPool {
  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super(2, kernelSize, options);
  }
}

/** Mean of each window, for volumes. */
export class AvgPool3d extends AvgPool {
  constructor(kernelSize: PerAxis, options: AvgPoolOptions = {}) {
    super(3, kernelSize, options);
  }
}

/** p-norm of each window, for signals. */
export class LPPool1d extends LPPool {
  constructor(normType: number, kernelSize: PerAxis, options: Omit<PoolOptions, 'padding'> = {}) {
    super(1, normType, kernelSize, options);
  }
}

/** p-norm of each window, for images. */
export class LPPool2d extends LPPool {
  constructor(normType: number, kernelSize: PerAxis, options: Omit<PoolOptions, 'padding'> = {}) {
    super(2, normType, kernelSize, options);
  }
}

/** p-norm of each window, for volumes. */
export class LPPool3d extends LPPool {
  constructor(normType: number, kernelSize: PerAxis, options: Omit<PoolOptions, 'padding'> = {}) {
    super(3, normType, kernelSize, options);
  }
}

/** Maximum of each window, for signals. */
export class MaxPool1d extends MaxPool {
  constructor(kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super(1, kernelSize, options);
  }
}

/** Maximum of each window, for images. */
export class MaxPool2d extends MaxPool {
  constructor(kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super(2, kernelSize, options);
  }
}

/** Maximum of each window, for volumes. */
export class MaxPool3d extends MaxPool {
  constructor(kernelSize: PerAxis, options: MaxPoolOptions = {}) {
    super(3, kernelSize, options);
  }
}

/** Maxima put back, for signals. */
export class MaxUnpool1d extends MaxUnpool {
  constructor(kernelSize: PerAxis, options: Omit<MaxUnpoolOptions, 'outputSize'> = {}) {
    super(1, kernelSize, options);
  }
}

/** Maxima put back, for images. */
export class MaxUnpool2d extends MaxUnpool {
  constructor(kernelSize: PerAxis, options: Omit<MaxUnpoolOptions, 'outputSize'> = {}) {
    super(2, kernelSize, options);
  }
}

/** Maxima put back, for volumes. */
export class MaxUnpool3d extends MaxUnpool {
  constructor(kernelSize: PerAxis, options: Omit<MaxUnpoolOptions, 'outputSize'> = {}) {
    super(3, kernelSize, options);
  }
}
