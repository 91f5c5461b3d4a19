import type { PerAxis } from '@convnet/tensor-core';

import { ConvTranspose, type ConvTransposeLayerOptions } from './conv/conv.ts';
import { ChannelDropout, type DropoutLayerOptions } from './dropout/dropout.ts';

/** Transposed convolution and dropout of channels under the names that fix their rank. */

/** Transposed convolution, for signals. */
export class ConvTranspose1d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}

/** Transposed convolution, for images. */
export class ConvTranspose2d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}

/** Transposed convolution, for volumes. */
export class ConvTranspose3d extends ConvTranspose {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTransposeLayerOptions = {},
  ) {
    super(3, inChannels, outChannels, kernelSize, options);
  }
}

/** Dropout of channels, for signals. */
export class Dropout1d extends ChannelDropout {
  constructor(p = 0.5, options: DropoutLayerOptions = {}) {
    super(1, p, options);
  }
}

/** Dropout of channels, for images. */
export class Dropout2d extends ChannelDropout {
  constructor(p = 0.5, options: DropoutLayerOptions = {}) {
    super(2, p, options);
  }
}

/** Dropout of channels, for volumes. */
export class Dropout3d extends ChannelDropout {
  constructor(p = 0.5, options: DropoutLayerOptions = {}) {
    super(3, p, options);
  }
}
