import {
  aBoolean,
  aCount,
  aDevice,
  aPadding,
  aPaddingMode,
  ArgumentError,
  checkOptions,
  conv,
  convTranspose,
  optionKinds,
  paddingAmounts,
  integersFrom,
  type ConvOptions,
  type ConvTransposeOptions,
  type PerAxis,
  type Tensor,
} from '@convnet/tensor-core';

import { fanOf, inverseRootUniform } from '../init/init.ts';
import { requireDims, pythonTuple, requireCount, requireRank, tuple } from '../layer-support.ts';
import { Module, type LayerOptions } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';
import { ofRank, type OfRank } from '../of-rank.ts';

interface WeightOptions extends LayerOptions {
  /** Adds a learned number to each output channel. Default true. */
  readonly bias?: boolean;
}

const convOptions = optionKinds<ConvLayerOptions>({
  stride: integersFrom(1),
  padding: aPadding,
  paddingMode: aPaddingMode,
  dilation: integersFrom(1),
  groups: aCount,
  bias: aBoolean,
  device: aDevice,
});

const convTransposeOptions = optionKinds<ConvTransposeLayerOptions>({
  stride: integersFrom(1),
  padding: paddingAmounts,
  outputPadding: integersFrom(0),
  dilation: integersFrom(1),
  groups: aCount,
  bias: aBoolean,
  device: aDevice,
});

/** What convolution and transposed convolution have in common: counts, weight and bias, printing. */
abstract class ConvBase<Options extends ConvOptions | ConvTransposeOptions> extends Module {
  readonly dims: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly options: Options;
  weight: Parameter;
  bias: Parameter | null;

  /** `transposed`: the weight is [in, out / groups, k…] instead of [out, in / groups, k…]. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: Options & WeightOptions,
    transposed: boolean,
  ) {
    super();
    this.dims = requireDims('Conv', dims);
    if (transposed) checkOptions(this.typeName, options, convTransposeOptions);
    else checkOptions(this.typeName, options, convOptions);
    const { bias = true, device, ...geometry } = options;
    this.inChannels = requireCount(this.typeName, 'inChannels', inChannels);
    this.outChannels = requireCount(this.typeName, 'outChannels', outChannels);
    const { groups = 1 } = geometry;
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ArgumentError(
        `${this.typeName}: expected groups that divide ${inChannels} input and ${outChannels} ` +
          `output channels, got ${groups}`,
      );
    }
    this.kernelSize = tuple(this.typeName, 'kernelSize', kernelSize, dims);
    this.options = geometry as unknown as Options;
    const [first, second] = transposed ? [inChannels, outChannels] : [outChannels, inChannels];
    const shape = [first, second / groups, ...this.kernelSize];
    const initialize = inverseRootUniform(fanOf(shape).in);
    this.weight = new Parameter(shape, initialize, device);
    this.bias = bias ? new Parameter([outChannels], initialize, device) : null;
  }

  override extraRepr(): string {
    const { stride = 1, padding = 0, dilation = 1, groups = 1 } = this.options;
    const each = (name: string, value: PerAxis, least = 1): string =>
      `${name}=${pythonTuple(tuple(this.typeName, name, value, this.dims, least))}`;
    const parts = [
      `${this.inChannels}`,
      `${this.outChannels}`,
      `kernel_size=${pythonTuple(this.kernelSize)}`,
      each('stride', stride),
    ];
    if (typeof padding === 'string') parts.push(`padding=${padding}`);
    else if (typeof padding !== 'number') parts.push(`padding=${pythonTuple(padding)}`);
    else if (padding !== 0) parts.push(each('padding', padding, 0));
    if (dilation !== 1) parts.push(each('dilation', dilation));
    parts.push(...this.moreRepr());
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (this.bias === null) parts.push('bias=False');
    const mode = 'paddingMode' in this.options ? this.options.paddingMode : 'zeros';
    if (mode !== 'zeros') parts.push(`padding_mode=${mode}`);
    return parts.join(', ');
  }

  /** What only one of the two prints. */
  protected moreRepr(): string[] {
    return [];
  }
}

/** Options of `Conv`, `Conv1d`, `Conv2d` and `Conv3d`. */
export interface ConvLayerOptions extends ConvOptions, WeightOptions {}

/**
 * Convolution over `dims` spatial axes: [N, inChannels, …] -> [N, outChannels, …]. torch.nn.Conv1d, 2d, 3d.
 */
export class Conv extends ConvBase<ConvOptions> {
  /** @throws ArgumentError for counts below 1 or groups that do not divide both sides. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvLayerOptions = {},
  ) {
    super(dims, inChannels, outChannels, kernelSize, options, false);
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims, this.inChannels);
    return conv(x, this.weight, this.bias, this.options);
  }

  override get typeName(): string {
    return `Conv${this.dims}d`;
  }
}

/** Convolution of signals [N, C, L]. */
export const Conv1d: OfRank<typeof Conv> = ofRank(1, Conv);
export type Conv1d = Conv;

/** Convolution of images [N, C, H, W]. */
export const Conv2d: OfRank<typeof Conv> = ofRank(2, Conv);
export type Conv2d = Conv;

/** Convolution of volumes and videos [N, C, D, H, W]. */
export const Conv3d: OfRank<typeof Conv> = ofRank(3, Conv);
export type Conv3d = Conv;

/** Options of `ConvTranspose`, `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d`. */
export interface ConvTransposeLayerOptions extends ConvTransposeOptions, WeightOptions {}

/** Transposed convolution: [N, inChannels, …] -> [N, outChannels, …]. torch.nn.ConvTranspose1d, 2d, 3d. */
export class ConvTranspose extends ConvBase<ConvTransposeOptions> {
  /** @throws ArgumentError for counts below 1 or groups that do not divide both sides. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    super(dims, inChannels, outChannels, kernelSize, options, true);
  }

  override forward(x: Tensor): Tensor {
    requireRank(x, this.dims, this.inChannels);
    return convTranspose(x, this.weight, this.bias, this.options);
  }

  override get typeName(): string {
    return `ConvTranspose${this.dims}d`;
  }

  protected override moreRepr(): string[] {
    const { outputPadding = 0 } = this.options;
    if (outputPadding === 0) return [];
    return [
      `output_padding=${pythonTuple(tuple(this.typeName, 'outputPadding', outputPadding, this.dims, 0))}`,
    ];
  }
}

/** Transposed convolution, for signals. */
export const ConvTranspose1d: OfRank<typeof ConvTranspose> = ofRank(1, ConvTranspose);
export type ConvTranspose1d = ConvTranspose;

/** Transposed convolution, for images. */
export const ConvTranspose2d: OfRank<typeof ConvTranspose> = ofRank(2, ConvTranspose);
export type ConvTranspose2d = ConvTranspose;

/** Transposed convolution, for volumes. */
export const ConvTranspose3d: OfRank<typeof ConvTranspose> = ofRank(3, ConvTranspose);
export type ConvTranspose3d = ConvTranspose;
