import {
  aBoolean,
  anInterpolation,
  ArgumentError,
  checkOptions,
  interpolate,
  optionKinds,
  integersFrom,
  perAxisNumbers,
  type InterpolateOptions,
  type Tensor,
} from '@convnet/tensor-core';

import { asGiven, pythonFloat } from '../layer-support.ts';
import { Module } from '../module/module.ts';

const upsampleOptions = optionKinds<InterpolateOptions>({
  size: integersFrom(1),
  scaleFactor: perAxisNumbers,
  mode: anInterpolation,
  alignCorners: aBoolean,
  recomputeScaleFactor: aBoolean,
});

/** [N, C, …] at other spatial extents, given as `size` or `scaleFactor`. torch.nn.Upsample. */
export class Upsample extends Module {
  readonly options: InterpolateOptions;

  /** @throws ArgumentError unless just one of `size` and `scaleFactor` is given. */
  constructor(options: InterpolateOptions) {
    super();
    checkOptions('Upsample', options, upsampleOptions);
    if (
      options === undefined ||
      (options.size === undefined) === (options.scaleFactor === undefined)
    ) {
      throw new ArgumentError('Upsample: expected either size or scaleFactor');
    }
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return interpolate(x, this.options);
  }

  override extraRepr(): string {
    const { size, scaleFactor = 1, mode = 'nearest' } = this.options;
    const factors =
      typeof scaleFactor === 'number'
        ? pythonFloat(scaleFactor)
        : `(${scaleFactor.map(pythonFloat).join(', ')})`;
    const extent = size === undefined ? `scale_factor=${factors}` : `size=${asGiven(size)}`;
    return `${extent}, mode=${mode}`;
  }
}
