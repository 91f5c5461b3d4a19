import {
  aBoolean,
  aCount,
  aDevice,
  aFunction,
  anObject,
  aPadding,
  aPaddingMode,
  ArgumentError,
  checkOptions,
  formatValue,
  optionKinds,
  numberFrom,
  orNull,
  requireKind,
  integersFrom,
  type ConvOptions,
  type PerAxis,
} from '@convnet/tensor-core';

import { ReLU } from '../activation/activation.ts';
import { BatchNorm, type BatchNormLayerOptions } from '../norm/batch-norm.ts';
import { Conv } from '../conv/conv.ts';
import { SameConv } from '../conv/same-conv.ts';
import { tuple } from '../layer-support.ts';
import type { Layer, LayerOptions } from '../module/module.ts';
import { Sequential } from '../container/sequential.ts';

/** Makes the normalisation of `channels` channels, which has shapes only unless `options` name a device. */
export type NormLayer = (dims: number, channels: number, options?: LayerOptions) => Layer;

/** What is set for all batch norms of a network. */
export type BatchNormSettings = Pick<BatchNormLayerOptions, 'epsilon' | 'momentum'>;

const batchNormSettings = optionKinds<BatchNormSettings>({
  epsilon: numberFrom(0, Infinity),
  momentum: orNull(numberFrom(0, 1)),
});

/** Batch norm with another epsilon or momentum than PyTorch's: `batchNormWith({ epsilon: 1e-3 })`. */
export function batchNormWith(settings: BatchNormSettings): NormLayer {
  requireKind('batchNormWith', 'settings', settings, anObject);
  checkOptions('batchNormWith', settings, batchNormSettings);
  return (dims, channels, options) => new BatchNorm(dims, channels, { ...options, ...settings });
}

/** Makes an activation. */
export type ActivationLayer = () => Layer;

/** Batch norm with PyTorch's defaults. */
export const batchNormLayer: NormLayer = (dims, channels, options) =>
  new BatchNorm(dims, channels, options);

export interface ConvNormActivationOptions extends LayerOptions, ConvOptions {
  /** Default: batch norm. null: none. */
  readonly norm?: NormLayer | null;
  /** Default: ReLU. null: none. */
  readonly activation?: ActivationLayer | null;
  /** Whether the convolution has a bias. Default: only without normalisation. */
  readonly bias?: boolean;
  /**
   * Pads as TensorFlow's `SAME` does, instead of by `padding`: the extent is divided by the stride and rounded up, and what
   * is odd of the padding stands at the end. Default false.
   */
  readonly samePadding?: boolean;
}

const convNormActivationOptions = optionKinds<ConvNormActivationOptions>({
  norm: orNull(aFunction),
  activation: orNull(aFunction),
  bias: aBoolean,
  samePadding: aBoolean,
  stride: integersFrom(1),
  padding: aPadding,
  paddingMode: aPaddingMode,
  dilation: integersFrom(1),
  groups: aCount,
  device: aDevice,
});

/**
 * A convolution, its normalisation and its activation, named '0', '1' and '2'. Unless `padding` says
 * otherwise, an odd kernel with stride 1 keeps the extent. torchvision.ops.Conv2dNormActivation.
 */
export class ConvNormActivation extends Sequential {
  readonly dims: number;
  readonly outChannels: number;

  /** @throws ArgumentError for counts below 1, groups that do not divide, an even kernel without padding. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvNormActivationOptions = {},
  ) {
    checkOptions('ConvNormActivation', options, convNormActivationOptions);
    const {
      norm = batchNormLayer,
      activation = () => new ReLU(),
      samePadding = false,
      padding,
      bias = norm === null,
      ...geometry
    } = options;
    if (samePadding && padding !== undefined) {
      throw new ArgumentError(
        `ConvNormActivation: expected either samePadding or padding, got both (padding ${formatValue(padding)})`,
      );
    }
    const { device } = options;
    super([
      samePadding
        ? new SameConv(dims, inChannels, outChannels, kernelSize, { ...geometry, bias })
        : new Conv(dims, inChannels, outChannels, kernelSize, {
            ...geometry,
            padding: padding ?? keepingExtent(dims, kernelSize, options),
            bias,
          }),
      ...(norm === null ? [] : [norm(dims, outChannels, device === undefined ? {} : { device })]),
      ...(activation === null ? [] : [activation()]),
    ]);
    this.dims = dims;
    this.outChannels = outChannels;
  }

  override get typeName(): string {
    return `Conv${this.dims}dNormActivation`;
  }
}

/** Half of what the kernel reaches over, on each axis. */
function keepingExtent(dims: number, kernelSize: PerAxis, { dilation = 1 }: ConvOptions): PerAxis {
  const spread = tuple('ConvNormActivation', 'dilation', dilation, dims);
  const padding = tuple('ConvNormActivation', 'kernelSize', kernelSize, dims).map((kernel, i) => {
    if (kernel % 2 === 0) {
      throw new ArgumentError(
        `ConvNormActivation: expected an odd kernelSize, or padding beside it, got ${kernel}`,
      );
    }
    return ((kernel - 1) / 2) * spread[i]!;
  });
  return typeof kernelSize === 'number' && typeof dilation === 'number' ? padding[0]! : padding;
}
