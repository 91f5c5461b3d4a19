import { conv, pad, type PerAxis, type Tensor } from '@convnet/tensor-core';

import { requireRank, tuple } from '../layer-support.ts';
import { Conv, type ConvLayerOptions } from './conv.ts';

/**
 * A convolution that pads as TensorFlow's `SAME` does: the extent is divided by the stride and rounded up, whatever it is.
 * The padding follows from the extent, and where it is odd, one more position is added at the end; PyTorch adds as many at
 * both sides. State-dict keys are those of `Conv`. timm calls it Conv2dSame.
 */
export class SameConv extends Conv {
  /** `options`: those of `Conv` without the padding, which follows from the input. @throws ArgumentError as `Conv`. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: Omit<ConvLayerOptions, 'padding'> = {},
  ) {
    super(dims, inChannels, outChannels, kernelSize, options);
  }

  override get typeName(): string {
    return `Conv${this.dims}dSame`;
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims, this.inChannels);
    const { stride = 1, dilation = 1 } = this.options;
    const strides = tuple(this.typeName, 'stride', stride, this.dims);
    const spread = tuple(this.typeName, 'dilation', dilation, this.dims);
    const amounts = this.kernelSize.map((kernel, axis) => {
      const extent = x.shape[2 + axis]!;
      const reach = (kernel - 1) * spread[axis]! + 1;
      const steps = Math.ceil(extent / strides[axis]!);
      const total = Math.max((steps - 1) * strides[axis]! + reach - extent, 0);
      const before = Math.floor(total / 2);
      return [before, total - before] as const;
    });
    if (amounts.every(([before, after]) => before === after)) {
      return conv(x, this.weight, this.bias, {
        ...this.options,
        padding: amounts.map(([before]) => before),
      });
    }
    return super.forward(pad(x, [[0, 0], [0, 0], ...amounts]));
  }
}
