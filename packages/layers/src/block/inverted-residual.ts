import {
  aBoolean,
  aCount,
  add,
  aDevice,
  aFiniteNumber,
  aFunction,
  ArgumentError,
  checkOptions,
  oneOf,
  optionKinds,
  orNull,
  type Tensor,
} from '@convnet/tensor-core';

import {
  ConvNormActivation,
  type ActivationLayer,
  type ConvNormActivationOptions,
  type NormLayer,
} from './conv-norm-activation.ts';
import { requireDims } from '../layer-support.ts';
import { Module, type Layer, type LayerOptions } from '../module/module.ts';
import { Sequential } from '../container/sequential.ts';
import { StochasticDepth } from '../dropout/stochastic-depth.ts';

export interface InvertedResidualOptions extends LayerOptions {
  /** Channels between the two pointwise convolutions. Equal to the input's: the first is left out. */
  readonly expandedChannels: number;
  /** Of the depthwise convolution. Default 3. */
  readonly kernelSize?: number;
  /** Of the depthwise convolution: 1 or 2. Default 1. */
  readonly stride?: number;
  /** Of the depthwise convolution. Default 1. */
  readonly dilation?: number;
  /** Makes what stands between the depthwise and the last convolution, such as squeeze-excitation. */
  readonly attention?: ((expandedChannels: number) => Layer) | null;
  readonly activation: ActivationLayer;
  readonly norm: NormLayer;
  /** Probability that training leaves the block out. Default: that is no option of this block. */
  readonly stochasticDepth?: number;
  /** Of the depthwise convolution: pads as TensorFlow's `SAME` does, see `ConvNormActivation`. Default false. */
  readonly samePadding?: boolean;
}

const invertedResidualOptions = optionKinds<InvertedResidualOptions>({
  expandedChannels: aCount,
  kernelSize: aCount,
  stride: oneOf(1, 2),
  dilation: aCount,
  attention: orNull(aFunction),
  activation: aFunction,
  norm: aFunction,
  stochasticDepth: aFiniteNumber,
  samePadding: aBoolean,
  device: aDevice,
});

/**
 * Expand by a pointwise convolution, filter each channel, project by a pointwise convolution without
 * activation; the input is added where shapes agree. The block of MobileNetV3 (section 5 of Howard et al.,
 * "Searching for MobileNetV3", ICCV 2019) and, as MBConv, of EfficientNet.
 */
export class InvertedResidual extends Module {
  block: Sequential;
  stochastic_depth: StochasticDepth | null;
  readonly #addsInput: boolean;

  /** @throws ArgumentError for a stride other than 1 and 2, and for what the layers inside do not take. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    options: InvertedResidualOptions,
  ) {
    super();
    requireDims('InvertedResidual', dims);
    checkOptions('InvertedResidual', options, invertedResidualOptions, [
      'expandedChannels',
      'activation',
      'norm',
    ]);
    const {
      expandedChannels: expanded,
      kernelSize = 3,
      stride = 1,
      dilation = 1,
      attention = null,
      activation,
      norm,
      stochasticDepth,
      samePadding = false,
      ...layerOptions
    } = options;
    if (stride !== 1 && stride !== 2) {
      throw new ArgumentError(`InvertedResidual: expected a stride of 1 or 2, got ${stride}`);
    }
    const layer = (
      from: number,
      to: number,
      kernel: number,
      more: ConvNormActivationOptions = {},
    ): Layer =>
      new ConvNormActivation(dims, from, to, kernel, {
        norm,
        activation,
        ...layerOptions,
        ...more,
      });
    this.block = new Sequential([
      ...(expanded === inChannels ? [] : [layer(inChannels, expanded, 1)]),
      layer(expanded, expanded, kernelSize, {
        stride,
        dilation,
        groups: expanded,
        samePadding,
      }),
      ...(attention === null ? [] : [attention(expanded)]),
      layer(expanded, outChannels, 1, { activation: null }),
    ]);
    this.stochastic_depth =
      stochasticDepth === undefined ? null : new StochasticDepth(stochasticDepth);
    this.#addsInput = stride === 1 && inChannels === outChannels;
  }

  override forward(x: Tensor): Tensor {
    const y = this.block.forward(x);
    if (!this.#addsInput) return y;
    return add(this.stochastic_depth?.forward(y) ?? y, x);
  }
}
