import { BatchNorm, Conv, Module } from '@convnet/layers';
import { relu, type PerAxis, type Tensor } from '@convnet/tensor-core';

/** Extent of a square kernel, or height and width. */
export type Kernel = number | readonly [height: number, width: number];

/** A signal has no height and width: a 1x7 and a 7x1 kernel both become one of 7 taps. */
function kernelOf(dims: number, kernel: Kernel): PerAxis {
  return dims === 1 && typeof kernel !== 'number' ? Math.max(...kernel) : kernel;
}

export interface BasicConvOptions {
  /** Default 1. */
  readonly stride?: number;
  /** 'same': padded by half the kernel. 'valid', in the papers' figures V: not padded. Default 'same'. */
  readonly padding?: 'same' | 'valid';
  /** Default true; otherwise the convolution has a bias. */
  readonly batchNorm?: boolean;
}

/** Convolution, batch norm with epsilon 0.001, ReLU: the convolution of every Inception network. */
export class BasicConv extends Module {
  conv: Conv;
  bn: BatchNorm | null;

  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernel: Kernel,
    options: BasicConvOptions = {},
  ) {
    super();
    const { stride = 1, padding = 'same', batchNorm = true } = options;
    const kernelSize = kernelOf(dims, kernel);
    const half = (extent: number): number => (extent - 1) / 2;
    const same = typeof kernelSize === 'number' ? half(kernelSize) : kernelSize.map(half);
    this.conv = new Conv(dims, inChannels, outChannels, kernelSize, {
      stride,
      padding: padding === 'same' ? same : 0,
      bias: !batchNorm,
    });
    this.bn = batchNorm ? new BatchNorm(dims, outChannels, { epsilon: 1e-3 }) : null;
  }

  override forward(x: Tensor): Tensor {
    const y = this.conv.forward(x);
    return relu(this.bn?.forward(y) ?? y);
  }
}

/** Makes convolutions of one rank. */
export type MakeConv = (
  inChannels: number,
  outChannels: number,
  kernel: Kernel,
  options?: Omit<BasicConvOptions, 'batchNorm'>,
) => BasicConv;
